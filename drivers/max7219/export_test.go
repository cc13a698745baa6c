package max7219

// Wirings are all of them, for the tests.
var Wirings = wirings

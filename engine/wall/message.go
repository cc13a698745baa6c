// Package wall is the loop of a machine that only shows what a counter published: it
// takes each saved wall.cue and each message, and draws on every display.
package wall

import "time"

// Version is that of the messages. A message of a newer one is not read.
const Version = 1

// A State is what a counter decided, as it is published under <topic>/state at each change
// and after each poll. Beside these fields the message has those of the JSON of `once`.
type State struct {
	V     int       `json:"v"`
	Boot  string    `json:"boot"`  // random, of each start of the counter
	Seq   uint64    `json:"seq"`   // rises with each message of a boot
	Host  string    `json:"host"`  // name of the counter's machine
	At    time.Time `json:"at"`    // when it was published, by the counter's clock
	Every int       `json:"every"` // seconds until the next message, at the latest

	Policy string `json:"policy"` // SHA-256 of counter.cue, in hex
	Facts  string `json:"facts"`  // hash of the deployments that were judged

	Known  bool     `json:"known"`
	Stale  bool     `json:"stale"`
	Pages  []Page   `json:"pages"`
	Symbol string   `json:"symbol"` // "", or what takes turns with the number: login, clock, environment, policy
	Marks  []string `json:"marks"`  // of stale, refused, at_least
}

// A Page is a text of the rotation.
type Page struct {
	Text     string `json:"text"`
	Font     string `json:"font"`
	Overflow string `json:"overflow"`
	For      int    `json:"for"` // seconds
}

// Shown is what a wall shows, as it is published under <topic>/wall/<name>/shown at each
// change and each 5 minutes.
type Shown struct {
	V       int       `json:"v"`
	Boot    string    `json:"boot"` // Boot, Seq, Policy, Facts and At are those of the State that is shown
	Seq     uint64    `json:"seq"`
	Policy  string    `json:"policy"`
	Facts   string    `json:"facts"`
	At      time.Time `json:"at"`
	Text    string    `json:"text"`
	Stale   bool      `json:"stale"`   // as the wall has it, by its own clock too
	Version string    `json:"version"` // of the wall's program
	Modules int       `json:"modules"`
	Since   time.Time `json:"since"` // when the wall began to show it
}

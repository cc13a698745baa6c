package max7219

// Registers of the MAX7219 (datasheet 19-4452 table 2). A word on the wire is the
// register, then its data; the register's upper four bits are ignored by the chip.
const (
	regNoOp      = 0x0
	regDigit0    = 0x1 // to 0x8 for digit 7; bit 7 is segment DP, bits 6 to 0 are A to G
	regDecode    = 0x9 // one bit per digit: 1 is Code-B, 0 is plain segments
	regIntensity = 0xA // 0 to 15: on for (2n+1)/32 of the time, so 0 is not off
	regScanLimit = 0xB // 7 is all eight digits; fewer would make the others brighter
	regShutdown  = 0xC // 0 is shutdown, 1 is normal; everything is kept and writable in shutdown
	regTest      = 0xF // 1 lights everything whatever the other registers say
)

const (
	wordBytes = 2 // one register of one chip
	digits    = 8 // digit registers of one chip

	// maxFrames is the longest sequence: TEST, SHUTDOWN, DECODE, SCAN LIMIT, eight
	// digits, INTENSITY, SHUTDOWN. It is far from the 511 transfers at which the
	// size field of spidev's ioctl overflows without an error.
	maxFrames = 6 + digits
)

// Package led draws what the wall shows: 1-bit frames, two fonts, a few symbols
// and marks. It knows no hardware and no clock; values are not safe for concurrent
// use by a writer and a reader.
//
// What stands where. The text is centred. Three corner pixels are kept for marks,
// which say how far the number can be trusted: see [Mark].
package led

// A Level is the brightness of every module: an intensity of 0 to 15 (0 is still
// lit, MAX7219 datasheet table 7), or [Off].
type Level int8

// Off is no light at all: the chips' shutdown, not black pixels.
const Off Level = -1

// A Picture is what every display shows: pixels and their brightness.
type Picture struct {
	Frame *Frame
	Level Level
}

package web

import (
	"encoding/hex"
	"encoding/json"
	"sync"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/picture"
)

// A frame is what the glass shows, in the forms that clients request. Each is made once,
// on its first request.
type frame struct {
	frame led.Frame
	level led.Level

	event, svg, png func() []byte
}

// newFrame copies a picture, whose frame may be nil.
func newFrame(p led.Picture) *frame {
	f := &frame{level: p.Level}
	if p.Frame != nil {
		f.frame.CopyFrom(p.Frame)
	}
	f.event = sync.OnceValue(f.makeEvent)
	f.svg = sync.OnceValue(f.makeSVG)
	f.png = sync.OnceValue(f.makePNG)
	return f
}

// same reports whether the frame shows a picture already.
func (f *frame) same(p led.Picture) bool {
	return f.level == p.Level && p.Frame != nil && f.frame.Equal(p.Frame)
}

// frameEvent is the data of the event "frame".
type frameEvent struct {
	Width  int      `json:"width"`
	Height int      `json:"height"`
	Level  int      `json:"level"` // 0 to 15; -1: off
	Color  string   `json:"color"` // of a lit LED
	Rows   []string `json:"rows"`  // from the top: two hex digits for eight pixels, bit 7 the leftmost
}

func (f *frame) makeEvent() []byte {
	e := frameEvent{f.frame.Width(), f.frame.Height(), int(f.level), picture.Glow(f.level), []string{}}
	for y := range f.frame.Height() {
		e.Rows = append(e.Rows, hex.EncodeToString(f.frame.Row(y)))
	}
	return event("frame", e)
}

// event writes an event of a stream.
func event(name string, data any) []byte {
	body, _ := json.Marshal(data) // of texts and numbers
	return []byte("event: " + name + "\ndata: " + string(body) + "\n\n")
}

// glass returns the frame as the glass looks; a module without light if there is none
// yet.
func (f *frame) glass() picture.Glass {
	g := picture.Glass{Frame: &f.frame, Level: f.level}
	if f.frame.Width() == 0 {
		g.Frame, g.Level = led.NewFrame(16, 8), led.Off
	}
	return g
}

func (f *frame) makeSVG() []byte {
	b, _ := f.glass().SVG() // it has LEDs
	return b
}

// maxPNG is how many pixels wide the picture is where the chain permits it.
const maxPNG = 2048

func (f *frame) makePNG() []byte {
	g := f.glass()
	g.Pitch = max(4, min(16, maxPNG/g.Frame.Width()))
	b, _ := g.PNG()
	return b
}

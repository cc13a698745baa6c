package web

import (
	"cmp"
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

// maxPNG is how many pixels wide the picture is where the chain permits it.
const maxPNG = 2048

// newFrame copies a picture; one without a frame is of two dark modules.
func newFrame(p led.Picture) *frame {
	f := &frame{level: p.Level}
	f.frame.CopyFrom(cmp.Or(p.Frame, led.NewFrame(16, 8)))
	f.event = sync.OnceValue(f.makeEvent)
	glass := picture.Glass{Frame: &f.frame, Level: f.level}
	f.svg = sync.OnceValue(func() []byte {
		b, _ := glass.SVG() // it has LEDs
		return b
	})
	f.png = sync.OnceValue(func() []byte {
		glass.Pitch = max(4, min(16, maxPNG/f.frame.Width()))
		b, _ := glass.PNG()
		return b
	})
	return f
}

// same reports whether the frame shows a picture already.
func (f *frame) same(p led.Picture) bool {
	return f.level == p.Level && p.Frame != nil && f.frame.Equal(p.Frame)
}

func (f *frame) makeEvent() []byte {
	rows := []string{} // from the top: two hex digits for eight pixels, bit 7 the leftmost
	for y := range f.frame.Height() {
		rows = append(rows, hex.EncodeToString(f.frame.Row(y)))
	}
	return event("frame", map[string]any{
		"width": f.frame.Width(), "height": f.frame.Height(), "rows": rows,
		"level": f.level, // 0 to 15; -1: off
		"color": picture.Glow(f.level),
	})
}

// event writes an event of a stream.
func event(name string, data any) []byte {
	body, _ := json.Marshal(data) // of texts and numbers
	return []byte("event: " + name + "\ndata: " + string(body) + "\n\n")
}

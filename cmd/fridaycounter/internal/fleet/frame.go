package fleet

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/engine/wall"
)

// scrollStep is how long a scrolling text stays at one pixel.
const scrollStep = 60 * time.Millisecond

// frame returns the JSON of a picture of a size, as 32x8, for displays that light dots and know
// nothing else. uptime decides whose turn it is. Marks do not blink: there is a second between two
// pictures.
func frame(size string, status *engine.Status, uptime time.Duration) []byte {
	var width, height int
	_, _ = fmt.Sscanf(size, "%dx%d", &width, &height) // the schema has checked it
	f := led.NewFrame(width, height)
	if status.Level != led.Off {
		draw(f, status, uptime)
	}
	data, err := json.Marshal(struct {
		V    int      `json:"v"`
		Rows []string `json:"rows"`
	}{wall.Version, strings.Fields(f.String())})
	if err != nil {
		panic(err) // texts can be encoded
	}
	return data
}

func draw(f *led.Frame, status *engine.Status, uptime time.Duration) {
	symbol, lead := status.Symbol(), status.Verdict.Lead
	if !lead.Known || symbol != led.Unknown && uptime/(2*time.Second)%2 == 1 {
		symbol.Draw(f)
	} else if !drawPage(f, pages(status), uptime) {
		drawPage(f, []wall.Page{{Text: strconv.Itoa(lead.Weeks), For: 1}}, uptime)
	}
	for _, m := range status.Marks() {
		if m != led.Faulty {
			m.Draw(f, true)
		}
	}
}

// drawPage draws the page whose turn it is, and reports whether it fits.
func drawPage(f *led.Frame, pages []wall.Page, uptime time.Duration) bool {
	turn := 0
	for _, p := range pages {
		turn += p.For
	}
	at, i := int(uptime.Seconds())%turn, 0
	for ; at >= pages[i].For; i++ {
		at -= pages[i].For
	}
	line, err := led.Fit(pages[i].Text, f.Width(), f.Height(), led.Font(pages[i].Font), led.Overflow(pages[i].Overflow))
	if err != nil {
		return false
	}
	shift := 0
	if line.Scrolls() {
		shift = int(uptime/scrollStep) % line.Steps()
	}
	line.Draw(f, shift)
	return true
}

package fleet

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/engine/glass"
	"github.com/fridaycounter/fridaycounter/engine/wall"
)

// frame returns the JSON of a picture of a size, as 32x8, for displays that light dots and know
// nothing else. uptime decides whose turn it is. Marks do not blink: there is a second between two
// pictures.
func frame(size string, status *engine.Status, uptime time.Duration) []byte {
	var width, height int
	_, _ = fmt.Sscanf(size, "%dx%d", &width, &height) // the schema has checked it
	f := led.NewFrame(width, height)
	if status.Level != led.Off {
		lead := status.Verdict.Lead
		marks := slices.DeleteFunc(status.Marks(), func(m led.Mark) bool { return m == led.Faulty }) // of this machine
		glass.Still(f, glass.Content{Known: lead.Known, Symbol: status.Symbol(), Marks: marks}, status.Pages, lead.Weeks, uptime)
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

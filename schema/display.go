package schema

import (
	"fmt"
	"net"
	"net/netip"
	"reflect"
	"strconv"
	"strings"

	"cuelang.org/go/cue"

	"github.com/fridaycounter/fridaycounter/schema/internal/diagnose"
)

// maxModules is that of #Modules. It bounds a picture's size. What one SPI message takes
// is less, see max7219.MessageSize; a longer refresh goes out in parts.
const maxModules = 157

// leastMilliamps is what a module takes with all LEDs lit at level 0: below that no
// level keeps a picture (MAX7219 datasheet: 8 mA, and 64 LEDs of 40 mA for an eighth of
// the time, lit for 1/32 of it).
const leastMilliamps = 18

// display returns the display, and refuses what cannot be built or lit, and a page that others can
// read by a trick.
func (f *file) display(from any) Display {
	at := diagnose.Path{"display"}
	var d struct {
		Display
		Modules int // in one row, in place of columns and rows
	}
	f.decode(at, from, reflect.ValueOf(&d).Elem())
	switch {
	case d.Modules > 0 && (d.Columns > 0 || d.Rows > 0):
		f.Report(at, "want modules, or columns and rows, not both", "")
	case d.Modules > 0:
		d.Columns, d.Rows = d.Modules, 1
	case d.Columns == 0 && d.Rows == 0:
		f.Add(at.With("modules"), f.NamePosition(at), "missing: want modules, or columns and rows", "")
	case d.Columns == 0:
		f.Missing(at.With("columns"))
	case d.Rows == 0:
		f.Missing(at.With("rows"))
	}
	modules := d.Columns * d.Rows
	if modules > maxModules {
		f.Report(at, fmt.Sprintf("%d modules are too many: want at most %d", modules, maxModules), "")
	}
	if d.MAX7219 == nil && d.Terminal == nil && d.Web == nil && d.MQTT == nil && d.AWTRIX == nil {
		f.Add(at.With("max7219"), f.NamePosition(at), "missing: want a display that is lit: "+f.Kind.Displays, "")
	}
	if d.MAX7219 != nil && d.MAX7219.MaxCurrent != 0 && d.MAX7219.MaxCurrent < modules*leastMilliamps {
		f.Report(at.With("max7219").With("max_current"), fmt.Sprintf("%dmA is less than %d modules take at level 0: want at least %dmA",
			d.MAX7219.MaxCurrent, modules, modules*leastMilliamps), "")
	}
	if d.Web != nil {
		f.checkWeb(at.With("web").With("listen"), d.Web)
	}
	if d.MQTT != nil {
		f.checkMQTT(at.With("mqtt"), &d.MQTT.MQTT)
		f.checkFrames(at.With("mqtt").With("frames"), d.MQTT.Frames)
	}
	if d.AWTRIX != nil {
		f.checkAddress(at.With("awtrix").With("url"), d.AWTRIX.URL, "the number", d.AWTRIX.Insecure)
	}
	return d.Display
}

// checkWeb refuses addresses that there are not. Anybody on the network can read the page where it
// does not listen on loopback only, so such an address wants the hosts too: a page
// elsewhere could otherwise point a name of its own at it and read it through a
// visitor's browser (DNS rebinding).
func (f *file) checkWeb(listen diagnose.Path, w *Web) {
	for i, h := range w.Hosts {
		w.Hosts[i] = strings.ToLower(h)
	}
	host, port, _ := net.SplitHostPort(w.Listen) // the schema lets nothing else through
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		f.Report(listen, fmt.Sprintf("port %s: want 1 to 65535", port), "")
	}
	address, err := netip.ParseAddr(host)
	if err != nil && host != "localhost" {
		f.Report(listen, fmt.Sprintf("%q is not an IP address", host), "")
	}
	if err == nil && !address.IsLoopback() && len(w.Hosts) == 0 {
		f.Report(listen, w.Listen+" can be reached from other machines",
			"name the hosts that browsers may ask for: hosts: [\"wall.example.com\"]")
	}
}

// validDisplay returns the display of a refused file, or nil if that is part of
// what is wrong.
func (f *file) validDisplay() *Display {
	if !f.Value.Exists() || f.FoundBelow(diagnose.Path{"display"}) {
		return nil
	}
	v := f.Value.LookupPath(cue.ParsePath("display"))
	r, err := fieldsOf(v)
	if err != nil || v.Validate(cue.All(), cue.Concrete(true)) != nil {
		return nil
	}
	before := f.Count()
	if d := f.display(r); f.Count() == before {
		return &d
	}
	return nil
}

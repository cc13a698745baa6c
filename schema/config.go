package schema

import (
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/drivers/source/mapping"
	"github.com/fridaycounter/fridaycounter/rules"
)

// A Config is counter.cue evaluated: concrete, with every default in place, and
// holding nothing of CUE.
type Config struct {
	Timezone   string       // IANA name
	Sources    []Source     // by name; one that is not named has the name of its kind
	Rules      []rules.Rule // ordered by name, at least one
	Poll       []Poll       // the first entry that matches now wins; the last has no During
	Display    Display
	Pages      []Page       // at least one
	Brightness []Brightness // as Poll
	History    History
	Notify     []Notify
	Package    string // CUE package, usually counter
	Hash       string // SHA-256 of the file's bytes, in hex

	Positions map[string]rules.Position // of the timezone and of each since, by their paths
}

// Location returns the policy's zone. The child process has already loaded it,
// so it does not fail for a Config made by this package.
func (c *Config) Location() (*time.Location, error) { return time.LoadLocation(c.Timezone) }

// Source returns the source of a name; nil: there is none.
func (c *Config) Source(name string) *Source {
	for i := range c.Sources {
		if c.Sources[i].Name == name {
			return &c.Sources[i]
		}
	}
	return nil
}

// Source is a server or a file to ask. Its kind says which of the fields it has.
type Source struct {
	Name             string
	Named            bool   // it stands in sources; else it is the only one, in source
	Kind             string // bamboo, file, http, or that of a preset, which has what it says as http
	source.Selection        // by id, name or /regexp/

	Path string // of a file of JSON Lines; relative to counter.cue's directory

	URL      string // base URL of a server, with the context path
	Auth     Auth
	CAFile   string // PEM file of a private CA; "": the system's
	Insecure bool   // permits http:// to another host; never skips TLS checks
	Timeout  time.Duration

	Headers map[string]string // of http, as Feeds: the lists of deployments
	Feeds   []mapping.Feed
}

// Auth is how to log in; all nil means anonymous.
type Auth struct {
	Token  *Credential // bearer token
	Header *struct {
		Name  string
		Value Credential
	}
	Basic *struct {
		Username string
		Password Credential
	}
}

// A Credential says where a secret is, never the secret itself: exactly one is set.
type Credential struct {
	Credential string // a systemd credential's name, in $CREDENTIALS_DIRECTORY
	File       string // a file that nobody else can read
	Env        string // an environment variable's name
}

// Poll is how often to ask the source.
type Poll struct {
	Every  time.Duration
	During []rules.Window // nil: always
}

// Brightness is how bright the displays are.
type Brightness struct {
	Level  led.Level
	During []rules.Window // nil: always
}

// History is how far back the source is read on first contact.
type History struct {
	From rules.Date // zero: two years before now
}

// Begin returns how far back a policy reads its source, by default two years before now. The
// zero now stands for the poll's own: the default is zero then, and the driver takes two years.
func (h History) Begin(zone *time.Location, now time.Time) time.Time {
	switch d := h.From; {
	case d != (rules.Date{}):
		return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, zone)
	case now.IsZero():
		return now
	}
	return now.AddDate(-2, 0, 0)
}

// Display is the geometry, shared by every display, and the drivers that are lit.
type Display struct {
	Columns  int // modules in a row
	Rows     int // rows of modules
	MAX7219  *MAX7219
	Terminal *Terminal
	Web      *Web
	MQTT     *Publish
	AWTRIX   *AWTRIX
}

// MAX7219 is a chain of MAX7219 modules.
type MAX7219 struct {
	Port       string        // as periph names it: SPI0.0
	Wiring     string        // fc16, generic, parola, icstation
	Rotate     int           // 0, 90, 180 or 270 degrees clockwise, on top of the wiring
	Mirror     bool          // left and right, after Rotate
	Reversed   bool          // the chain runs the other way
	Serpentine bool          // every second row of a grid runs the other way
	BottomUp   bool          // the chain begins in the bottom row of a grid
	Speed      int64         // SPI clock in Hz
	Refresh    time.Duration // every register is written again this often
	MaxCurrent int           // mA of all modules together; 0: no limit
}

// Terminal draws on standard output.
type Terminal struct{}

// Web serves a page.
type Web struct {
	Listen string   // address and port
	Title  string   // heading of the page; "": fridaycounter
	Hosts  []string // that browsers may ask for, beside the loopback ones; in lower case
	Detail bool     // shows the CI server, links to it, and what is wrong in a refused file
}

// MQTT is a broker, and the topic below which a counter and its walls write.
type MQTT struct {
	Broker string // mqtts://host:8883, or mqtt://host:1883
	Topic  string // without wildcards, as fridaycounter/shop
	Auth   *struct {
		Username string
		Password Credential
	}
	CAFile   string // PEM file of a private CA; "": the system's
	Insecure bool   // permits mqtt:// to another host; never skips TLS checks
}

// Publish publishes what a counter decided to a broker.
type Publish struct {
	MQTT
	Text      bool // also the bare number, for displays that show a text
	Discovery *Discovery
	Frames    []string // sizes of pictures for displays of pixels, as 32x8
}

// Discovery makes the number known to Home Assistant.
type Discovery struct{}

// AWTRIX shows the number on a clock with AWTRIX 3.
type AWTRIX struct {
	URL      string // base URL
	App      string // name of the custom app
	Color    string // of the text, as #ff0000
	Text     string // {weeks} in it is the number
	Insecure bool   // permits http:// to another host
}

// A Notify posts events to a webhook.
type Notify struct {
	Webhook struct{ URL Credential }
	On      []string      // breach, record, stale, window
	Before  time.Duration // how long before a window
}

// A Wall is wall.cue evaluated: it shows what a counter publishes.
type Wall struct {
	Timezone   string // of the windows of Brightness
	Source     WallSource
	Display    Display // without Web, MQTT and AWTRIX
	Brightness []Brightness
	Package    string // CUE package, usually wall
	Hash       string // SHA-256 of the file's bytes, in hex
}

// WallSource is where a wall hears of the number.
type WallSource struct {
	MQTT
	Name       string        // of the wall, its client id; "": the name of the machine
	StaleAfter time.Duration // since the last message; 0: twice the interval that it says
}

// A Page is one picture of the rotation.
type Page struct {
	Text     string // set by [Evaluator.Pages], which knows the live values; "" in a Config
	Font     led.Font
	Overflow led.Overflow
	For      time.Duration // how long it stays when there are several
}

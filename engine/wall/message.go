// Package wall is the loop of a machine that only shows what a counter published: it
// takes each saved wall.cue and each message, and draws on every display.
package wall

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/schema"
)

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

// A Message came from the broker.
type Message struct {
	Topic    string // below that of the counter: state or leader
	Payload  []byte
	Retained bool          // the broker had kept it
	Expiry   time.Duration // what is left until the broker forgets it; 0: it never does
}

// Bounds of a State. They are far above what a counter publishes.
const (
	MaxState  = 64 << 10    // bytes
	maxEvery  = 400_000_000 // seconds: a policy may say 99999h and more
	MaxFor    = 24 * 3600   // seconds
	MaxPages  = 100
	maxText   = 4096 // bytes of a page
	maxString = 256  // bytes of another text
)

// A state is a State as a wall reads it.
type state struct {
	State
	Weeks *int `json:"weeks"` // the bare number, where a page cannot be shown; nil: it is not known
}

// Check returns why a message is no State; nil: it is one.
func Check(payload []byte) error {
	_, err := parse(payload)
	return err
}

// parse reads a State, and refuses one that is not a counter's.
func parse(payload []byte) (*state, error) {
	if len(payload) > MaxState {
		return nil, fmt.Errorf("it is longer than %d KiB", MaxState>>10)
	}
	var head struct {
		V int `json:"v"`
	}
	if err := json.Unmarshal(payload, &head); err != nil || head.V < 1 {
		return nil, errors.New("it is none of fridaycounter's (hint: another program publishes to this topic)")
	}
	if head.V > Version {
		return nil, fmt.Errorf("it is of version %d, and this program reads version %d (hint: bring it to the counter's version)", head.V, Version)
	}
	var s state
	if err := json.Unmarshal(payload, &s); err != nil {
		return nil, fmt.Errorf("it cannot be decoded: %s", source.Text(err.Error()))
	}
	if field := s.wrong(); field != "" {
		return nil, fmt.Errorf("its %s is none that a counter publishes", field)
	}
	s.Stale = s.Stale || slices.Contains(s.Marks, "stale")
	return &s, nil
}

// wrong returns which field no counter publishes like that; "": none.
func (s *state) wrong() string {
	switch {
	case s.Boot == "" || !clean(s.Boot, maxString):
		return "boot"
	case !clean(s.Host, maxString):
		return "host"
	case !clean(s.Policy, maxString):
		return "policy"
	case !clean(s.Facts, maxString):
		return "facts"
	case s.At.IsZero():
		return "at"
	case s.Every < 1 || s.Every > maxEvery:
		return "every"
	case s.Known && s.Weeks == nil, s.Weeks != nil && *s.Weeks < 0:
		return "weeks"
	case len(s.Pages) > MaxPages:
		return "pages"
	}
	for _, p := range s.Pages {
		if !clean(p.Text, maxText) || p.For < 1 || p.For > MaxFor {
			return "pages"
		}
	}
	if _, ok := symbols()[s.Symbol]; !ok {
		return "symbol"
	}
	for _, m := range s.Marks {
		if !slices.Contains([]string{"stale", "refused", "at_least"}, m) {
			return "marks"
		}
	}
	return ""
}

// clean reports whether a text is short and has no control characters.
func clean(text string, limit int) bool { return source.TextOf(text, limit) == text }

// symbols returns the words of State.Symbol.
func symbols() map[string]led.Symbol {
	return map[string]led.Symbol{
		"": led.Unknown, "login": led.AuthError, "clock": led.ClockError, "environment": led.Environment, "policy": led.ConfigError,
	}
}

// every is the time until the next message, at the latest.
func (s *state) every() time.Duration { return time.Duration(s.Every) * time.Second }

// pages returns the pages as the glass takes them.
func (s *state) pages() (list []schema.Page) {
	for _, p := range s.Pages {
		list = append(list, schema.Page{
			Text: p.Text, Font: led.Font(p.Font), Overflow: led.Overflow(p.Overflow), For: time.Duration(p.For) * time.Second,
		})
	}
	return list
}

// equal reports whether two states look the same. The messages differ in Seq and At.
func (s *state) equal(t *state) bool {
	if s == nil || t == nil {
		return s == t
	}
	a := *s
	a.Seq, a.At = t.Seq, t.At
	return reflect.DeepEqual(a, *t)
}

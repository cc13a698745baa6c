// Package fleet is the counter among others: what it publishes for its walls and for other
// people's devices, and what it hears of the walls.
package fleet

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/build"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/engine/wall"
	"github.com/fridaycounter/fridaycounter/rules"
)

// A message is what is published under <topic>/state: what a wall needs, and the JSON of `once`
// without links.
type message struct {
	wall.State
	verdict
	Version    string    `json:"version"`     // of the counter's program
	ShownSince time.Time `json:"shown_since"` // when the counter began to show these pages
	FactsSince time.Time `json:"facts_since"` // when Policy and Facts became these
}

// A verdict is embedded so that fields of wall.State come before those of its own by the same name.
type verdict struct{ report.Verdict }

// newMessage returns the state of a status, without what each message has of its own.
func newMessage(status *engine.Status) message {
	lead := status.Verdict.Lead
	s := message{verdict: verdict{report.PublicVerdict(status, false)}, Version: build.Version()}
	s.State = wall.State{
		V: wall.Version, Every: int((interval(status) + time.Second - 1) / time.Second),
		Known: lead.Known, Stale: status.Stale, Symbol: symbolWord(status.Symbol()), Pages: pages(status), Marks: []string{},
	}
	if status.Policy != nil {
		s.Policy = status.Policy.Config.Hash
	}
	for _, m := range status.Marks() {
		if word := markWord(m); word != "" {
			s.Marks = append(s.Marks, word)
		}
	}
	return s
}

// interval is the time until the next message, at the latest: the interval of the polls.
func interval(status *engine.Status) time.Duration {
	if status.Every == 0 {
		return time.Minute // nothing is polled yet
	}
	return status.Every
}

// symbolWord names what stands for the number; "": nothing does.
func symbolWord(s led.Symbol) string {
	return map[led.Symbol]string{led.AuthError: "login", led.ClockError: "clock", led.Environment: "environment", led.ConfigError: "policy"}[s]
}

// markWord names a mark; "": it is not for others.
func markWord(m led.Mark) string {
	return map[led.Mark]string{led.Stale: "stale", led.Refused: "refused", led.AtLeast: "at_least"}[m]
}

// maxPagesText is how much text of pages is published, in bytes.
const maxPagesText = 32 << 10

// pages returns what is shown in turn: the policy's pages, or the bare number where they cannot be
// shown or are too many for a wall; none while the number is not known.
func pages(status *engine.Status) []wall.Page {
	list := []wall.Page{}
	if !status.Verdict.Lead.Known {
		return list
	}
	size := 0
	for _, p := range status.Pages {
		size += len(p.Text)
		list = append(list, wall.Page{Text: p.Text, Font: string(p.Font), Overflow: string(p.Overflow), For: min(max(1, int(p.For.Seconds())), wall.MaxFor)})
	}
	if len(list) == 0 || len(list) > wall.MaxPages || size > maxPagesText {
		number := strconv.Itoa(status.Verdict.Lead.Weeks)
		list = append(list[:0], wall.Page{Text: number, Font: string(led.FontAuto), Overflow: string(led.Saturate), For: 60})
	}
	return list
}

// maxState is how large a message may be; a wall takes 64 KiB.
const maxState = 60 << 10

// payload returns the JSON of a state. Of one that is too large it leaves out the rules that do not
// lead, and all but the first reasons.
func (s message) payload() []byte {
	data, err := json.Marshal(s)
	if len(data) > maxState {
		s.Rules, s.StaleBecause = []report.Streak{}, s.StaleBecause[:min(10, len(s.StaleBecause))]
		data, err = json.Marshal(s)
	}
	if err != nil {
		panic(err) // a state can be encoded
	}
	return data
}

// factsHash returns the hash of the deployments that are judged.
func factsHash(environments []rules.Environment) string {
	h := sha256.New()
	for _, e := range environments {
		for _, d := range e.Deployments {
			fmt.Fprintf(h, "%q %q %q %q %s %s %d %t %d %d %d\n", d.Source, d.EnvironmentID, d.ID, d.Version, d.State, d.LifeCycle,
				d.Outcomes, d.Denied, d.Started.UnixMilli(), d.Executed.UnixMilli(), d.Finished.UnixMilli())
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

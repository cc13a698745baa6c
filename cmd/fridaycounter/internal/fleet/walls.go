package fleet

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine/wall"
)

// The bounds of what is kept of walls.
const (
	maxWalls = 2000
	maxName  = 64 // bytes
	maxText  = 128
	maxShown = 4 << 10 // bytes of a message
)

// walls are those that published something below <topic>/wall/. Its methods may be called
// concurrently.
type walls struct {
	mu   sync.Mutex
	seen map[string]seenWall // by name
}

// A seenWall is what a wall says of itself.
type seenWall struct {
	status string      // online, and whatever else is offline; "": it is forgotten, or did not say it yet
	shown  *wall.Shown // nil: it has not said what it shows, or a newer program says it
}

// receive takes in the message of a topic, which is <name>/status or <name>/shown. An empty status
// forgets the wall.
func (w *walls) receive(topic string, payload []byte) {
	name, what, _ := strings.Cut(topic, "/")
	if what != "status" && what != "shown" || name == "" || source.TextOf(name, maxName) != name {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	one, ok := w.seen[name]
	if !ok && len(w.seen) == maxWalls {
		return
	}
	if what == "shown" {
		one.shown = parseShown(payload)
	} else {
		one.status = source.TextOf(string(payload), maxName)
	}
	if w.seen == nil {
		w.seen = map[string]seenWall{}
	}
	if w.seen[name] = one; one == (seenWall{}) {
		delete(w.seen, name)
	}
}

// parseShown returns what a wall says that it shows; nil: nothing that can be read.
func parseShown(payload []byte) *wall.Shown {
	s := new(wall.Shown)
	if len(payload) > maxShown || json.Unmarshal(payload, s) != nil || s.V != wall.Version {
		return nil
	}
	s.Text, s.Version = source.TextOf(s.Text, maxText), source.TextOf(s.Version, maxText)
	return s
}

// list returns the walls by name, as of now, beside what the counter published.
func (w *walls) list(counter *message, now time.Time, zone *time.Location) []report.Wall {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := []report.Wall{}
	for name, one := range w.seen {
		if one.status == "" {
			continue
		}
		r := report.Wall{Name: name, State: one.state(counter, now)}
		if s := one.shown; s != nil {
			r.Text, r.Version, r.Since = s.Text, s.Version, instant(s.Since, zone)
		}
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b report.Wall) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// instant returns an instant of another machine in a zone; nil for one that JSON cannot hold there.
func instant(t time.Time, zone *time.Location) *time.Time {
	if year := t.Year(); year < 2000 || year > 9000 {
		return nil
	}
	return report.Instant(t, zone)
}

// maxLag is how long a message may be on its way to a wall, and what the wall says of it on its way back.
const maxLag = 10 * time.Second

// state is one of [report.WallStates]: how the wall stands to what the counter published.
func (s *seenWall) state(counter *message, now time.Time) string {
	switch {
	case s.status != "online":
		return "offline"
	case s.shown == nil || counter.Boot == "": // one of them has said nothing
		return "stale"
	case s.shown.Policy != counter.Policy || s.shown.Facts != counter.Facts:
		same := s.shown.Boot == counter.Boot && s.shown.Seq == counter.Seq
		if same || now.Sub(counter.FactsSince) > maxLag {
			return "diverged"
		}
	}
	if s.shown.Stale || counter.At.Sub(s.shown.At) > 2*time.Duration(counter.Every)*time.Second {
		return "stale"
	}
	return "online"
}

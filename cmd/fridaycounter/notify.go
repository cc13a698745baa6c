package main

import (
	"context"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"

	"github.com/fridaycounter/fridaycounter/engine"
)

// beatsPerWatchdog is how often the service manager hears of a sound counter in the
// time after which it would start it again: a beat may come late without harm.
const beatsPerWatchdog = 4

// A notifier tells the service manager how the counter is, as sd_notify(3) says. It
// talks on a goroutine of its own, since the manager may let it wait.
type notifier struct {
	pulse *pulse
	every time.Duration // between two beats; 0: nobody asks for them
	name  string        // of the policy file
	log   *slog.Logger
	news  chan string // one slot: the newest status
	deaf  bool        // the last word did not arrive
}

// newNotifier makes the notifier of this process. Without a service manager it tells
// nobody.
func newNotifier(path string, log *slog.Logger) *notifier {
	watchdog, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		log.Warn("the service manager's watchdog gets no beat", "error", err)
	}
	return &notifier{
		pulse: newPulse(time.Now()),
		every: watchdog / beatsPerWatchdog,
		name:  filepath.Base(path),
		log:   log,
		news:  make(chan string, 1),
	}
}

// beat returns what a part calls to say that it lives.
func (n *notifier) beat(part string) func() { return func() { n.pulse.beat(part) } }

// report takes in a status of the loop, and does not wait. The counter is ready once
// it shows a number or that its file is refused. Calls do not overlap.
func (n *notifier) report(s engine.Status) {
	if s.Policy == nil && s.Refused == nil {
		return
	}
	select {
	case <-n.news: // older
	default:
	}
	n.news <- statusLine(s, n.name)
}

// attend calls run on a goroutine of its own. What it returns ends the context of run, and
// waits until run has ended.
func attend(ctx context.Context, run func(context.Context)) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() { run(ctx) })
	return func() {
		cancel()
		running.Wait()
	}
}

// run talks until ctx ends.
func (n *notifier) run(ctx context.Context) {
	defer n.tell(daemon.SdNotifyStopping)
	var beats <-chan time.Time
	if n.every > 0 {
		ticker := time.NewTicker(n.every)
		defer ticker.Stop()
		beats = ticker.C
	}
	said, hung := "", ""
	for {
		select {
		case <-ctx.Done():
			return
		case status := <-n.news:
			switch said {
			case status:
				continue
			case "":
				n.tell(daemon.SdNotifyReady + "\nSTATUS=" + status)
			default:
				n.tell("STATUS=" + status)
			}
			said = status
		case <-beats:
			now := strings.Join(n.pulse.hung(time.Now()), ", ")
			if now == "" {
				n.tell(daemon.SdNotifyWatchdog)
			} else if now != hung {
				n.log.Error("a part hangs: the service manager is to start the counter again", "part", now)
			}
			hung = now
		}
	}
}

// tell sends a state, from one goroutine. What comes of it is the manager's affair.
func (n *notifier) tell(state string) {
	_, err := daemon.SdNotify(false, state)
	if err != nil && !n.deaf {
		n.log.Warn("the service manager cannot be told how the counter is", "error", err)
	}
	n.deaf = err != nil
}

// statusLine says in a line what the wall shows; name is the policy file's.
func statusLine(s engine.Status, name string) string {
	if s.Policy == nil {
		return name + " is refused, and there is none in force"
	}
	line := "the number is not known yet"
	if s.Verdict.Lead.Known {
		line = sentence(s.Verdict)
	}
	if s.Stale {
		line += "; stale"
	}
	if s.Refused != nil {
		line += "; " + name + " is refused"
	}
	return line
}

// The parts of a running counter that must be heard of.
const (
	partLoop    = "loop"
	partWatcher = "watcher" // of counter.cue
	partDisplay = "display"
)

// maxSilence is how long a part may be silent before it counts as hung. The loop and
// the displays have a turn each 30 s at least, the watcher looks each 5 s; the rest is
// for a slow card.
var maxSilence = map[string]time.Duration{
	partLoop:    time.Minute,
	partWatcher: 30 * time.Second,
	partDisplay: time.Minute,
}

// A pulse knows when each part was last heard of. Its methods may be called from any
// goroutine.
type pulse struct {
	mu   sync.Mutex
	last map[string]time.Time
}

// newPulse makes a pulse to which all parts are as if just heard of.
func newPulse(now time.Time) *pulse {
	p := &pulse{last: map[string]time.Time{}}
	for part := range maxSilence {
		p.last[part] = now
	}
	return p
}

// beat takes in that a part lives.
func (p *pulse) beat(part string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last[part] = time.Now()
}

// hung lists the parts that have been silent for too long.
func (p *pulse) hung(now time.Time) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return silent(p.last, now)
}

// silent lists the parts whose last beat is too long ago, sorted; none when all are
// fresh. A part that never beat is silent.
func silent(last map[string]time.Time, now time.Time) []string {
	var parts []string
	for part, most := range maxSilence {
		if now.Sub(last[part]) > most {
			parts = append(parts, part)
		}
	}
	slices.Sort(parts)
	return parts
}

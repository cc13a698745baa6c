package main

import (
	"context"
	"log/slog"
	"path/filepath"
	"strings"
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
	if s.Config == nil && s.Refused == nil {
		return
	}
	select {
	case <-n.news: // older
	default:
	}
	n.news <- statusLine(s, n.name)
}

// attend talks until ctx ends or the function is called that it returns, which waits
// for the last word.
func (n *notifier) attend(ctx context.Context) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		n.run(ctx)
		n.tell(daemon.SdNotifyStopping)
	}()
	return func() {
		cancel()
		<-done
	}
}

func (n *notifier) run(ctx context.Context) {
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
	if s.Config == nil {
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

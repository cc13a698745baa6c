package host

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// keepAlives is how often the service manager hears of a sound counter within the time after
// which it would restart it: one message may be late without harm.
const keepAlives = 4

// The parts of a running counter, which send heartbeats.
const (
	PartLoop    = "loop"
	PartWatcher = "watcher" // of counter.cue
	PartDisplay = "display"
)

// MaxSilence is after how long without a heartbeat a part counts as hung. The loop and the
// displays have a turn each 30 s at least, the watcher each 5 s; the rest is for a slow card.
const MaxSilence = time.Minute

// A Notifier tells the service manager how the counter is, as sd_notify(3) describes, as long as
// Run runs. Its other methods may be called from any goroutine and do not wait.
type Notifier struct {
	every      time.Duration // between two keep-alive messages; 0: nobody asks for them
	maxSilence time.Duration
	log        *slog.Logger
	status     chan string // one place: the newest status
	failed     bool        // the last message was not sent

	mu         sync.Mutex
	heartbeats map[string]time.Time // the last of each part
}

// NewNotifier returns the notifier of this process, to which all parts are alive. Without a
// service manager it sends nothing.
func NewNotifier(maxSilence time.Duration, log *slog.Logger) *Notifier {
	watchdog, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		log.Warn("cannot tell how often the service manager wants keep-alive messages; it gets none", "error", err)
	}
	now := time.Now()
	return &Notifier{
		every: watchdog / keepAlives, maxSilence: maxSilence, log: log, status: make(chan string, 1),
		heartbeats: map[string]time.Time{PartLoop: now, PartWatcher: now, PartDisplay: now},
	}
}

// Heartbeat returns what a part calls to say that it lives.
func (n *Notifier) Heartbeat(part string) func() {
	return func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.heartbeats[part] = time.Now()
	}
}

// Status takes a line that says what the wall shows. The first one makes the service ready.
// Calls must not overlap.
func (n *Notifier) Status(line string) {
	select {
	case <-n.status: // older
	default:
	}
	n.status <- line
}

// Run sends messages until ctx ends.
func (n *Notifier) Run(ctx context.Context) {
	defer n.send(daemon.SdNotifyStopping)
	var ticks <-chan time.Time
	if n.every > 0 {
		ticker := time.NewTicker(n.every)
		defer ticker.Stop()
		ticks = ticker.C
	}
	status, hung := "", ""
	for {
		select {
		case <-ctx.Done():
			return
		case line := <-n.status:
			switch status {
			case line:
				continue
			case "":
				n.send(daemon.SdNotifyReady + "\nSTATUS=" + line)
			default:
				n.send("STATUS=" + line)
			}
			status = line
		case <-ticks:
			before := hung
			if hung = n.hung(time.Now()); hung == "" {
				n.send(daemon.SdNotifyWatchdog)
			} else if hung != before {
				n.log.Error("a part of the counter hangs; the service manager will restart the counter", "part", hung)
			}
		}
	}
}

// hung lists the parts that have been silent for too long.
func (n *Notifier) hung(now time.Time) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	var parts []string
	for part, last := range n.heartbeats {
		if now.Sub(last) > n.maxSilence {
			parts = append(parts, part)
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

// send sends a state to the manager, if there is one.
func (n *Notifier) send(state string) {
	_, err := daemon.SdNotify(false, state)
	if err != nil && !n.failed {
		n.log.Warn("cannot send the counter's status to the service manager", "error", err)
	}
	n.failed = err != nil
}

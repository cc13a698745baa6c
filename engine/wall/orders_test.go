package wall

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// A world is a counter and a broker around a wall. Each state that the counter works out has a number
// of its own, which rises: what the wall shows tells when it was true.
type world struct {
	*harness
	rand   *rand.Rand
	number int
	judged map[int]time.Time // when each number was true

	counter struct {
		runs, hangs, linked bool
		boot, seq           int
		last                State
		at                  time.Time
	}
	broker struct {
		up, wall   bool // wall: it reaches the broker
		kept, file map[string]keptMessage
	}
	stop  atomic.Int64 // how long the wall's loop is to stand
	until time.Time    // it stands before
	conn  *fakeConn    // that got what is retained
	best  int          // number that was shown as fresh
	fresh int          // how often one was
}

type keptMessage struct {
	payload []byte
	until   time.Time // zero: never
}

// set has the broker keep and deliver a message.
func (w *world) set(topic string, payload []byte, expiry time.Duration) {
	if !w.broker.up {
		return
	}
	m := keptMessage{payload: payload}
	if expiry > 0 {
		m.until = time.Now().Add(expiry)
	}
	w.broker.kept[topic] = m
	if w.broker.wall && w.conn == w.harness.conn() {
		w.conn.received(Message{Topic: topic, Payload: payload, Expiry: expiry})
		synctest.Wait()
	}
}

// link connects what can be connected, in any order.
func (w *world) link() {
	counter := func() {
		c := &w.counter
		if !c.runs || !w.broker.up || c.linked {
			return
		}
		c.linked = true
		if left := (240*time.Second - time.Since(c.at)).Round(time.Second); c.seq > 0 && left > 0 {
			w.set("state", payload(w.t, c.last, c.at), left)
		}
		w.set("leader", []byte("online"), 0)
	}
	wall := func() {
		if c := w.harness.conn(); w.broker.up && w.broker.wall && w.conn != c {
			w.conn = c
			for _, i := range w.rand.Perm(2) {
				topic := []string{"state", "leader"}[i]
				m, ok := w.broker.kept[topic]
				var left time.Duration
				if !m.until.IsZero() {
					left = time.Until(m.until).Round(time.Second)
				}
				if ok && left >= 0 && (left > 0 || m.until.IsZero()) {
					c.received(Message{Topic: topic, Payload: m.payload, Retained: true, Expiry: left})
					synctest.Wait()
				}
			}
		}
	}
	both := []func(){counter, wall}
	for _, i := range w.rand.Perm(2) {
		both[i]()
	}
}

// judge is a poll of the counter.
func (w *world) judge() {
	c := &w.counter
	if !c.runs || c.hangs {
		return
	}
	w.number++
	c.seq++
	c.at = time.Now()
	w.judged[w.number] = c.at
	c.last = number(uint64(c.seq), w.number)
	c.last.Boot, c.last.At = fmt.Sprint(c.boot), c.at
	if c.linked {
		w.set("state", payload(w.t, c.last, c.at), 240*time.Second)
		w.set("leader", []byte("online"), 0)
	}
}

func clone(m map[string]keptMessage) map[string]keptMessage {
	n := map[string]keptMessage{}
	for k, v := range m {
		n[k] = v
	}
	return n
}

// event lets one thing happen, and names it.
func (w *world) event() string {
	c, b := &w.counter, &w.broker
	switch w.rand.IntN(16) {
	case 0:
		c.runs, c.hangs, c.linked = true, false, false
		c.boot, c.seq = c.boot+1, 0
		w.link()
		w.judge()
		return "the counter starts"
	case 1:
		linked := c.linked
		c.runs, c.linked = false, false
		if linked {
			w.set("leader", []byte("offline"), 0)
		}
		return "the counter is killed"
	case 2:
		c.hangs = !c.hangs
		return fmt.Sprintf("the counter hangs: %v", c.hangs)
	case 3:
		b.up, c.linked, w.conn = false, false, nil
		b.kept = clone(b.file)
		return "the broker is killed"
	case 4, 5:
		b.up = true
		return "the broker is there"
	case 6:
		b.file = clone(b.kept)
		return "the broker writes its file"
	case 7:
		b.file = map[string]keptMessage{}
		return "the broker loses its file"
	case 8:
		b.wall, w.conn = false, nil
		return "the wall is cut off"
	case 9, 10:
		b.wall = true
		return "the wall is not cut off"
	case 11:
		w.pass(time.Until(w.until))
		w.conn = nil
		w.restart()
		return "the wall starts again"
	case 12:
		if linked := c.linked; linked {
			c.linked = false
			w.set("leader", []byte("offline"), 0)
		}
		return "the counter's connection is lost"
	case 13:
		lasts := time.Duration(w.rand.IntN(90)) * time.Second
		w.stop.Store(int64(lasts))
		if now := time.Now(); w.until.Before(now) {
			w.until = now
		}
		w.until = w.until.Add(lasts + 2*maxTurn) // a turn until it begins, and one after it
		return "the wall's program is stopped"
	case 14:
		w.save([]string{"other broker", "good"}[w.rand.IntN(2)])
		w.pass(time.Second)
		return "the file names a broker"
	default:
		return "nothing"
	}
}

// check holds what the wall shows against what was true.
func (w *world) check(history []string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.status.Stale != nil || w.status.Text == "" || time.Now().Before(w.until) {
		return true
	}
	shown, err := strconv.Atoi(w.status.Text)
	if age := time.Since(w.judged[shown]); err != nil || age > 2*time.Minute+2*maxTurn+2*time.Second || shown < w.best {
		w.t.Errorf("%q looks fresh, of %s ago, after %d:\n%q", w.status.Text, age, w.best, history[max(0, len(history)-12):])
		return false
	}
	w.best = shown
	w.fresh++
	return true
}

// Whatever starts, dies, hangs and forgets, in whatever order: what looks fresh is of the last two
// intervals, and no wall goes back to a number of before.
func TestOrdersOfEvents(t *testing.T) {
	fresh := 0
	for seed := range uint64(20) {
		ok := t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &world{harness: newHarness(t), rand: rand.New(rand.NewPCG(seed, 1)), number: 1000, judged: map[int]time.Time{}}
				w.broker.kept, w.broker.file, w.broker.up, w.broker.wall = map[string]keptMessage{}, map[string]keptMessage{}, true, true
				w.o.Heartbeat = func(bool) { time.Sleep(time.Duration(w.stop.Swap(0))) }
				w.run()
				var history []string
				for i := range 150 {
					history = append(history, w.event())
					w.pass(time.Duration(w.rand.IntN(3000)) * time.Millisecond)
					w.link()
					for range w.rand.IntN(4) {
						w.pass(time.Duration(1+w.rand.IntN(20)) * time.Second)
						w.link()
						if i%2 == 0 {
							w.judge()
						}
						if !w.check(history) {
							return
						}
					}
				}
				w.pass(time.Until(w.until))
				fresh += w.fresh
			})
		})
		if !ok {
			return
		}
	}
	if fresh < 300 {
		t.Errorf("only %d times a number looked fresh: the test shows little", fresh)
	}
}

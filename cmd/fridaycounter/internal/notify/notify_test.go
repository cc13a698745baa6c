package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/state"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/engine/facts"
	"github.com/fridaycounter/fridaycounter/schema"
)

// A receiver is a webhook of the tests.
type receiver struct {
	mu     sync.Mutex
	got    []string // "breach ID" of each payload that it took
	asked  []time.Time
	answer func(n int) (int, error) // to the nth request; nil: 200. 0 never answers
	refuse string                   // the id of an event that is not taken
	before func()                   // a payload comes; may be nil
	after  func()                   // it was taken; may be nil
}

func (r *receiver) RoundTrip(q *http.Request) (*http.Response, error) {
	data, err := io.ReadAll(q.Body)
	if err != nil {
		return nil, err
	}
	var p struct{ Text, Event, ID string }
	if err := json.Unmarshal(data, &p); err != nil || p.Text == "" || q.Header.Get("Content-Type") != "application/json" {
		return nil, fmt.Errorf("got %s %v", data, err)
	}
	if r.before != nil {
		r.before()
	}
	r.mu.Lock()
	r.asked = append(r.asked, time.Now())
	code := 200
	if r.answer != nil {
		code, err = r.answer(len(r.asked))
	}
	if p.ID == r.refuse {
		code = 400
	}
	if strings.HasSuffix(q.URL.Path, "/HANGS") {
		code = 0
	}
	r.mu.Unlock()
	switch {
	case err != nil:
		return nil, err
	case code == 0:
		<-q.Context().Done()
		return nil, q.Context().Err()
	case code == 200:
		r.mu.Lock()
		r.got = append(r.got, p.Event+" "+p.ID)
		r.mu.Unlock()
		if r.after != nil {
			r.after()
		}
	}
	return &http.Response{StatusCode: code, Header: http.Header{"Retry-After": {"40"}}, Body: io.NopCloser(strings.NewReader("ok"))}, nil
}

const secretURL = "http://127.0.0.1:9/services/T0/B0/verysecret"

// failing is a test, or one check of a property.
type failing interface {
	Fatal(...any)
	Errorf(string, ...any)
}

// A notifying is a notifier with its history, which starts again.
type notifying struct {
	*Notifier
	t     failing
	path  string
	store *state.Store
	hook  *receiver
	log   *strings.Builder
}

func newNotifying(t failing, dir string) *notifying {
	n := &notifying{t: t, path: filepath.Join(dir, "history.db"), hook: &receiver{}, log: new(strings.Builder)}
	n.start()
	return n
}

// start starts the notifier again, as after a kill.
func (n *notifying) start() {
	n.stop()
	log := slog.New(slog.NewTextHandler(n.log, nil))
	store, err := state.Open(context.Background(), n.path, "counter.cue", time.Now, log)
	if err != nil {
		n.t.Fatal(err)
	}
	secret := func(c schema.Credential) (string, error) {
		if c.Env == "NONE" {
			return "", errors.New("environment variable NONE: is not set or empty")
		}
		return secretURL + "/" + c.Env, nil
	}
	n.store = store
	n.Notifier = New(Options{Store: store, Secret: secret, Now: time.Now, Log: log})
	n.transport = n.hook
}

func (n *notifying) stop() {
	if n.store == nil {
		return
	}
	if err := n.store.Close(); err != nil {
		n.t.Fatal(err)
	}
	n.store = nil
}

// memory is a directory that needs no disk.
func memory(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "notify")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// hooks is a policy's list of webhooks, one for each place.
func hooks(on []string, envs ...string) (list []schema.Notify) {
	for _, env := range envs {
		w := schema.Notify{On: on, Before: time.Hour}
		w.Webhook.URL.Env = env
		list = append(list, w)
	}
	return list
}

// inTime runs a test at a Thursday of March 2026.
func inTime(t *testing.T, f func(t *testing.T, w *world, n *notifying)) {
	dir := memory(t)
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(at("12 12:00")))
		w := newWorld(t)
		w.config.Notify = hooks([]string{breach, record, stale, window}, "HOOK")
		n := newNotifying(t, dir)
		defer func() { n.stop() }()
		f(t, w, n)
	})
}

// run runs the notifier for a time, with a new status each 10 s, or 500 of them.
func (n *notifying) run(w *world, d time.Duration) {
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); n.Run(ctx) }()
	for end := time.Now().Add(d); time.Now().Before(end); {
		w.now = time.Now().UTC().Add(-w.behind)
		n.Update(*w.status())
		time.Sleep(min(max(10*time.Second, d/500), time.Until(end)))
		synctest.Wait()
	}
	ending := time.Now()
	stop()
	<-done
	if took := time.Since(ending); took > time.Second {
		n.t.Errorf("the end took %v", took)
	}
}

// events returns what the webhook took, by kinds.
func (n *notifying) events() string {
	var kinds []string
	for _, text := range n.hook.got {
		kind, _, _ := strings.Cut(text, " ")
		kinds = append(kinds, kind)
	}
	return strings.Join(kinds, " ")
}

func (n *notifying) want(t *testing.T, when, events string) {
	t.Helper()
	if got := n.events(); got != events {
		t.Errorf("%s: got %q, want %q; log:\n%s", when, got, events, n.log)
	}
}

// Events of two days are each told once, over restarts.
func TestTells(t *testing.T) {
	inTime(t, func(t *testing.T, w *world, n *notifying) {
		n.run(w, 11*time.Hour)
		n.want(t, "an hour before Friday", "")
		n.run(w, time.Minute)
		n.want(t, "and after it", "window")
		n.start()
		n.run(w, 10*time.Hour)
		w.deploy("2", "13 09:00", "")
		n.run(w, time.Minute)
		n.start()
		w.deploy("2", "13 09:00", "13 09:30")
		n.run(w, time.Hour)
		n.want(t, "Friday", "window breach")
		w.because = map[string][]facts.Reason{"no-friday": {{Kind: "poll", Text: "502 of ci.example.com"}}}
		n.run(w, 9*time.Minute)
		n.start()
		n.run(w, 9*time.Minute)
		n.want(t, "stale, with a restart", "window breach")
		n.run(w, 2*time.Minute)
		n.start()
		n.run(w, time.Hour)
		n.want(t, "stale", "window breach stale")
		if strings.Contains(n.log.String(), "level=WARN") || strings.Contains(n.log.String(), "verysecret") {
			t.Errorf("log:\n%s", n.log)
		}
	})
}

// What fails is tried again: twice within 30 s, then ever less often, and given up after a day, or
// after an hour if it is refused. The log says so, without the URL.
func TestRetries(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer func(n int) (int, error)
		first  []time.Duration // after the first try
		until  time.Duration   // no try after that
		log    string
	}{
		{"an error", func(int) (int, error) { return 502, nil }, []time.Duration{40 * time.Second, 80 * time.Second}, day, "it answers 502 Bad Gateway"},
		{"no network", func(int) (int, error) { return 0, errors.New(`dial tcp: lookup 127.0.0.1: "verysecret"`) },
			[]time.Duration{2 * time.Second, 7 * time.Second, 37 * time.Second, 97 * time.Second}, day, "no answer: dial tcp: lookup its host"},
		{"no answer", func(int) (int, error) { return 0, nil },
			[]time.Duration{12 * time.Second, 27 * time.Second, 67 * time.Second}, day, "no answer within 10s"},
		{"too often", func(int) (int, error) { return 429, nil }, []time.Duration{40 * time.Second}, day, "it answers 429 Too Many Requests"},
		{"not there", func(int) (int, error) { return 404, nil },
			[]time.Duration{2 * time.Second, 7 * time.Second, 37 * time.Second}, time.Hour, "it answers 404 Not Found"},
		{"a redirect", func(int) (int, error) { return 302, nil }, []time.Duration{2 * time.Second}, time.Hour, "it answers 302 Found, and redirects are not followed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			inTime(t, func(t *testing.T, w *world, n *notifying) {
				n.hook.answer = c.answer
				n.run(w, time.Minute)
				w.deploy("2", "06 10:00", "06 10:10")
				w.deploy("3", "13 00:00", "13 00:01")
				time.Sleep(time.Until(at("13 00:10")))
				n.run(w, 26*time.Hour)
				var tries []time.Duration
				for _, asked := range n.hook.asked[1:] {
					tries = append(tries, asked.Sub(n.hook.asked[0]))
				}
				if len(tries) < len(c.first) || !slices.Equal(tries[:len(c.first)], c.first) {
					t.Errorf("tries after %v, want %v", tries, c.first)
				}
				if last := tries[len(tries)-1]; last > c.until || last < c.until/2 {
					t.Errorf("the last try after %v, want %v at most", last, c.until)
				}
				if len(tries) > 40 {
					t.Errorf("%d tries", len(tries))
				}
				n.want(t, "later", "")
				log := n.log.String()
				for text, times := range map[string]int{c.log: 1, "a webhook was not told, and will not be": 1, "verysecret": 0, "/T0/": 0} {
					if got := strings.Count(log, text); got != times {
						t.Errorf("%d times %q, want %d; log:\n%s", got, text, times, log)
					}
				}
				n.hook.answer = nil
				w.deploy("4", "14 02:10", "14 02:10")
				w.config.Rules[0].Forbid[0].Weekdays = append(w.config.Rules[0].Forbid[0].Weekdays, time.Saturday)
				n.run(w, time.Minute)
				n.want(t, "the next one", "breach")
			})
		})
	}
}

// A window that a webhook could not be told of is given up at its end.
func TestWindowThatPassed(t *testing.T) {
	inTime(t, func(t *testing.T, w *world, n *notifying) {
		w.config.Rules[0].Forbid[0].From, w.config.Rules[0].Forbid[0].To = 9*60, 10*60
		n.hook.answer = func(int) (int, error) { return 503, nil }
		n.run(w, 20*time.Hour)
		n.run(w, 10*time.Hour)
		first, last := n.hook.asked[0], n.hook.asked[len(n.hook.asked)-1]
		if !first.Equal(at("13 08:00")) || last.Before(at("13 09:00")) || last.After(at("13 10:00")) {
			t.Errorf("tried from %v to %v", first, last)
		}
		if got := strings.Count(n.log.String(), "a webhook was not told, and will not be"); got != 1 {
			t.Errorf("given up %d times; log:\n%s", got, n.log)
		}
	})
}

// What is owed at the end is sent at once at the start, whatever the wait was.
func TestOwedAtAStart(t *testing.T) {
	inTime(t, func(t *testing.T, w *world, n *notifying) {
		n.run(w, time.Minute)
		n.hook.answer = func(int) (int, error) { return 503, nil }
		w.deploy("2", "13 09:00", "13 09:10")
		time.Sleep(time.Until(at("13 09:10")))
		n.run(w, 5*time.Hour)
		n.start()
		n.hook.answer = nil
		n.run(w, time.Second)
		n.want(t, "a second after the start", "breach")
	})
}

// A webhook that hangs or whose URL cannot be read does not keep others from being told, and one that
// refuses an event is told of others.
func TestSeveralWebhooks(t *testing.T) {
	inTime(t, func(t *testing.T, w *world, n *notifying) {
		w.config.Notify = append(hooks([]string{breach}, "NONE", "HANGS", "HOOK", "HOOK"), hooks([]string{window}, "HOOK")...)
		n.run(w, time.Minute)
		if !strings.Contains(n.log.String(), "environment variable NONE: is not set or empty") {
			t.Errorf("the URL that is missing is not in the log of the start:\n%s", n.log)
		}
		w.deploy("2", "13 09:00", "13 09:10")
		time.Sleep(time.Until(at("13 09:10")))
		n.run(w, time.Minute)
		n.want(t, "beside one without a URL and one that hangs", "breach")
		if want := `webhook="env NONE" error="environment variable NONE: is not set or empty"`; strings.Count(n.log.String(), want) != 1 {
			t.Errorf("log lacks %s:\n%s", want, n.log)
		}
		w.config.Notify = hooks([]string{breach, window}, "HOOK")
		n.hook.got = nil
		n.hook.refuse = eventID(breach, run(w.deploy("3", "20 09:00", "20 09:10"))...)
		time.Sleep(time.Until(at("20 09:10")))
		n.run(w, time.Second)
		w.deploy("4", "20 09:11", "20 09:12")
		time.Sleep(time.Until(at("20 09:12")))
		n.run(w, time.Minute)
		n.want(t, "one that is refused before it", "breach")
	})
}

// While the history cannot note it, nothing is told; it is told once when that works again.
func TestHistoryThatCannotBeUsed(t *testing.T) {
	inTime(t, func(t *testing.T, w *world, n *notifying) {
		n.run(w, time.Minute)
		w.deploy("2", "13 09:00", "13 09:10")
		time.Sleep(time.Until(at("13 09:10")))
		n.stop()
		log := slog.New(slog.NewTextHandler(n.log, nil))
		broken, err := state.Open(t.Context(), "/dev/null/history.db", "counter.cue", time.Now, log)
		if err != nil {
			t.Fatal(err)
		}
		whole := n.path
		n.Notifier = New(Options{Store: broken, Secret: n.o.Secret, Now: time.Now, Log: log})
		n.transport = n.hook
		n.run(w, time.Hour)
		n.want(t, "without a history", "")
		if got := strings.Count(n.log.String(), "webhooks are told nothing, since the history cannot note it"); got != 1 {
			t.Errorf("%d times in the log:\n%s", got, n.log)
		}
		n.path = whole
		n.start()
		n.run(w, time.Minute)
		n.want(t, "with it", "breach")
	})
}

// An answer that comes while the program ends is noted.
func TestAnswerAtTheEnd(t *testing.T) {
	inTime(t, func(t *testing.T, w *world, n *notifying) {
		n.run(w, time.Minute)
		w.deploy("2", "13 09:00", "13 09:10")
		time.Sleep(time.Until(at("13 09:10")))
		ctx, stop := context.WithCancel(t.Context())
		n.hook.after = stop
		w.now = time.Now().UTC().Add(-w.behind)
		n.Update(*w.status())
		n.Run(ctx)
		n.hook.after = nil
		n.start()
		n.run(w, time.Minute)
		n.want(t, "after a restart", "breach")
	})
}

// What is owed outlives a clock that is put forward for a while.
func TestClockThatJumps(t *testing.T) {
	inTime(t, func(t *testing.T, w *world, n *notifying) {
		n.run(w, time.Minute)
		n.hook.answer = func(int) (int, error) { return 503, nil }
		w.deploy("2", "13 09:00", "13 09:10")
		time.Sleep(time.Until(at("13 09:10")))
		n.run(w, time.Minute)
		n.o.Now = func() time.Time { return time.Now().AddDate(10, 0, 0) } // the loop has not seen it yet
		n.step(t.Context())
		w.clock, w.now = engine.ClockUnsynchronised, w.now.AddDate(10, 0, 0)
		n.last.Store(w.status())
		n.step(t.Context())
		w.clock, n.o.Now, n.hook.answer = engine.ClockTrusted, time.Now, nil
		n.hooks["env HOOK"].next = time.Time{}
		w.now = at("13 09:12")
		n.last.Store(w.status())
		n.step(t.Context())
		n.want(t, "later", "breach")
	})
}

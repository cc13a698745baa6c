package awtrix_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/awtrix"
	"github.com/fridaycounter/fridaycounter/drivers/led"
)

// A clock is an AWTRIX 3 on a network of pipes, in the bubble of a test. It forgets at a reboot,
// and frames what outlived its lifetime.
type clock struct {
	t     *testing.T
	ctx   context.Context // of its apps
	conns chan net.Conn

	mu         sync.Mutex
	off        bool
	slow       time.Duration // before each answer
	status     int           // of each answer; 0: 200
	apps       map[string]app
	indicators [3]string
	requests   []string // since the last look
}

type app struct {
	Text         string
	Color        string
	Lifetime     int
	LifetimeMode int
	until        time.Time
}

func newClock(t *testing.T) *clock {
	c := &clock{t: t, ctx: t.Context(), conns: make(chan net.Conn), apps: map[string]app{}}
	server := &http.Server{Handler: c}
	go server.Serve(c)
	t.Cleanup(func() {
		server.Close()
		time.Sleep(2 * time.Minute) // for what is slow
	})
	return c
}

// Accept, Close and Addr make the clock a listener.
func (c *clock) Accept() (net.Conn, error) {
	conn, ok := <-c.conns
	if !ok {
		return nil, net.ErrClosed
	}
	return conn, nil
}
func (c *clock) Close() error   { close(c.conns); return nil }
func (c *clock) Addr() net.Addr { return &net.TCPAddr{} }

func (c *clock) dial(context.Context, string, string) (net.Conn, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.off {
		return nil, fmt.Errorf("dial: no route to host")
	}
	here, there := net.Pipe()
	c.conns <- there
	return here, nil
}

func (c *clock) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	c.mu.Lock()
	slow, status := c.slow, c.status
	c.mu.Unlock()
	time.Sleep(slow)
	if status != 0 {
		w.Header().Set("Location", "http://elsewhere.example.com/")
		w.WriteHeader(status)
		io.WriteString(w, strings.Repeat("\x1b[2J secret", 100_000))
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	name := strings.TrimPrefix(r.URL.Path, "/api/")
	c.requests = append(c.requests, name)
	if r.Method != http.MethodPost {
		c.t.Errorf("got %s", r.Method)
	}
	var i int
	switch n, _ := fmt.Sscanf(name, "indicator%d", &i); {
	case name == "custom" && len(body) == 0:
		delete(c.apps, r.URL.Query().Get("name"))
	case name == "custom":
		var a app
		if err := json.Unmarshal(body, &a); err != nil {
			c.t.Error(err)
		}
		a.until = time.Now().Add(time.Duration(a.Lifetime) * time.Second)
		c.apps[r.URL.Query().Get("name")] = a
	case n == 1 && len(body) == 0:
		c.indicators[i-1] = ""
	case n == 1:
		var lit struct{ Color string }
		if err := json.Unmarshal(body, &lit); err != nil {
			c.t.Error(err)
		}
		c.indicators[i-1] = lit.Color
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// shows says what the clock shows: apps with their texts, framed ones in brackets, and which
// indicators are lit.
func (c *clock) shows() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var list []string
	for name, a := range c.apps {
		text := name + "=" + a.Text
		if !time.Now().Before(a.until) && a.LifetimeMode == 1 {
			text = "[" + text + "]"
		}
		list = append(list, text)
	}
	slices.Sort(list)
	for i, color := range c.indicators {
		if color != "" {
			list = append(list, fmt.Sprint(i+1))
		}
	}
	return strings.Join(list, " ")
}

// asked returns the requests since it was last called.
func (c *clock) asked() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	defer func() { c.requests = nil }()
	return strings.Join(c.requests, " ")
}

func (c *clock) set(change func(*clock)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change(c)
}

func (c *clock) reboot() {
	c.set(func(c *clock) { c.apps, c.indicators = map[string]app{}, [3]string{} })
}

// on returns an app on the clock.
func (c *clock) on(content *awtrix.Content) *awtrix.Dev {
	c.t.Helper()
	return awtrix.New(awtrix.Opts{
		URL: "http://ann:hunter2@192.0.2.7", App: "friday counter", Color: "#00ff00",
		Content: func() awtrix.Content { return *content }, Context: c.ctx,
		Transport: &http.Transport{DialContext: c.dial, DisableKeepAlives: true},
	})
}

// want checks what the clock shows, and what it was asked since.
func (c *clock) want(when, shows, asked string) {
	c.t.Helper()
	if got := c.shows(); got != shows {
		c.t.Errorf("%s: shows %q, want %q", when, got, shows)
	}
	if got := c.asked(); got != asked {
		c.t.Errorf("%s: asked %q, want %q", when, got, asked)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// What changed is sent, and nothing else.
func TestShow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClock(t)
		content := awtrix.Content{Text: "42", Lifetime: time.Hour}
		d := c.on(&content)
		must(t, d.Show(led.Picture{}))
		c.want("first", "friday counter=42", "custom indicator1 indicator2 indicator3")
		must(t, d.Show(led.Picture{}))
		c.want("same", "friday counter=42", "")
		content.Text, content.Indicators[0] = "42?", true
		must(t, d.Show(led.Picture{}))
		c.want("stale", "friday counter=42? 1", "custom indicator1")
		content.Text, content.Indicators = "42", [3]bool{false, true, true}
		must(t, d.Show(led.Picture{}))
		c.want("refused and forbidden", "friday counter=42 2 3", "custom indicator1 indicator2 indicator3")
		c.apps["weather"] = app{Text: "7°"}
		must(t, d.Halt())
		c.want("halted", "weather=7°", "custom indicator2 indicator3")
	})
}

// All that is lit is sent again each 30 s: the clock never takes it for stale, and shows it again
// after a loss of power. What is not sent any more gets a frame.
func TestRefresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClock(t)
		content := awtrix.Content{Text: "7", Lifetime: time.Second, Indicators: [3]bool{2: true}}
		d := c.on(&content)
		must(t, d.Show(led.Picture{}))
		for range 100 {
			time.Sleep(awtrix.Refresh)
			must(t, d.Refresh())
			if got := c.shows(); got != "friday counter=7 3" {
				t.Fatalf("shows %q", got)
			}
		}
		if got, want := c.asked(), "custom indicator1 indicator2 indicator3"+strings.Repeat(" custom indicator3", 16); got != want {
			t.Errorf("asked %q, want %q", got, want)
		}
		c.reboot()
		off := time.Now()
		for c.shows() != "friday counter=7 3" && time.Since(off) < time.Minute {
			time.Sleep(awtrix.Refresh)
			must(t, d.Refresh())
		}
		if took := time.Since(off); took > 30*time.Second {
			t.Errorf("it took %v", took)
		}
		time.Sleep(time.Minute)
		c.want("later", "[friday counter=7] 3", "custom indicator3")
	})
}

// Each kind of failure is one clear line without user info and without what was answered.
func TestErrors(t *testing.T) {
	for _, c := range []struct {
		name string
		set  func(*clock)
		want string
	}{
		{"away", func(c *clock) { c.off = true }, "the clock at http://192.0.2.7 gives no answer: dial: no route to host"},
		{"slow", func(c *clock) { c.slow = time.Minute }, "the clock at http://192.0.2.7 gives no answer within 5s"},
		{"another device", func(c *clock) { c.status = 404 }, "there is no AWTRIX 3 at http://192.0.2.7: it has no /api/custom"},
		{"login", func(c *clock) { c.status = 401 }, "the clock at http://192.0.2.7 wants a login, which a policy has no place for (hint: switch it off on the page of the clock)"},
		{"error", func(c *clock) { c.status = 500 }, "the clock at http://192.0.2.7 answered /api/custom with 500 Internal Server Error"},
		{"redirect", func(c *clock) { c.status = 302 }, "the clock at http://192.0.2.7 answered /api/custom with 302 Found"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				there := newClock(t)
				content := awtrix.Content{Text: "42", Indicators: [3]bool{0: true}}
				d := there.on(&content)
				must(t, d.Show(led.Picture{}))
				content.Text = "43"
				there.set(c.set)
				began := time.Now()
				if err := d.Show(led.Picture{}); err == nil || err.Error() != c.want {
					t.Errorf("got %v, want %s", err, c.want)
				}
				if took := time.Since(began); took > 5*time.Second {
					t.Errorf("it took %v", took)
				}
				if err := d.Halt(); err != nil {
					t.Errorf("halt of a clock that failed before: %v", err)
				}
				time.Sleep(time.Minute)
				there.reboot()
				there.set(func(c *clock) { c.off, c.slow, c.status, c.requests = false, 0, 0, nil })
				must(t, d.Show(led.Picture{}))
				there.want("again", "friday counter=43 1", "custom indicator1 indicator2 indicator3")
				there.set(c.set)
				if err := d.Halt(); err == nil {
					t.Error("halt: no error, though the text stays")
				}
			})
		})
	}
}

// When the counter ends, nobody waits for a clock that hangs longer than a second.
func TestEndWhileItHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClock(t)
		ctx, end := context.WithCancel(t.Context())
		c.ctx, c.slow = ctx, time.Minute
		d := c.on(&awtrix.Content{Text: "42"})
		shown := make(chan error)
		go func() { shown <- d.Show(led.Picture{}) }()
		time.Sleep(time.Second)
		began := time.Now()
		end()
		if err := <-shown; err == nil {
			t.Error("it was shown")
		}
		if err := d.Halt(); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

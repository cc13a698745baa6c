package httpjson

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/drivers/source/mapping"
	"github.com/fridaycounter/fridaycounter/drivers/source/rest"
	"github.com/fridaycounter/fridaycounter/rules"
)

var _ source.Source = (*Client)(nil)

// noon is when the tests poll.
var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// A build is a record of the fake server.
type build struct {
	ID       int        `json:"id"`
	State    string     `json:"state"`
	Started  time.Time  `json:"started"`
	Finished *time.Time `json:"finished"`
}

// builds returns n that ended, a day apart, the newest first; the ids are n to 1.
func builds(n int) (list []build) {
	for i := range n {
		b := build{ID: n - i, State: "ok", Started: noon.Add(-time.Hour).AddDate(0, 0, -i)}
		b.end()
		list = append(list, b)
	}
	return list
}

func (b *build) end() {
	at := b.Started.Add(30 * time.Minute)
	b.State, b.Finished = "ok", &at
}

// A fake is a server with a list of builds at /list, and each at /one/ID. It pages by Link.
type fake struct {
	all    []build
	size   int // of a page; 0: all are on one
	asked  []string
	before func(w http.ResponseWriter, r *http.Request) bool // answers itself if it returns true
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.asked = append(f.asked, r.Method+" "+r.URL.RequestURI())
	w.Header()["Date"] = nil
	w.Header().Set("Content-Type", "application/json")
	if f.before != nil && f.before(w, r) {
		return
	}
	if id, ok := strings.CutPrefix(r.URL.Path, "/one/"); ok {
		i := slices.IndexFunc(f.all, func(b build) bool { return strconv.Itoa(b.ID) == id })
		if i < 0 {
			w.WriteHeader(404)
			return
		}
		reply(w, r, f.all[i])
		return
	}
	if strings.HasPrefix(r.URL.Path, "/details/") {
		reply(w, r, map[string]string{"version": "v" + r.URL.Path[len("/details/"):]})
		return
	}
	var body struct{ Page struct{ After string } }
	json.NewDecoder(r.Body).Decode(&body)
	q := r.URL.Query()
	from, to := 0, len(f.all)
	number := func(text string) int { n, _ := strconv.Atoi(text); return n }
	if f.size > 0 {
		switch {
		case q.Has("page"):
			from = (number(q.Get("page")) - 1) * f.size
		case q.Has("end"):
			to = number(q.Get("end"))
			from = number(q.Get("skip"))
		case q.Has("skip"):
			from = number(q.Get("skip"))
		case q.Has("after"):
			from = number(q.Get("after"))
		case body.Page.After != "":
			from = number(body.Page.After)
		}
		from = min(from, len(f.all))
		to = min(to, from+f.size, len(f.all))
	}
	next := ""
	if to < len(f.all) {
		next = strconv.Itoa(to)
		q.Set("after", next)
		w.Header().Set("Link", fmt.Sprintf(`<%s?%s>; rel="next", <%s>; rel="last"`, r.URL.Path, q.Encode(), r.URL.Path))
	}
	reply(w, r, map[string]any{"items": append([]build{}, f.all[from:to]...), "next": next, "more": next != ""})
}

// reply sends a value, or 304.
func reply(w http.ResponseWriter, r *http.Request, v any) {
	b, _ := json.Marshal(v)
	tag := fmt.Sprintf(`W/"%d-%x"`, len(b), checksum(b))
	w.Header().Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		w.Header().Del("Link") // as real servers do
		w.WriteHeader(304)
		return
	}
	w.Write(b)
}

func checksum(b []byte) (n uint64) {
	for _, c := range b {
		n = n*31 + uint64(c)
	}
	return n
}

// took returns what was asked for since the last call.
func (f *fake) took() string {
	text := strings.ReplaceAll(strings.Join(f.asked, " "), "GET ", "")
	f.asked = nil
	return text
}

// feed reads the fake.
func fakeFeed() mapping.Feed {
	return mapping.Feed{
		Environment: "prod", One: "/one/{id}",
		Read: mapping.Read{
			Get: "/list", Page: mapping.Paging{Link: true},
			List: mapping.List{
				Items: "items",
				Map: mapping.Map{
					ID: mapping.Where{Path: "id"}, State: mapping.Where{Path: "state"}, Version: mapping.Where{Path: "details.version"},
					Started: mapping.Where{Path: "started"}, Executed: mapping.Where{Path: "started"}, Finished: mapping.Where{Path: "finished"},
				},
				States: mapping.States{Success: []string{"ok"}, Failed: []string{"failed"}, Running: []string{"runs"}, Waiting: []string{"waits"}},
			},
		},
	}
}

// A tester is a test of the standard library, or of rapid.
type tester interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Context() context.Context
}

// A rig is a client of a fake, and what is known by its answers.
type rig struct {
	t tester
	*fake
	opts   Opts
	client *Client
	known  *source.Known
	now    time.Time
}

// handled answers requests without a network.
type handled struct{ http.Handler }

func (h handled) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer r.Body.Close()
	} else {
		r.Body = io.NopCloser(strings.NewReader(""))
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result(), nil
}

func newRig(t tester, f *fake, feeds ...mapping.Feed) *rig {
	r := &rig{t: t, fake: f, now: noon, known: &source.Known{Key: source.Key{Name: "ci"}}}
	r.opts = Opts{Opts: rest.Opts{URL: "http://127.0.0.1:1", Transport: handled{f}, FollowOnHost: true}, Feeds: feeds}
	r.restart()
	return r
}

func (r *rig) restart() {
	c, err := New(r.opts)
	if err != nil {
		r.t.Fatal(err)
	}
	r.client = c
}

// poll polls five minutes after the last time, and keeps what came.
func (r *rig) poll() (source.Answer, error) {
	a, err := r.client.Poll(r.t.Context(), r.known, r.now)
	r.known = keep(r.known, a, err, r.now)
	if err == nil && !a.More {
		r.known.Selection = r.opts.Selection.String()
	}
	r.now = r.now.Add(5 * time.Minute)
	return a, err
}

// mustPoll demands that a poll brings the environment so.
func (r *rig) mustPoll(want source.Reading) source.Answer {
	r.t.Helper()
	a, err := r.poll()
	if err != nil || len(a.Environments) != 1 || a.Environments[0].Reading != want {
		r.t.Fatalf("got %+v, %v, want reading %d (asked %s)", a.Environments, err, want, r.took())
	}
	return a
}

// ids returns what is known of, with ! where it runs, the newest first.
func (r *rig) ids() string {
	var list []string
	for _, e := range r.known.Environments {
		for _, d := range e.Deployments {
			text := fmt.Sprintf("%3s", d.ID)
			if !d.Final() {
				text += "!"
			}
			list = append(list, text)
		}
	}
	slices.Sort(list)
	slices.Reverse(list)
	return strings.Join(strings.Fields(strings.Join(list, " ")), " ")
}

// keep is a plain stand-in for engine/facts, which drivers do not import.
func keep(known *source.Known, a source.Answer, err error, now time.Time) *source.Known {
	next := *known
	next.Environments = slices.Clone(known.Environments)
	for _, one := range a.Environments {
		if next.Environment(one.ID) == nil {
			next.Environments = append(next.Environments, source.KnownEnvironment{Environment: one.Environment})
			slices.SortFunc(next.Environments, func(a, b source.KnownEnvironment) int { return strings.Compare(a.ID, b.ID) })
		}
		keepReading(next.Environment(one.ID), one, now)
	}
	for i := range next.Environments {
		e := &next.Environments[i]
		e.Deployments = slices.Clone(e.Deployments)
		put := func(d rules.Deployment) {
			same := func(o rules.Deployment) bool { return o.ID == d.ID && o.Start().Equal(d.Start()) }
			e.Deployments = append(slices.DeleteFunc(e.Deployments, same), d)
		}
		for _, d := range a.Deployments {
			if d.EnvironmentID == e.ID {
				put(d)
			}
		}
		slices.SortFunc(e.Deployments, source.CompareRuns) // as Runs wants them
		for _, ref := range a.Vanished {
			for _, d := range e.Runs(ref.ID) {
				d.Denied = true
				put(d)
			}
		}
		slices.SortFunc(e.Deployments, source.CompareRuns)
	}
	return &next
}

func keepReading(e *source.KnownEnvironment, one source.Environment, now time.Time) {
	first := e.Partial || e.Read.IsZero()
	switch {
	case one.Reading == source.ReadNothing:
		return
	case first, one.Deeper && one.From.Before(e.CompleteFrom), one.Gap:
		e.CompleteFrom, e.Exhausted = one.From, one.Exhausted
	}
	e.Partial = one.Reading == source.ReadPart
	if one.Reading == source.ReadWhole {
		e.Read = now
	}
}

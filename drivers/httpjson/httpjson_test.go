package httpjson

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/drivers/source/mapping"
	"github.com/fridaycounter/fridaycounter/drivers/source/rest"
	"github.com/fridaycounter/fridaycounter/rules"
)

// TestPaging reads a list of 7 in pages of 3 by each kind of paging, and then polls steadily.
func TestPaging(t *testing.T) {
	for _, test := range []struct {
		name, get string
		page      mapping.Paging
		post      *mapping.Post
		want      string // requests of the first reading; of all later polls the first of them
	}{
		{"link", "/list?x=1", mapping.Paging{Link: true}, nil, "/list?x=1 /list?after=3&x=1 /list?after=6&x=1"},
		{"number", "/list", mapping.Paging{Number: &mapping.Counter{Parameter: "page"}}, nil, "/list?page=1 /list?page=2 /list?page=3 /list?page=4"},
		{"offset", "/list", mapping.Paging{Offset: &mapping.Counter{Parameter: "skip"}}, nil, "/list?skip=0 /list?skip=2 /list?skip=4 /list?skip=6"},
		{"offset in the path", "/list?skip={offset}&end={end}", mapping.Paging{Offset: &mapping.Counter{Size: 3}}, nil,
			"/list?end=3&skip=0 /list?end=5&skip=2 /list?end=7&skip=4 /list?end=9&skip=6"},
		{"cursor", "/list", mapping.Paging{Cursor: &mapping.Cursor{Path: "next", Parameter: "after"}}, nil, "/list /list?after=3 /list?after=6"},
		{"cursor and more", "/list", mapping.Paging{Cursor: &mapping.Cursor{Path: "next", Parameter: "after", More: "more"}}, nil, "/list /list?after=3 /list?after=6"},
		{"cursor in a body", "", mapping.Paging{Cursor: &mapping.Cursor{Path: "next", Parameter: "page.after"}},
			&mapping.Post{Path: "/list", Body: map[string]any{"page": map[string]any{"size": 3}}}, "POST /list POST /list POST /list"},
	} {
		feed := fakeFeed()
		feed.Get, feed.Page, feed.Post = test.get, test.page, test.post
		r := newRig(t, &fake{all: builds(7), size: 3}, feed)
		r.mustPoll(source.ReadWhole)
		if got := r.took(); got != test.want {
			t.Errorf("%s: asked for %s, want %s", test.name, got, test.want)
		}
		if got := r.ids(); got != "7 6 5 4 3 2 1" {
			t.Errorf("%s: got %s", test.name, got)
		}
		if e := r.known.Environments[0]; !e.Exhausted || !e.CompleteFrom.Equal(r.all[6].Started) {
			t.Errorf("%s: complete from %v, exhausted %v", test.name, e.CompleteFrom, e.Exhausted)
		}
		steady, _, _ := strings.Cut(strings.Replace(test.want, "POST ", "POST", 1), " ")
		for range 2 {
			a := r.mustPoll(source.ReadWhole)
			if got := strings.Replace(r.took(), "POST ", "POST", 1); got != steady || a.More {
				t.Errorf("%s: a steady poll asked for %s", test.name, got)
			}
		}
	}
}

func TestUnchangedPageKeepsRunningRecordsRunning(t *testing.T) {
	f := &fake{all: builds(3)}
	f.all[0].State, f.all[0].Finished = "runs", nil
	r := newRig(t, f, fakeFeed())
	unchanged := 0
	f.before = func(w http.ResponseWriter, q *http.Request) bool {
		if q.Header.Get("If-None-Match") != "" {
			unchanged++
		}
		return false
	}
	for range 3 {
		a := r.mustPoll(source.ReadWhole)
		if got := r.ids(); got != "3! 2 1" || len(a.Vanished) > 0 {
			t.Errorf("got %s, vanished %v", got, a.Vanished)
		}
	}
	if got := r.took(); got != "/list /list /list" || unchanged != 2 {
		t.Errorf("asked for %s, %d of them conditional", got, unchanged)
	}
	f.all[0].end()
	r.mustPoll(source.ReadWhole)
	if got := r.ids(); got != "3 2 1" {
		t.Errorf("ended: got %s", got)
	}
}

func TestFirstReadingOverPolls(t *testing.T) {
	for _, restart := range []bool{false, true} {
		r := newRig(t, &fake{all: builds(250), size: 10}, fakeFeed())
		a := r.mustPoll(source.ReadPart)
		if e := a.Environments[0]; !a.More || !e.From.Equal(r.all[99].Started.Add(source.Longest)) {
			t.Errorf("part: more %v, from %v", a.More, e.From)
		}
		if restart {
			r.restart()
			r.took()
			if r.mustPoll(source.ReadPart); len(r.asked) != 10 {
				t.Errorf("after a restart: asked for %d pages", len(r.asked))
			}
		}
		// One comes while it is read.
		r.all = append([]build{{ID: 251, State: "runs", Started: r.now}}, r.all...)
		r.mustPoll(source.ReadPart)
		r.mustPoll(source.ReadWhole)
		e := r.known.Environments[0]
		if len(e.Deployments) != 251 || !e.Exhausted || !e.CompleteFrom.Equal(r.all[250].Started) {
			t.Errorf("restart %v: got %d, from %v, %v", restart, len(e.Deployments), e.CompleteFrom, e.Exhausted)
		}
		r.took()
		r.mustPoll(source.ReadWhole)
		if got := r.took(); got != "/list" {
			t.Errorf("then: asked for %s", got)
		}
	}
}

func TestHorizon(t *testing.T) {
	r := newRig(t, &fake{all: builds(100), size: 10}, fakeFeed())
	r.opts.HistoryFrom = noon.AddDate(0, 0, -30)
	r.restart()
	r.mustPoll(source.ReadWhole)
	if e := r.known.Environments[0]; len(e.Deployments) != 40 || e.Exhausted || !e.CompleteFrom.Equal(r.opts.HistoryFrom) {
		t.Errorf("got %d, from %v, %v", len(e.Deployments), e.CompleteFrom, e.Exhausted)
	}
	r.opts.HistoryFrom = noon.AddDate(0, 0, -60)
	r.restart()
	a := r.mustPoll(source.ReadWhole)
	if e := r.known.Environments[0]; !a.Environments[0].Deeper || len(e.Deployments) != 70 || !e.CompleteFrom.Equal(r.opts.HistoryFrom) {
		t.Errorf("deeper: got %d, from %v, %+v", len(e.Deployments), e.CompleteFrom, a.Environments)
	}
	r.took()
	r.mustPoll(source.ReadWhole)
	if got := r.took(); got != "/list" {
		t.Errorf("then: asked for %s", got)
	}
}

func TestDetails(t *testing.T) {
	f := &fake{all: builds(3)}
	f.all[0].State, f.all[0].Finished = "runs", nil
	feed := fakeFeed()
	feed.Details = "/details/{id}"
	r := newRig(t, f, feed)
	version := func(id string) string { return r.known.Environments[0].Runs(id)[0].Version }
	for i, want := range []string{
		"/list /details/3 /details/2 /details/1", // all are new
		"/list /details/3",                       // the page is as it was, which says nothing of what runs
		"/list /details/3",                       // it has ended
		"/list",                                  // final
	} {
		if i == 2 {
			f.all[0].end()
		}
		r.mustPoll(source.ReadWhole)
		if got := r.took(); got != want {
			t.Errorf("poll %d: asked for %s, want %s", i, got, want)
		}
	}
	if version("3") != "v3" || version("1") != "v1" {
		t.Errorf("got %q, %q", version("3"), version("1"))
	}
}

func TestRunningRecordsThatAreNotListed(t *testing.T) {
	for _, test := range []struct {
		name    string
		one     string
		size    int
		deleted bool
		want    string
		ids     string
	}{
		{"asked for by its id", "/one/{id}", 2, false, "/list /one/1", "5 4 3 2 1"},
		{"not found by its id: vanished", "/one/{id}", 2, true, "/list /one/1", "5 4 3 2 1"},
		{"read on to it", "", 2, false, "/list /list?after=2 /list?after=4", "5 4 3 2 1"},
		{"the whole list has it no more: vanished", "", 2, true, "/list /list?after=2", "5 4 3 2 1"},
	} {
		f := &fake{all: builds(5), size: test.size}
		f.all[4].State, f.all[4].Finished = "runs", nil
		feed := fakeFeed()
		feed.One = test.one
		r := newRig(t, f, feed)
		r.mustPoll(source.ReadWhole)
		if got := r.ids(); got != "5 4 3 2 1!" {
			t.Errorf("%s: first got %s", test.name, got)
		}
		r.took()
		f.all[4].end()
		if test.deleted {
			f.all = f.all[:4]
		}
		a := r.mustPoll(source.ReadWhole)
		if got := r.took(); got != test.want || r.ids() != test.ids || (len(a.Vanished) == 1) != test.deleted {
			t.Errorf("%s: asked for %s, got %s, vanished %v", test.name, got, r.ids(), a.Vanished)
		}
	}
}

func TestGap(t *testing.T) {
	f := &fake{all: builds(5)}
	r := newRig(t, f, fakeFeed())
	r.mustPoll(source.ReadWhole)
	f.all = builds(20)[:10] // the server has kept ten, none of which is known
	for i := range f.all {
		f.all[i].ID += 100
		f.all[i].Started = f.all[i].Started.AddDate(0, 1, 0)
		f.all[i].end()
	}
	r.now = r.now.AddDate(0, 1, 0)
	a := r.mustPoll(source.ReadWhole)
	if e := a.Environments[0]; !e.Gap || !e.From.Equal(f.all[9].Started) {
		t.Errorf("got %+v", e)
	}
	if a = r.mustPoll(source.ReadWhole); a.Environments[0].Gap {
		t.Error("the gap is there twice")
	}
}

func TestConsecutiveIDs(t *testing.T) {
	f := &fake{all: builds(9)}
	feed := fakeFeed()
	feed.Consecutive = true
	f.all = append(f.all[:4], f.all[5:]...) // 9 8 7 6 4 3 2 1
	r := newRig(t, f, feed)
	a := r.mustPoll(source.ReadWhole)
	if e := a.Environments[0]; !e.From.Equal(f.all[3].Started) || e.Exhausted {
		t.Errorf("first: got %+v, want from %v", e, f.all[3].Started)
	}
	f.all = append([]build{{ID: 11, State: "runs", Started: r.now}}, f.all...) // 10 is missing
	a = r.mustPoll(source.ReadWhole)
	if e := a.Environments[0]; !e.Gap || !e.From.Equal(f.all[0].Started) {
		t.Errorf("then: got %+v, want from %v", e, f.all[0].Started)
	}
	if a = r.mustPoll(source.ReadWhole); a.Environments[0].Gap {
		t.Errorf("the gap is there twice: %+v", a.Environments[0])
	}
}

func TestRetention(t *testing.T) {
	for _, test := range []struct {
		keep mapping.Keep
		want int // days before noon, less an hour
	}{
		{mapping.Keep{Number: 10}, 9},
		{mapping.Keep{Number: 30}, 19},
		{mapping.Keep{Age: 5 * 24 * time.Hour}, 5},
		{mapping.Keep{Number: 10, Age: 5 * 24 * time.Hour}, 5},
		{mapping.Keep{Age: 500 * 24 * time.Hour}, 19},
	} {
		feed := fakeFeed()
		feed.Keep = test.keep
		r := newRig(t, &fake{all: builds(20), size: 7}, feed)
		a := r.mustPoll(source.ReadWhole)
		got := a.Environments[0].From
		if want := noon.AddDate(0, 0, -test.want); got.After(want) || got.Before(want.Add(-time.Hour)) {
			t.Errorf("%+v: complete from %v, want %v", test.keep, got, want)
		}
	}
}

func TestUnorderedListIsReadWhole(t *testing.T) {
	f := &fake{all: builds(9), size: 3}
	f.all[0], f.all[8] = f.all[8], f.all[0]
	r := newRig(t, f, fakeFeed())
	a := r.mustPoll(source.ReadWhole)
	if got := r.ids(); got != "9 8 7 6 5 4 3 2 1" || len(a.Notes) != 1 || !strings.Contains(a.Notes[0].Text, "not newest first") {
		t.Errorf("got %s, %v", got, a.Notes)
	}
	r.took()
	r.mustPoll(source.ReadWhole)
	if got := len(r.asked); got != 3 {
		t.Errorf("then: %d requests, want 3", got)
	}
}

func TestErrorInTheMiddle(t *testing.T) {
	f := &fake{all: builds(30), size: 10}
	r := newRig(t, f, fakeFeed())
	f.before = func(w http.ResponseWriter, q *http.Request) bool {
		if q.URL.Query().Get("after") == "20" {
			w.Header().Set("X-RateLimit-Remaining", "0")
			w.Header().Set("X-RateLimit-Reset", fmt.Sprint(r.now.Add(20*time.Minute).Unix()))
			w.WriteHeader(403)
			return true
		}
		return false
	}
	a, err := r.poll()
	if e := a.Environments[0]; e.Reading != source.ReadPart || len(a.Deployments) != 20 || source.KindOf(err) != source.Other {
		t.Errorf("first reading: got %+v, %d, %v", e, len(a.Deployments), err)
	}
	if all := source.All(err); len(all) != 1 || all[0].RetryAfter < 19*time.Minute || all[0].RetryAfter > 21*time.Minute {
		t.Errorf("got %v", err)
	}
	r.took()
	f.before = nil
	r.mustPoll(source.ReadWhole)
	if got := r.took(); got != "/list?after=20 /list" || len(r.known.Environments[0].Deployments) != 30 {
		t.Errorf("then: asked for %s, got %s", got, r.ids())
	}
	// In a later reading, an error brings nothing of the list.
	f.all = append(builds(50)[:20], f.all...)
	for i := range 20 {
		f.all[i].ID += 100
		f.all[i].Started = r.now.Add(-time.Duration(i) * time.Second)
	}
	f.before = func(w http.ResponseWriter, q *http.Request) bool {
		if q.URL.Query().Get("after") == "10" {
			w.WriteHeader(500)
			return true
		}
		return false
	}
	if a, err = r.poll(); len(a.Deployments) != 0 || a.Environments[0].Reading != source.ReadNothing || err == nil {
		t.Errorf("later reading: got %+v, %d, %v", a.Environments, len(a.Deployments), err)
	}
	f.before = nil
	if r.mustPoll(source.ReadWhole); len(r.known.Environments[0].Deployments) != 50 {
		t.Errorf("healed: got %s", r.ids())
	}
}

func TestIndex(t *testing.T) {
	f := &fake{all: builds(3)}
	phase := "Succeeded"
	f.before = func(w http.ResponseWriter, q *http.Request) bool {
		if q.URL.Path != "/index" {
			return false
		}
		reply(w, q, []any{map[string]string{"name": "shop", "phase": phase}, map[string]string{"name": "a b/c", "phase": "x"}})
		return true
	}
	feed := fakeFeed()
	feed.Environment, feed.Get = "", "/list?of={name}"
	feed.Map.Environment = mapping.Where{Text: "shop"}
	feed.Index = &mapping.Index{Get: "/index", Name: "name", Changed: []mapping.Path{"phase"}}
	r := newRig(t, f, feed)
	p, err := rules.ParsePattern("shop")
	if err != nil {
		t.Fatal(err)
	}
	r.opts.Selection = source.Selection{Environments: []rules.Pattern{p}}
	r.restart()
	for i, want := range []string{"/index /list?of=shop", "/index", "/index /list?of=shop", "/index"} {
		if i == 2 {
			phase = "Running"
		}
		r.mustPoll(source.ReadWhole)
		if got := r.took(); got != want || r.ids() != "3 2 1" {
			t.Errorf("poll %d: asked for %s, want %s; %s", i, got, want, r.ids())
		}
	}
	feed.Index.Changed = []mapping.Path{"phse"}
	r.restart()
	r.mustPoll(source.ReadWhole)
	r.mustPoll(source.ReadWhole)
	if got := r.took(); got != "/index /list?of=shop /index /list?of=shop" { // nothing tells whether it changed
		t.Errorf("a path that is nowhere: asked for %s", got)
	}
	feed.Map.Environment = mapping.Where{Text: "a b/c"}
	r = newRig(t, f, feed)
	r.poll()
	if got := r.took(); got != "/index /list?of=shop /list?of=a+b%2Fc" {
		t.Errorf("asked for %s", got)
	}
}

func TestCheckSkipsEnvironments(t *testing.T) {
	f := &fake{all: builds(3)}
	f.before = func(w http.ResponseWriter, q *http.Request) bool {
		if q.URL.Path != "/check" {
			return false
		}
		reply(w, q, []any{map[string]bool{"transient": q.URL.Query().Get("of") == "preview"}})
		return true
	}
	skip, err := rules.ParsePattern("true")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ environment, want string }{{"preview", ""}, {"prod", "3 2 1"}} {
		feed := fakeFeed()
		feed.Environment, feed.Map.Environment = "", mapping.Where{Text: test.environment}
		first := feed.Read
		first.Get = "/first"
		first.Check = &mapping.Check{Get: "/check?of={environment}"}
		first.Check.Skip = map[string]rules.Pattern{"transient": skip}
		feed.First = &first
		r := newRig(t, f, feed)
		if _, err := r.poll(); err != nil {
			t.Fatal(err)
		}
		if got := r.took(); got != "/first /check?of="+test.environment+" /list" || r.ids() != test.want {
			t.Errorf("%s: asked for %s, got %s", test.environment, got, r.ids())
		}
	}
}

// A server that does not page as the policy says gives its newest records again and again. It is an
// error: older ones are not known.
func TestPagesThatRepeat(t *testing.T) {
	feed := fakeFeed()
	feed.Page = mapping.Paging{Number: &mapping.Counter{Parameter: "ignored"}}
	r := newRig(t, &fake{all: builds(7), size: 3}, feed)
	for range 2 {
		a, err := r.poll()
		if err == nil || !strings.Contains(err.Error(), "pages repeat themselves") || a.Environments[0].Reading == source.ReadWhole {
			t.Errorf("got %+v, %v", a.Environments, err)
		}
		if len(r.asked) != 1+maxRepeats {
			t.Errorf("asked for %s", r.asked)
		}
		r.took()
	}
}

// Some servers have no empty page after the last one, but 404.
func TestNoPageAfterTheLast(t *testing.T) {
	feed := fakeFeed()
	feed.Page = pagings["number"]
	f := &fake{all: builds(7), size: 3}
	missing := "4"
	f.before = func(w http.ResponseWriter, q *http.Request) bool {
		if q.URL.Query().Get("page") == missing {
			w.WriteHeader(404)
			return true
		}
		return false
	}
	r := newRig(t, f, feed)
	r.mustPoll(source.ReadWhole)
	if e := r.known.Environments[0]; !e.Exhausted || len(e.Deployments) != 7 {
		t.Errorf("got %+v", e)
	}
	missing = "1"
	if _, err := r.poll(); !rest.IsStatus(err, 404) {
		t.Errorf("the first page: got %v", err)
	}
}

func TestCursorThatStays(t *testing.T) {
	feed := fakeFeed()
	feed.Page = mapping.Paging{Cursor: &mapping.Cursor{Path: "next", Parameter: "ignored"}}
	r := newRig(t, &fake{all: builds(7), size: 3}, feed)
	if _, err := r.poll(); err == nil || !strings.Contains(err.Error(), "the same cursor again") {
		t.Errorf("got %v", err)
	}
}

// Of many running records that are not listed any more, each poll asks for some.
func TestManyUnlistedRunning(t *testing.T) {
	f := &fake{all: builds(80), size: 10}
	for i := range 60 {
		f.all[i+15].State, f.all[i+15].Finished = "runs", nil
	}
	r := newRig(t, f, fakeFeed())
	r.mustPoll(source.ReadWhole)
	for i := range f.all {
		f.all[i].end()
	}
	for poll, want := range []int{60 - maxActive, 0} {
		_, err := r.poll()
		if got := strings.Count(r.ids(), "!"); got != want || (err == nil) != (want == 0) {
			t.Errorf("poll %d: %d run, error %v; want %d", poll, got, err, want)
		}
	}
}

// A selection that is widened brings older records of a list that was read to its end, some pages
// a poll.
func TestSelectionChanged(t *testing.T) {
	feed := fakeFeed()
	feed.Environment, feed.Map.Environment = "", mapping.Where{Path: "id"}
	r := newRig(t, &fake{all: builds(25), size: 2}, feed)
	for _, test := range []struct {
		pattern, want string
		asked         []int
	}{{"25", "25", []int{10, 4}}, {"/^(25|1)$/", "25 1", []int{10, 4}}, {"/^(25|1)$/", "25 1", []int{1, 1}}} {
		p, err := rules.ParsePattern(test.pattern)
		if err != nil {
			t.Fatal(err)
		}
		r.opts.Selection = source.Selection{Environments: []rules.Pattern{p}}
		r.restart()
		for _, want := range test.asked {
			r.took()
			if _, err := r.poll(); err != nil || len(r.asked) != want {
				t.Errorf("%s: %v, asked for %s, want %d pages", test.pattern, err, r.took(), want)
			}
		}
		if r.ids() != test.want {
			t.Errorf("%s: got %s, want %s", test.pattern, r.ids(), test.want)
		}
	}
}

// What came during a first reading is read again after an error in the midst of it.
func TestErrorInTheHead(t *testing.T) {
	f := &fake{all: builds(25), size: 2}
	r := newRig(t, f, fakeFeed())
	r.mustPoll(source.ReadPart)
	for i := range 5 {
		r.all = append([]build{{ID: 26 + i, State: "runs", Started: r.now}}, r.all...)
	}
	f.before = func(w http.ResponseWriter, q *http.Request) bool {
		fails := q.URL.Query().Get("after") == "2"
		if fails {
			w.WriteHeader(500)
		}
		return fails
	}
	if _, err := r.poll(); err == nil {
		t.Fatal("no error")
	}
	f.before = nil
	r.mustPoll(source.ReadWhole)
	if got := len(r.known.Environments[0].Deployments); got != 30 {
		t.Errorf("got %d: %s", got, r.ids())
	}
}

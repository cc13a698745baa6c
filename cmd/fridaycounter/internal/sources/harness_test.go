package sources_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/sources"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/drivers/source/rest"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/engine/facts"
	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

const childVariable = "FRIDAYCOUNTER_TEST_CHILD"

// TestMain is also the child process that evaluates policies.
func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		if err := schema.Child(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

const secret = "s3cr3t-t0k3n"

// A reader is a counter that reads one source.
type reader struct {
	t      *testing.T
	source source.Source
	config *schema.Config
	policy engine.PolicySource
	known  source.Known
	now    time.Time
	notes  []string
	err    error
}

// newReader evaluates a policy with a source, such as `github: {…}`.
func newReader(t *testing.T, text string, now time.Time) *reader {
	t.Helper()
	policy := `package counter
import "github.com/fridaycounter/fridaycounter/schema"
schema.#Counter & {
	timezone: "UTC"
	sources: ci: ` + text + `
	rules: fridays: forbid: [{weekdays: ["Friday"]}]
	poll: [{every: "1h"}]
	display: {modules: 2, terminal: {}}
}`
	e := schema.Evaluator{Command: func(ctx context.Context) *exec.Cmd {
		cmd := exec.CommandContext(ctx, os.Args[0])
		cmd.Env = append(os.Environ(), childVariable+"=1")
		return cmd
	}}
	config, err := e.Evaluate(t.Context(), "counter.cue", []byte(policy))
	if err != nil {
		t.Fatal(err)
	}
	p, err := engine.NewPolicy(config, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	r := &reader{t: t, config: config, policy: p.Sources[0], now: now}
	r.known.Key = r.policy.Key
	r.open()
	return r
}

// open makes a source that remembers nothing, as after a start.
func (r *reader) open() {
	o := &sources.Opener{Getenv: func(string) string { return secret }, Lockouts: new(rest.Lockouts)}
	var err error
	if r.source, err = o.Open(r.config, "ci"); err != nil {
		r.t.Fatal(err)
	}
}

// poll polls until there is nothing more to read, and returns how often.
func (r *reader) poll() (polls int) {
	r.t.Helper()
	for more := true; more; {
		answer, err := r.source.Poll(r.t.Context(), &r.known, r.now)
		if err != nil && strings.Contains(err.Error(), secret) {
			r.t.Errorf("the error tells the secret: %v", err)
		}
		var notes []source.Note
		r.known, _, notes = facts.Merge(r.known, facts.Poll{
			Answer: answer, Err: err, Began: r.now, Now: r.now, Selection: r.policy.Selection, Interval: time.Hour, Room: 100_000,
		})
		for _, n := range append(answer.Notes, notes...) {
			r.notes = append(r.notes, n.Text)
		}
		r.err = err
		polls++
		if more = answer.More && err == nil; polls > 200 {
			r.t.Fatal("the first reading does not end")
		}
	}
	return polls
}

// wantGood fails the test if the last poll failed.
func (r *reader) wantGood() {
	r.t.Helper()
	if r.err != nil || r.known.Failure != "" {
		r.t.Fatalf("the poll failed: %v %s", r.err, r.known.Failure)
	}
}

// runs returns what is known of each environment: "ID outcome start end".
func (r *reader) runs() (list []string) {
	for i := range r.known.Environments {
		e := &r.known.Environments[i]
		for k := range e.Deployments {
			list = append(list, e.ID+" "+e.Deployments[k].ID+" "+describe(&e.Deployments[k]))
		}
	}
	return list
}

// describe says how a deployment ran, with minutes of the day.
func describe(d *rules.Deployment) string {
	if !d.Ran() {
		if d.Final() {
			return "did not run"
		}
		return "waits"
	}
	text := string(d.Outcome()) + " " + d.Start().Format("02 15:04")
	if !d.Finished.IsZero() && d.Final() {
		text += " to " + d.Finished.Format("02 15:04")
	}
	return text
}

// serve starts a server of JSON, and counts the requests.
func serve(t *testing.T, answer func(w http.ResponseWriter, r *http.Request) any) (url string, requests func() []string) {
	t.Helper()
	var list []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		list = append(list, r.Method+" "+r.URL.RequestURI())
		if v := answer(w, r); v != nil {
			w.Header().Set("Content-Type", "application/json")
			json.NewEncoder(w).Encode(v)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL, func() []string {
		was := list
		list = nil
		return was
	}
}

// recorded returns a recorded answer of ../shared/ci, or skips the test.
func recorded(t *testing.T, name string, into any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../../../../shared/ci", name))
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skipf("recorded answers are beside the repository: %v", err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}

var now = time.Date(2026, 3, 20, 12, 0, 0, 0, time.UTC)

// at returns an instant of March 2026: "13 10:00".
func at(text string) string { return "2026-03-" + strings.Replace(text, " ", "T", 1) + ":00Z" }

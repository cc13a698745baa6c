package mapping

import (
	"encoding/json"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
)

// FuzzRecords maps any JSON, and compares it with an oracle that was written another way: it
// reads the record into a struct, and decides by what the record shows.
func FuzzRecords(f *testing.F) {
	for _, seed := range []string{
		`{"id": 1, "state": "ok", "executed": "2026-11-20T08:00:00Z", "finished": "2026-11-20T09:00:00Z"}`,
		`{"id": "a", "state": "broke", "started": "2026-11-20T08:00:00Z"}`,
		`{"id": "a", "state": "cancelled", "executed": "2026-11-20T08:00:00+01:00", "duration": 1}`,
		`{"id": "a", "state": "waits", "executed": 0}`, `{"id": "a", "state": "new", "started": "2026-11-20T08:00:00Z"}`,
		`{"id": null, "state": {}, "executed": [], "duration": "x", "running": true}`, `{"state": "skipped", "id": 1e9}`, `[]`, `"x"`, `7`,
	} {
		f.Add(seed, "a[0].b", "unix")
	}
	f.Fuzz(func(t *testing.T, text, pathText, times string) {
		var v any
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		if d.Decode(&v) != nil {
			return
		}
		Path(pathText).find(v)
		l := plain()
		l.Map.Times = Times(times)
		if !slices.Contains([]Times{"", RFC3339, UnixSecond, UnixMilli}, l.Map.Times) {
			l.Map.Times = RFC3339
		}
		rec := recordOf(t, l, v)
		if got, want := short(&rec), oracle(v, l.Map.Times); got != want {
			t.Errorf("%s as %s\n got %s\nwant %s", text, l.Map.Times, got, want)
		}
	})
}

func recordOf(t *testing.T, l List, v any) Record {
	m := feed(Read{List: l})
	item := m.Single(v)
	rec, err := m.Record(&item, noon, source.Text)
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

// short says what became of a record: unusable, did not run, runs, or ended, with its dates.
func short(rec *Record) string {
	switch {
	case rec.Unusable != nil:
		return "unusable"
	case !rec.Ran():
		return fmt.Sprintf("did not run, final %v", rec.Final())
	}
	return fmt.Sprintf("ran, final %v, %s, %s to %s", rec.Final(), rec.State, stamp(rec.Executed), stamp(rec.Finished))
}

func stamp(at time.Time) string {
	if at.IsZero() {
		return "?"
	}
	return at.UTC().Format("2006-01-02T15:04:05.000")
}

var number = regexp.MustCompile(`^-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][+-]?[0-9]{1,3})?$`)

// parseNumber reads a decimal number. Its exponent is bounded: big.Float would compute for hours.
func parseNumber(s string) (*big.Float, bool) {
	if !number.MatchString(s) {
		return nil, false
	}
	return new(big.Float).SetString(s)
}

// oracle says what is to become of a record.
func oracle(v any, times Times) string {
	fields, _ := v.(map[string]any)
	bad := false
	text := func(name string) (string, bool) {
		switch x := fields[name].(type) {
		case nil:
			return "", false
		case map[string]any, []any:
			bad = true
			return "", true
		default:
			return fmt.Sprint(x), true
		}
	}
	date := func(name string) (at time.Time) {
		s, there := text(name)
		_, isNumber := fields[name].(json.Number)
		switch {
		case !there || s == "" || s == "0":
		case times == "" || times == RFC3339:
			if isNumber {
				bad = true
				return
			}
			var err error
			if at, err = time.Parse(time.RFC3339Nano, s); err != nil {
				at, err = time.Parse("2006-01-02T15:04:05Z0700", s)
			}
			bad = bad || err != nil
			if at.Year() <= 1 {
				at = time.Time{}
			}
		default:
			n, ok := parseNumber(s)
			if !ok {
				bad = true
				return
			}
			if times == UnixSecond {
				n.Mul(n, big.NewFloat(1000))
			}
			ms, _ := n.Float64()
			if ms <= 0 || ms > 253402300799000 {
				bad = true
				return
			}
			at = time.UnixMilli(int64(ms + 0.5))
		}
		return at
	}
	id, _ := text("id")
	word, _ := text("state")
	text("version")
	text("link")
	started, executed, finished := date("started"), date("executed"), date("finished")
	if fields["running"] == true {
		word = "runs"
	}
	shown := !executed.IsZero() // that it ran
	switch {
	case bad || id == "":
		return "unusable"
	case word == "waits":
		return "did not run, final false"
	case word == "skipped", !shown && slices.Contains([]string{"broke", "cancelled"}, word):
		return "did not run, final true"
	}
	for _, at := range []time.Time{started, finished} {
		if executed.IsZero() {
			executed = at
		}
	}
	state, final := "UNKNOWN", true
	switch word {
	case "ok":
		state = "SUCCESS"
	case "failed", "broke":
		state = "FAILED"
	case "runs":
		final, finished = false, time.Time{}
	}
	if executed.IsZero() {
		return "unusable"
	}
	if s, there := text("duration"); there && final && finished.IsZero() {
		n, ok := parseNumber(s)
		if !ok || n.Sign() < 0 || n.Cmp(big.NewFloat(253402300799)) >= 0 {
			return "unusable"
		}
		ms, _ := n.Int64()
		finished = executed.Add(time.Duration(ms) * time.Millisecond)
	}
	return fmt.Sprintf("ran, final %v, %s, %s to %s", final, state, stamp(executed), stamp(finished))
}

// BenchmarkRecord maps a record of GitHub's with four statuses: at most 20 µs.
func BenchmarkRecord(b *testing.B) {
	l := plain()
	l.Map.State, l.Map.Executed, l.Map.Version = Where{Text: "waits"}, Where{Path: "started"}, Where{First: []Where{{Path: "ref"}, {Path: "sha"}}}
	l.Map.Events = &Events{List: "events", State: "state", At: "at"}
	m := feed(Read{List: l})
	v := parsed(b, `{"id": 1234567, "sha": "0123456789abcdef", "started": "2026-11-20T07:00:00Z", "link": "https://github.example.com/o/r/actions/runs/1",
		"events": [{"state": "-", "at": "2026-11-20T11:00:00Z"}, {"state": "ok", "at": "2026-11-20T10:00:00Z"},
		{"state": "runs", "at": "2026-11-20T08:00:00Z"}, {"state": "waits", "at": "2026-11-20T07:00:00Z"}]}`)
	b.ReportAllocs()
	for b.Loop() {
		item := m.Single(v)
		if rec, err := m.Record(&item, noon, source.Text); err != nil || rec.Unusable != nil {
			b.Fatal(rec, err)
		}
	}
}

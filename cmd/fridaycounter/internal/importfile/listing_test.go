package importfile

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/rules"
)

// Whatever comes is an error, or deployments that are whole and steer no terminal.
func FuzzReadListing(f *testing.F) {
	f.Add([]byte(`[{"id":"1","environment":"Production","outcome":"success","started":"2025-01-10T10:00:00Z","breaks":[]}]`))
	f.Add([]byte(`[{"id":"1","environment":"\ud83d","outcome":"","outcomes":["failed"],"denied":true,"finished":"2025-01-10T10:00:00Z"}`))
	f.Add([]byte("\ufeff[]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		list, err := readListing(bytes.NewReader(data), "x")
		if err != nil {
			if list != nil {
				t.Errorf("got both %v and %v", list, err)
			}
			return
		}
		for _, d := range list {
			text := d.ID + d.Project + d.ProjectID + d.Environment + d.EnvironmentID + d.Version + d.URL
			if d.ID == "" || d.Environment == "" || d.Start().IsZero() || !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
				t.Errorf("got %+v", d)
			}
		}
	})
}

// A deployment is what it was after it was listed and read again, with every outcome that it
// had.
func TestReadWhatIsListed(t *testing.T) {
	at := time.Date(2026, 3, 13, 16, 40, 0, 123e6, time.UTC)
	ended := func(state rules.State, cycle rules.LifeCycle, outcomes ...rules.Outcome) rules.Deployment {
		d := rules.Deployment{
			ID: "7", ProjectID: "1", Project: "shop", EnvironmentID: "2", Environment: "Production", Version: "½ \ufffd", URL: "https://ci.example.com/7",
			Started: at.Add(-time.Minute), Executed: at, Finished: at.Add(time.Minute), State: state, LifeCycle: cycle,
		}
		for _, o := range outcomes {
			d.Outcomes = d.Outcomes.With(o)
		}
		return d
	}
	waits := ended(rules.StateUnknown, rules.LifeCycleNotBuilt)
	waits.Executed = time.Time{}
	runs := ended(rules.StateUnknown, rules.LifeCycleInProgress)
	runs.Finished = time.Time{}
	denied := ended(rules.StateSuccess, rules.LifeCycleFinished)
	denied.Denied = true
	for _, c := range []struct {
		name string
		d    rules.Deployment
		had  []rules.Outcome // when it is read again
	}{
		{"success", ended(rules.StateSuccess, rules.LifeCycleFinished), []rules.Outcome{rules.OutcomeSuccess}},
		{"failed before", ended(rules.StateSuccess, rules.LifeCycleFinished, rules.OutcomeFailed, rules.OutcomeSuccess), []rules.Outcome{rules.OutcomeSuccess, rules.OutcomeFailed}},
		{"failed", ended(rules.StateFailed, rules.LifeCycleFinished), []rules.Outcome{rules.OutcomeFailed}},
		{"cancelled", ended(rules.StateUnknown, rules.LifeCycleNotBuilt), []rules.Outcome{rules.OutcomeNotBuilt}},
		{"unknown", ended(rules.StateUnknown, rules.LifeCycleFinished), []rules.Outcome{rules.OutcomeUnknown}},
		{"never ran", waits, nil},
		{"runs", runs, []rules.Outcome{rules.OutcomeRunning}},
		{"denied", denied, rules.FinalOutcomes()},
	} {
		listed := report.NewListed(&c.d, nil, time.FixedZone("", 3600), true)
		text, err := json.Marshal([]report.Listed{listed})
		if err != nil {
			t.Fatal(err)
		}
		list, err := readListing(bytes.NewReader(text), "x")
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var had []rules.Outcome
		for _, d := range list {
			for _, o := range append(rules.FinalOutcomes(), rules.OutcomeRunning) {
				if d.Ran() && (o == d.Outcome() || d.Outcomes.Has(o)) {
					had = append(had, o)
				}
			}
			d.State, d.LifeCycle = c.d.State, c.d.LifeCycle
			d.Outcomes, d.Denied = c.d.Outcomes, c.d.Denied
			if d != c.d {
				t.Errorf("%s: got %+v, want %+v", c.name, d, c.d)
			}
		}
		if !slices.Equal(had, c.had) {
			t.Errorf("%s: got outcomes %q, want %q", c.name, had, c.had)
		}
	}
}

package report

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source/mapping"
)

// A Record is what became of a record of a source.
type Record struct {
	ID          string `json:"id"`
	Environment string `json:"environment"`
	Started     string `json:"started"` // RFC 3339 in the policy's zone; "": none
	Executed    string `json:"executed"`
	Finished    string `json:"finished"`
	Outcome     string `json:"outcome"`  // "": it did not run
	State       string `json:"state"`    // the source's own word
	Unusable    string `json:"unusable"` // why it cannot be judged, or ""
}

// Records returns what became of records, as a table and as a value for JSON.
func Records(records []mapping.Record, zone *time.Location) (table string, list []Record) {
	date := func(t time.Time, layout string) string {
		if t.IsZero() {
			return ""
		}
		return t.In(zone).Format(layout)
	}
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tENVIRONMENT\tSTARTED\tEXECUTED\tFINISHED\tOUTCOME\tSTATE")
	list = []Record{}
	for _, r := range records {
		one := Record{
			ID: r.ID, Environment: r.EnvironmentID, State: r.Word, Started: date(r.Started, time.RFC3339),
			Executed: date(r.Executed, time.RFC3339), Finished: date(r.Finished, time.RFC3339),
		}
		shown := "did not run"
		switch u := r.Unusable; {
		case u != nil:
			one.ID, one.Environment, one.Unusable = u.ID, u.EnvironmentID, fmt.Sprintf("%s is %q", u.Field, u.Value)
			if u.Hint != "" {
				one.Unusable += " (" + u.Hint + ")"
			}
			shown = "unusable: " + one.Unusable
		case r.Ran():
			one.Outcome = string(r.Outcome())
			shown = one.Outcome
		case !r.Final():
			shown = "waits"
		}
		list = append(list, one)
		fmt.Fprintln(w, strings.Join([]string{one.ID, one.Environment, date(r.Started, time.DateTime),
			date(r.Executed, time.DateTime), date(r.Finished, time.DateTime), shown, one.State}, "\t"))
	}
	w.Flush() // a strings.Builder takes everything
	return b.String(), list
}

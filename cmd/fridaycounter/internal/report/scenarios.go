package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/engine"
)

// A Scenarios is what became of the scenarios, in the order of the file and at least one,
// and the JSON of test.
type Scenarios struct {
	Passed    int        `json:"passed"`
	Failed    int        `json:"failed"`
	LeftOut   int        `json:"left_out"` // by --run
	Scenarios []Scenario `json:"scenarios"`
}

// A Scenario is what became of one scenario: it failed if there are differences.
type Scenario struct {
	Name        string         `json:"name"`
	File        string         `json:"file"`
	Line        int            `json:"line"`
	Passed      bool           `json:"passed"`
	Differences differences    `json:"differences"`
	Verdict     engine.Verdict `json:"-"`
}

// text is the report for people: the scenarios that failed, all of them if
// verbose, and one line that sums up.
func (r *Scenarios) Text(verbose bool) string {
	var b strings.Builder
	for _, x := range r.Scenarios {
		switch {
		case !x.Passed:
			x.write(&b)
		case verbose:
			fmt.Fprintf(&b, "ok   %s\n", x.Name)
		}
	}
	scenarios := Plural(len(r.Scenarios), "scenario")
	if r.Failed > 0 {
		fmt.Fprintf(&b, "FAIL: %d of %s failed", r.Failed, scenarios)
	} else {
		fmt.Fprintf(&b, "ok: %s passed", scenarios)
	}
	if r.LeftOut > 0 {
		fmt.Fprintf(&b, ", %d left out", r.LeftOut)
	}
	return b.String() + "\n"
}

// write shows a scenario that failed: where it is, each field as got and want,
// and the verdict in a sentence.
func (x Scenario) write(b *strings.Builder) {
	fmt.Fprintf(b, "FAIL %s:%d: %s\n", x.File, x.Line, x.Name)
	wide := 0
	for _, d := range x.Differences {
		wide = max(wide, len(d.Field))
	}
	for _, d := range x.Differences {
		fmt.Fprintf(b, "    %-*s got %s, want %s\n", wide+1, d.Field+":", word(d.Got), word(d.Want))
	}
	fmt.Fprintf(b, "    on %s the wall says: %s\n", Day(x.Verdict.At), verdictSentence(x.Verdict))
}

// word says a value of a difference.
func word(v any) string {
	switch v := v.(type) {
	case nil:
		return "not known"
	case time.Time:
		return v.Format("2006-01-02 15:04:05 MST")
	case string:
		return fmt.Sprintf("%q", v)
	}
	return fmt.Sprint(v)
}

// verdictSentence is the number, the rule and the deployment that decide, or why
// nothing is known.
func verdictSentence(v engine.Verdict) string {
	text := Sentence(v) + ", by " + v.Lead.Rule
	switch {
	case !v.Lead.InForce:
		return text
	case v.Lead.NoScope:
		return text + ", which applies to no environment of this scenario: its deployments should say one"
	case !v.Lead.Known:
		return text + ", since no deployment has begun by then: known_from may say from when everything is known"
	case v.Lead.Breach != nil:
		return text + " and deployment " + v.Lead.Breach.Deployment.ID
	}
	return text
}

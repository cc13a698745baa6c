package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/schema"
)

// A testReport is what became of the scenarios.
type testReport struct {
	results []testResult // in the order of the file, at least one
	leftOut int          // by --run
}

// A testResult is what became of one scenario: it failed if there are differences.
type testResult struct {
	scenario    schema.Scenario
	verdict     engine.Verdict
	differences differences
}

func (r *testReport) failed() int {
	n := 0
	for _, x := range r.results {
		if len(x.differences) > 0 {
			n++
		}
	}
	return n
}

// text is the report for people: the scenarios that failed, all of them if
// verbose, and one line that sums up.
func (r *testReport) text(verbose bool) string {
	var b strings.Builder
	for _, x := range r.results {
		switch {
		case len(x.differences) > 0:
			x.write(&b)
		case verbose:
			fmt.Fprintf(&b, "ok   %s\n", x.scenario.Name)
		}
	}
	b.WriteString(r.summary() + "\n")
	return b.String()
}

// summary is the last line.
func (r *testReport) summary() string {
	n, failed := len(r.results), r.failed()
	line := "ok: " + plural(n, "scenario") + " passed"
	if failed > 0 {
		line = fmt.Sprintf("FAIL: %d of %s failed", failed, plural(n, "scenario"))
	}
	if r.leftOut > 0 {
		line += fmt.Sprintf(", %d left out", r.leftOut)
	}
	return line
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if strings.HasSuffix(noun, "s") || strings.HasSuffix(noun, "ch") {
		noun += "e"
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// write shows a scenario that failed: where it is, each field as got and want,
// and the verdict in a sentence.
func (x testResult) write(b *strings.Builder) {
	at := x.scenario.Source
	fmt.Fprintf(b, "FAIL %s:%d: %s\n", at.File, at.Line, x.scenario.Name)
	wide := 0
	for _, d := range x.differences {
		wide = max(wide, len(d.Field))
	}
	for _, d := range x.differences {
		fmt.Fprintf(b, "    %-*s got %s, want %s\n", wide+1, d.Field+":", word(d.Got), word(d.Want))
	}
	fmt.Fprintf(b, "    on %s the wall says: %s\n", day(x.verdict.At), verdictSentence(x.verdict))
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
	text := sentence(v) + ", by " + v.Lead.Rule
	switch {
	case v.Lead.NoScope:
		return text + ", which applies to no environment of this scenario: its deployments should say one"
	case !v.Lead.Known:
		return text + ", since no deployment has begun by then: known_from may say from when everything is known"
	}
	if b := v.Lead.Breach; b != nil {
		text += " and deployment " + b.Deployment.ID
	}
	return text
}

// testAnswer is the JSON of test. A got is null when it is not known; a breach is
// false when no deployment decides.
type testAnswer struct {
	Passed    int              `json:"passed"`
	Failed    int              `json:"failed"`
	LeftOut   int              `json:"left_out"`
	Scenarios []scenarioAnswer `json:"scenarios"`
}

type scenarioAnswer struct {
	Name        string      `json:"name"`
	File        string      `json:"file"`
	Line        int         `json:"line"`
	Passed      bool        `json:"passed"`
	Differences differences `json:"differences"`
}

func newTestAnswer(r testReport) testAnswer {
	failed := r.failed()
	a := testAnswer{Passed: len(r.results) - failed, Failed: failed, LeftOut: r.leftOut}
	for _, x := range r.results {
		at := x.scenario.Source
		a.Scenarios = append(a.Scenarios, scenarioAnswer{x.scenario.Name, at.File, at.Line, len(x.differences) == 0, x.differences})
	}
	return a
}

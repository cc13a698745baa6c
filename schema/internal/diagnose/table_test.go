package diagnose

import (
	"regexp"
	"slices"
	"testing"
)

// TestTable wants every expression of mistakes.cue to compile, and every row to say something.
func TestTable(t *testing.T) {
	x := mistakes()
	rows := slices.Concat(x.Texts, x.Lines, x.Syntax, x.Messages, x.Fields, x.Names)
	for _, of := range x.Values {
		rows = append(rows, of...)
	}
	if len(rows) < 100 {
		t.Errorf("only %d rows", len(rows))
	}
	for _, r := range rows {
		for _, expression := range []string{r.Is, r.Value} {
			if _, err := regexp.Compile(expression); err != nil {
				t.Error(err)
			}
		}
		if r.Is == "" || r.Wrong == "" && r.Write == "" && r.Hint == "" {
			t.Errorf("says nothing: %+v", r)
		}
	}
	for _, r := range slices.Concat(x.Texts, x.Lines) {
		if regexp.MustCompile(r.Is).NumSubexp() == 0 {
			t.Errorf("has no group that is the mistake: %+v", r)
		}
	}
}

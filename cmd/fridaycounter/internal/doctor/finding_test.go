package doctor

import (
	"context"
	"strings"
	"testing"
)

func TestFindingsInColumns(t *testing.T) {
	var out strings.Builder
	for _, f := range []Finding{
		okay("it is set"),
		skipped("no\x1b[2J board"),
		warning(strings.Repeat("do this ", 12), "%s", strings.Repeat("many words ", 12)),
		failure("look", "no"),
		{},
	} {
		group := []check{{"server clock", "", func(context.Context) Finding { return f }}}
		for _, f := range findings(t, group) {
			out.WriteString(f.String())
		}
	}
	const want = `ok    server clock  it is set
skip  server clock  no\x1b[2J board
warn  server clock  many words many words many words many words many words many
                    words many words many words many words many words many words
                    many words
                    -> do this do this do this do this do this do this do this
                    do this do this do this do this do this
fail  server clock  no
                    -> look
`
	if got := out.String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestExitCode(t *testing.T) {
	for _, c := range []struct {
		results []Result
		want    int
	}{
		{nil, 0},
		{[]Result{OK, Skip}, 0},
		{[]Result{OK, Warn, OK}, 2},
		{[]Result{Warn, Fail, Warn}, 1},
	} {
		var all []Finding
		for _, r := range c.results {
			all = append(all, Finding{Result: r})
		}
		if got := ExitCode(all); got != c.want {
			t.Errorf("%v: got %d, want %d", c.results, got, c.want)
		}
	}
}

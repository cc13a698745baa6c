package schema

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/fridaycounter/fridaycounter/drivers/led"
)

// withPages returns the shipped file with other pages.
func withPages(t testing.TB, pages string) []byte {
	t.Helper()
	const shippedPages = `pages: [{text: "\(#streak.weeks)"}]`
	file := string(shipped(t))
	if strings.Count(file, shippedPages) != 1 {
		t.Fatal("the shipped file has other pages")
	}
	return []byte(strings.Replace(file, shippedPages, "pages: ["+pages+"]", 1))
}

// TestPagesFailLive has pages that are good for every streak that vet tries, and
// fail for one that the wall shows later.
func TestPagesFailLive(t *testing.T) {
	tests := []struct{ pages, want string }{
		{`{text: "\(div(100, #streak.weeks-46))"}`, "counter.cue:52:20: pages[0].text: division by zero when weeks is 46"},
		{`{text: "x", font: [if #streak.weeks == 46 {"8x9"}, "auto"][0]}`,
			`counter.cue:52:28: pages[0].font: [if #streak.weeks == 46 {"8x9"}, "auto"][0] is not a font: want auto, 8x8 or narrow when weeks is 46`},
		{`if #streak.weeks != 46 {text: "x"}`, "counter.cue:52:9: pages: the list is empty: want at least one when weeks is 46"},
		{`{text: "x", if #streak.weeks == 46 {text: "y"}}`, `counter.cue:52:52: pages[0].text: "y" here, and "x" in line 52 when weeks is 46 (write text once)`},
	}
	e, live := newEvaluator(), Live{Streak: Streak{Weeks: 46, Days: 322, Known: true}}
	for _, test := range tests {
		file := withPages(t, test.pages)
		if _, err := e.Evaluate(t.Context(), "counter.cue", file); err != nil {
			t.Errorf("%s: vet: %v", test.pages, err)
		}
		pages, err := e.Pages(t.Context(), "counter.cue", file, live)
		var refused *Error
		if !errors.As(err, &refused) || err.Error() != test.want {
			t.Errorf("%s:\ngot  %v, %v\nwant %s", test.pages, pages, err, test.want)
		}
	}
}

// TestWithoutPages has a file that says neither pages nor brightness: the bare number, at level 8.
func TestWithoutPages(t *testing.T) {
	var lines []string
	for _, line := range strings.Split(string(withPages(t, "")), "\n") {
		if !strings.HasPrefix(line, "\tpages:") {
			lines = append(lines, line)
		}
	}
	text, _, _ := strings.Cut(strings.Join(lines, "\n"), "\tbrightness: [")
	file := []byte(text + "}\n")
	e := newEvaluator()
	c, err := e.Evaluate(t.Context(), "counter.cue", file)
	if err != nil {
		t.Fatal(err)
	}
	page := Page{Font: led.FontAuto, Overflow: led.Saturate, For: 10 * time.Second}
	if diff := cmp.Diff([]Page{page}, c.Pages); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]Brightness{{Level: 8}}, c.Brightness); diff != "" {
		t.Error(diff)
	}
	page.Text = "46"
	pages, err := e.Pages(t.Context(), "counter.cue", file, Live{Streak: Streak{Weeks: 46, Known: true}})
	if diff := cmp.Diff([]Page{page}, pages); err != nil || diff != "" {
		t.Error(err, diff)
	}
	depends := strings.Replace(string(file), "\tdisplay:", "\tif #streak.weeks > 50 {brightness: [{level: 1}]}\n\tdisplay:", 1)
	if got := vet(t, depends); !strings.Contains(got, "brightness: depends on #streak: it differs when weeks is 99") {
		t.Errorf("brightness that depends on the streak: got %q", got)
	}
	typo := strings.Replace(string(file), `weekdays: ["Friday"]}]`, `weekdays: ["Frday"]}]`, 1)
	if got := vet(t, typo); strings.Count(got, "\n") != 0 || !strings.Contains(got, `write`) && !strings.Contains(got, "did you mean") {
		t.Errorf("one typo gives:\n%s", got)
	}
}

// TestLongText refuses a text that would scroll for hours, in vet and live.
func TestLongText(t *testing.T) {
	text := func(n int) string {
		return `{text: [if #streak.weeks == 46 {"` + strings.Repeat("x", n) + `"}, "y"][0], overflow: "scroll"}`
	}
	live := &Live{Streak: Streak{Weeks: 46, Known: true}}
	for _, n := range []int{1000, 1001} {
		want := ""
		if n > 1000 {
			want = "counter.cue:52:17: pages[0].text: 1001 characters are too many: want at most 1000"
		}
		a := evaluate(request{Name: "counter.cue", File: withPages(t, text(n)), Live: live})
		if got := (&Error{Diagnostics: a.Diagnostics}).Error(); got != want {
			t.Errorf("%d live: got %s, want %s", n, got, want)
		}
		always := strings.Replace(text(n), "== 46", ">= 0", 1)
		if got := vet(t, string(withPages(t, always))); got != want {
			t.Errorf("%d vet: got %s, want %s", n, got, want)
		}
	}
}

// TestPagesOrError wants pages or a reason for any live values: never neither.
func TestPagesOrError(t *testing.T) {
	page := rapid.SampledFrom([]string{
		`{text: "\(#streak.weeks)"}`,
		`{text: "\(div(100, #streak.weeks-46))"}`,
		`{text: "\(100/(#streak.days-3))"}`,
		`{text: ["a", "b", "c"][#streak.weeks]}`,
		`{text: {"0": "x", "1": "y"}["\(#streak.weeks)"]}`,
		`{text: "x", font: [if #streak.stale {"8x9"}, "auto"][0]}`,
		`{text: "x", for: "\(#streak.weeks)s"}`,
		`{text: #streak.rule, if #streak.forbidden {text: "no"}}`,
		`{if #streak.known {text: "x"}}`,
		`{text: "x", if #streak.at_least {fnt: "8x8"}}`,
		`if #streak.weeks > 46 {text: "x"}`,
		`for i, x in ["a", "b"] if i == #streak.weeks {text: x}`,
		`if #streaks["no-friday-deploys"].stale {text: "\(_nowhere)"}`,
		`{text: "\(#streaks["no-friday-deploys"].weeks div 0)"}`,
		`if #streak.stale {5}`,
	})
	counts := rapid.SampledFrom([]int{0, 1, 2, 3, 7, 45, 46, 47, 100, 2147483647})
	rapid.Check(t, func(r *rapid.T) {
		file := withPages(t, strings.Join(rapid.SliceOfN(page, 1, 3).Draw(r, "pages"), ", "))
		streak := func(label string) Streak {
			return Streak{
				Rule: "no-friday-deploys", Weeks: counts.Draw(r, label+" weeks"), Days: counts.Draw(r, label+" days"),
				Known: rapid.Bool().Draw(r, label+" known"), AtLeast: rapid.Bool().Draw(r, label+" at least"),
				Stale: rapid.Bool().Draw(r, label+" stale"), Forbidden: rapid.Bool().Draw(r, label+" forbidden"),
			}
		}
		live := Live{Streak: streak("streak"), Streaks: map[string]Streak{"no-friday-deploys": streak("rule's")}}
		a := evaluate(request{Name: "counter.cue", File: file, Live: &live})
		if (len(a.Pages) > 0) == (len(a.Diagnostics) > 0) {
			r.Errorf("%d pages and %v of\n%s", len(a.Pages), a.Diagnostics, file)
		}
		for _, d := range a.Diagnostics {
			if d.Message == "" || d.Position.Line == 0 {
				r.Errorf("a diagnostic without a place or words: %+v of\n%s", d, file)
			}
		}
	})
}

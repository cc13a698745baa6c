package schema

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"cuelang.org/go/cue/ast"

	"github.com/fridaycounter/fridaycounter/rules"
)

// Live is what the pages may compute with: the values that change while the
// configuration does not.
type Live struct {
	Streak  Streak            `json:"streak"`  // #streak: of the rule whose streak began latest
	Streaks map[string]Streak `json:"streaks"` // #streaks, by the rule's name
}

// A Streak is one rule's number as a page sees it; schema.cue has the same
// fields in #Streak.
type Streak struct {
	Rule      string `json:"rule"`
	Weeks     int    `json:"weeks"`    // 0 when not known
	Days      int    `json:"days"`     // a total, not a remainder; 0 when not known
	Record    int    `json:"record"`   // weeks of the longest streak, this one included; 0 when not known
	Previous  int    `json:"previous"` // weeks of the streak before this one; 0 when there was none or it is not known
	Known     bool   `json:"known"`
	AtLeast   bool   `json:"at_least"`  // the truth may be more
	Stale     bool   `json:"stale"`     // the facts are old
	Forbidden bool   `json:"forbidden"` // now is inside a forbidden window

	// HoursToWindow is the real time until the next forbidden window in hours,
	// rounded up, so that it is 0 exactly while Forbidden; -1 when no window is
	// to come.
	HoursToWindow int `json:"hours_to_window"`
}

// fields returns #streak and #streaks in CUE, of which JSON is a part. The streak of a rule
// that the file does not have is left out.
func (l Live) fields() []byte {
	streak, _ := json.Marshal(l.Streak) // numbers and text
	text := fmt.Appendf(nil, "#streak: %s\n#streaks: {", streak)
	for _, name := range slices.Sorted(maps.Keys(l.Streaks)) {
		streak, _ = json.Marshal(l.Streaks[name])
		text = fmt.Appendf(text, "\n%s?: %s", ast.NewString(name).Value, streak)
	}
	return append(text, "}\n"...)
}

// liveSamples returns the live values under which [Evaluator.Evaluate] tries the
// pages, for a file with these rules: what a wall shows sooner or later.
func liveSamples(list []rules.Rule) []Live {
	streaks := []Streak{
		{HoursToWindow: 1},
		{Weeks: 10, Days: 73, Record: 22, Previous: 5, Known: true, HoursToWindow: 143},
		{Weeks: 99, Days: 696, Record: 111, Previous: 49, Known: true, HoursToWindow: 143},
		{Weeks: 100, Days: 703, Record: 112, Previous: 50, Known: true, HoursToWindow: 143},
		{Weeks: 7, Days: 52, Record: 7, Previous: 3, Known: true, Stale: true, HoursToWindow: 9},
		{Days: 3, Record: 12, Known: true, Forbidden: true},
		{Weeks: 52, Days: 367, Record: 64, Previous: 26, Known: true, AtLeast: true, HoursToWindow: -1},
	}
	lives := make([]Live, len(streaks))
	for i, s := range streaks {
		lives[i].Streaks = make(map[string]Streak, len(list))
		for _, r := range list {
			s.Rule = r.Name
			lives[i].Streaks[r.Name] = s
		}
		lives[i].Streak = lives[i].Streaks[list[0].Name]
	}
	return lives
}

package picture_test

import (
	"bytes"
	"fmt"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/picture"
	"github.com/fridaycounter/fridaycounter/rules"
)

func ExampleStrip() {
	rule := rules.Compile(rules.Rule{
		Name:   "no-friday-deploys",
		Forbid: []rules.Window{{Weekdays: []time.Weekday{time.Friday}}},
	}, time.UTC)
	now := time.Date(2026, 3, 18, 12, 0, 0, 0, time.UTC)
	environments := []rules.Environment{{ID: "1", Name: "Production", CompleteFrom: now.AddDate(-1, 0, 0)}}

	s := picture.Strip{Rule: rule.Rule().Name, Sentence: "at least 52 weeks", Zone: time.UTC, First: 2025, Last: 2026}
	from, to := s.Range()
	s.Occurrences = rule.Occurrences(environments, nil, from, to, now)

	svg, err := s.SVG()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, status := range []string{"kept", "unknown", "ahead"} {
		fmt.Println(bytes.Count(svg, []byte(`class="cell `+status)), status)
	}
	// Output:
	// 52 kept
	// 11 unknown
	// 41 ahead
}

package dashboard

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

// windowsPolicy forbids Fridays from 14:00, with one left out, and three times on dates.
func windowsPolicy(t *testing.T) *engine.Policy {
	t.Helper()
	date := func(text string) rules.Date {
		d, err := time.Parse(time.DateOnly, text)
		if err != nil {
			t.Fatal(err)
		}
		return rules.DateOf(d)
	}
	day := func(text string) rules.DateRange { return rules.DateRange{First: date(text), Last: date(text)} }
	p := &engine.Policy{Config: &schema.Config{}, Zone: time.UTC}
	for _, r := range []rules.Rule{
		{Name: "fridays", Forbid: []rules.Window{{Weekdays: []time.Weekday{time.Friday}, From: 14 * 60, To: 24 * 60}},
			Except: []rules.Exception{{Dates: []rules.DateRange{day("2026-11-27")}}}},
		{Name: "dates", Forbid: []rules.Window{
			{Dates: []rules.DateRange{day("2026-11-26")}, To: 24 * 60},
			{Dates: []rules.DateRange{day("2026-01-01"), {First: date("2026-12-24"), Last: date("2027-01-02")}}, To: 24 * 60},
			{Dates: []rules.DateRange{day("2026-12-03")}, To: 12 * 60},
		}},
	} {
		p.Rules = append(p.Rules, rules.Compile(r, time.UTC))
	}
	return p
}

// TestWeeklyHours has what is forbidden every week, and neither a single date nor an exception.
func TestWeeklyHours(t *testing.T) {
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	var hours [7][24]rules.Hour
	hours[4][9].Deployments, hours[4][9].Forbidden = 3, 1 // the Thursday of the 26th
	hours = weekly(windowsPolicy(t), hours, now)
	var forbidden []string
	for day := range hours {
		for hour, h := range hours[day] {
			if h.Forbidden > 0 {
				forbidden = append(forbidden, fmt.Sprintf("%s%d", time.Weekday(day), hour))
			}
		}
	}
	if want := strings.Fields("Friday14 Friday15 Friday16 Friday17 Friday18 Friday19 Friday20 Friday21 Friday22 Friday23"); !slices.Equal(forbidden, want) {
		t.Errorf("got %v, want %v", forbidden, want)
	}
	if hours[4][9].Deployments != 3 {
		t.Error("the deployments are lost")
	}
	want := []string{"2026-12-24 to 2027-01-02 (dates)", "2026-12-03 until 12:00 (dates)"}
	if got := oneOff(windowsPolicy(t), now); !slices.Equal(got, want) {
		t.Errorf("certain dates: got %q, want %q", got, want)
	}
}

// TestWindowYears puts each Friday into its week of the year.
func TestWindowYears(t *testing.T) {
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	p := windowsPolicy(t)
	friday := time.Date(2026, 11, 13, 15, 0, 0, 0, time.UTC)
	status := &engine.Status{Policy: p, Environments: []rules.Environment{{
		ID: "1", Name: "Production", Project: "shop", CompleteFrom: time.Date(2025, 12, 1, 0, 0, 0, 0, time.UTC),
		Deployments: []rules.Deployment{{ID: "7", Version: "hotfix", Project: "shop", EnvironmentID: "1", Environment: "Production", Started: friday, Executed: friday, Finished: friday.Add(time.Hour),
			LifeCycle: rules.LifeCycleFinished, State: rules.StateSuccess}},
	}}}
	status.Verdict = p.Judge(status.Environments, now)
	years := windowYears(status, p.Rules[0], &status.Verdict.Histories[0])
	if len(years) == 0 || years[len(years)-1].Year != 2026 {
		t.Fatalf("got %d years", len(years))
	}
	dates := windowYears(status, p.Rules[1], &status.Verdict.Histories[1])
	if last := dates[len(dates)-1].Weeks; last[51].Name != "Thu 24 Dec: to come" || last[52] != last[51] || last[50].Name != "" {
		t.Errorf("a window of ten days: got %v", last[50:])
	}
	y := years[len(years)-1]
	if y.Broken != 1 || y.Kept != 46 {
		t.Errorf("got %d kept, %d broken, want 46 and 1", y.Kept, y.Broken)
	}
	for week, want := range map[int]string{
		0: "kept Fri 2 Jan: kept", 45: "broken Fri 13 Nov: broken by hotfix of shop to Production", 46: "kept Fri 20 Nov: kept",
		47: " ", // the 27th is excepted
		48: "ahead Fri 4 Dec: to come",
	} {
		if got := string(y.Weeks[week].Status) + " " + y.Weeks[week].Name; got != want {
			t.Errorf("week %d: got %q, want %q", week, got, want)
		}
	}
}

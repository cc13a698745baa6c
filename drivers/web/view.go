package web

import (
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// A View is everything that is published besides the frame, as of one instant. Texts are
// plain, and escaped where they are shown. They contain what only those who run the
// counter may know only if the policy has display: web: detail.
type View struct {
	Title  string    // of the page; "": fridaycounter
	At     time.Time // as of, in the policy's zone; zero: no policy is in force yet
	Glass  string    // what the glass says, for those who do not see it: "12, stale"
	Marks  []string  // what marks and symbols on the glass mean
	Number Number
	Others []Number // the other rules, by name; nil with one rule

	Why     string // why the number is what it is, in lines
	Window  *Window
	Sources []Freshness // of the environments, in the order of the facts
	Trouble string      // why the last poll failed; "" if it did not
	Config  Config
	Year    Year
	Health  Health
	Walls   []Wall // that show what the counter publishes, those that are not well first; nil: it publishes nothing, or has none

	// The answers of /api/v1: Streak is as of At, an explanation is of the rule that leads,
	// "", or of a rule by its name.
	Streak       Document
	Explanations map[string]Document
}

// A Number is how one rule was kept.
type Number struct {
	Rule     string
	Forbids  string // "Friday 14:00 to 18:00"
	Windows  string // what its windows are called: "Fridays", or just "windows"
	Known    bool
	AtLeast  bool
	Stale    bool
	Weeks    int
	Sentence string // "12 weeks since Friday 19 December 2025, 15:22 PST."
	Record   int    // weeks
	// RecordAtLeast says that the record's streak may have begun earlier.
	RecordAtLeast bool
	Running       bool    // the record goes on
	RecordSpan    *Streak // nil where it is not known
	Breaches      int
	Cause         string       // of the breach that the streak began with: "hotfix of shop to Production"; "": none
	Years         []WindowYear // newest last
}

// A WindowYear is what became of a rule's windows in a calendar year: how many were kept to
// their end, and how many are broken.
type WindowYear struct {
	Year, Kept, Broken int
	Weeks              [53]WeekOfWindows
}

// A WeekOfWindows is the windows that begin in one of the 53 weeks of a year, counted from 1 January.
type WeekOfWindows struct {
	Status rules.Status // the worst of them; "": there are none
	Name   string       // "Friday 13 March: broken by hotfix of shop to Production"
}

// A Window is the forbidden span of now, or the next one.
type Window struct {
	Now        bool
	Start, End time.Time // zero: none
	Rule       string
}

// Freshness is how well an environment is known.
type Freshness struct {
	Project, Name string
	Good          time.Time // of the last good poll; zero: none yet
	From          time.Time // known completely from then on; zero: it is not, or it is empty
	All           bool      // there is nothing before From
}

// A Config is the policy in force, and the state of the file that was saved last.
type Config struct {
	Hash   string    // SHA-256 of the file in force, in hex; "": none is
	Loaded time.Time // when it came into force
	// Refused are the reasons why the file that was saved last is not in force; nil
	// when it is.
	Refused      []string
	RefusedSince time.Time // the first of them since one was accepted
}

// A Wall is another machine that shows the number.
type Wall struct {
	Name, State, Text, Version string
	Since                      time.Time // when it began to show Text; zero: not known
}

// A Year is how the days went. The zero Year is not known yet.
type Year struct {
	Days []rules.Day // of 53 whole weeks, from a Monday on
	// Hours are of the week. What is forbidden on certain dates only is not in them.
	Hours    [7][24]rules.Hour
	OneOff   []string // windows with dates that are not over: "2026-12-24 to 2027-01-02 (no-friday-deploys)"
	Streaks  []Streak // of the leading rule, newest first
	Breaches []Breach // the latest, newest first
}

// A Streak is a time in which the rule was kept.
type Streak struct {
	Start, End time.Time
	Weeks      int
	AtLeast    bool   // it may have begun earlier
	Current    bool   // it goes on
	Ended      string // by what; "" when it goes on
}

// A Breach is a deployment that broke a rule.
type Breach struct {
	At      time.Time
	Date    rules.Date // the day of the calendar that has it
	Rule    string
	Subject string // "hotfix of shop to Production"
	URL     string // of the result at the CI server; "" unless details are shown
}

// Health has the problems; "" is good.
type Health struct {
	File  string // counter.cue
	Clock string
	Facts string
	// History is why nothing is stored for the next start; the number is right anyway.
	History string
}

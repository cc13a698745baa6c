package web

import (
	"net/url"
)

// An ahead is the forbidden window of now, or the next one.
type ahead struct {
	Now        bool
	Rule       string
	Start, End *moment // nil: none
}

// newAhead returns nil before anything is known, and while nobody knows what time it is.
func newAhead(v *View) *ahead {
	switch {
	case v.At.IsZero(), v.Health.Clock != "":
		return nil
	case v.Window == nil:
		return &ahead{}
	}
	w := v.Window
	return &ahead{w.Now, w.Rule, v.moment(w.Start), v.moment(w.End)}
}

// maxPast bounds the table of the runs: the chart has them all.
const maxPast = 60

// pastRuns is the table of the runs, newest first.
type pastRuns struct {
	List []pastRun
	More int // older ones that are left out
}

type pastRun struct {
	From, To *moment // To is nil for one that goes on
	Weeks    int
	AtLeast  bool
	Ended    string
}

func newPastRuns(v *View) pastRuns {
	runs := v.Year.Runs
	p := pastRuns{More: max(0, len(runs)-maxPast)}
	for i := len(runs) - 1; i >= p.More; i-- {
		r := &runs[i]
		past := pastRun{v.moment(r.Start), v.moment(r.End), r.Weeks, r.AtLeast, r.Ended}
		if r.Current {
			past.To = nil
		}
		p.List = append(p.List, past)
	}
	return p
}

// A broken is a breach in the list.
type broken struct {
	At      *moment
	Rule    string
	Subject string
	Link    string // "" if there is none
}

func newBroken(v *View) []broken {
	var list []broken
	for _, b := range v.Year.Breaches {
		list = append(list, broken{v.moment(b.At), b.Rule, b.Subject, link(b.URL)})
	}
	return list
}

// link returns an address that may be followed: it came from a CI server, and a
// script in its place would run in this page.
func link(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return u.String()
}

// A source is an environment, and how well it is known.
type source struct {
	Project, Name string
	Good          *moment // nil: it never was read
	Known         string
}

func newSources(v *View) []source {
	var list []source
	for _, f := range v.Sources {
		list = append(list, source{f.Project, f.Name, v.moment(f.Good), knownFrom(v, f)})
	}
	return list
}

// knownFrom says how far back an environment is known.
func knownFrom(v *View, f Freshness) string {
	from := v.moment(f.From)
	switch {
	case from == nil && f.All:
		return "all: no deployments"
	case from == nil:
		return "not known whole"
	case f.All:
		return "all, from " + from.Short
	}
	return from.Short + " on"
}

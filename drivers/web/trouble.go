package web

import "time"

// A trouble is what is wrong, since when if that is known, and what to do.
type trouble struct {
	What  string
	Since *timeText // says Label before it
	Label string
	Lines []string
	Do    string // a command
}

// Troubles returns those that the banner names, the one that decides most first.
func (p page) Troubles() (list []trouble) {
	h := &p.Health
	inForce := "; the one before is in force"
	if p.Config.Hash == "" {
		inForce = ", and none is in force"
	}
	switch {
	case p.Config.Refused != nil:
		list = append(list, trouble{What: "The counter.cue that was saved last is refused" + inForce + ".",
			Since: p.Time(p.Config.RefusedSince), Label: "Since", Lines: p.Config.Refused, Do: "fridaycounter vet counter.cue"})
	case h.File != "" && !p.At.IsZero():
		list = append(list, trouble{What: "counter.cue: " + h.File + ".", Do: "fridaycounter doctor"})
	}
	if h.Clock != "" && !p.At.IsZero() {
		list = append(list, trouble{What: "This machine's clock is not trusted: it is " + h.Clock + ". The number is that of the last instant that was.", Do: "timedatectl"})
	}
	if p.Number.Stale || p.Trouble != "" {
		one := trouble{What: "The number may be out of date.", Since: p.Time(p.oldest()), Label: "No good poll since", Do: "fridaycounter doctor"}
		if p.Trouble != "" {
			one.Lines = []string{"The last poll went wrong: " + p.Trouble}
		}
		list = append(list, one)
	}
	if h.History != "" {
		list = append(list, trouble{What: "Nothing is stored for the next start: " + h.History + ".", Do: "fridaycounter doctor"})
	}
	return list
}

// oldest returns the last good poll of the environment that waits longest; zero if one was never polled.
func (v *View) oldest() (at time.Time) {
	for i, s := range v.Sources {
		if i == 0 || s.Good.Before(at) {
			at = s.Good
		}
	}
	return at
}

// Age says how old the facts are: that of the environment that waits longest. "" if one was never polled.
func (p page) Age() *timeText { return p.Time(p.oldest()) }

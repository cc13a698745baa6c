package rules

import "time"

// A Run is a stretch in which the rule was kept without a break. It begins at a
// breach's instant, as a streak does, and ends at the first forbidden instant of
// a breach's interval: from then on the wall showed 0.
type Run struct {
	Start   time.Time
	End     time.Time // the current one: now
	Weeks   int       // as the rule counts, at End
	Days    int
	AtLeast bool    // the facts do not reach further back than Start
	Began   *Breach // nil: the rule's since, or where the facts begin
	Ended   *Breach // nil: it goes on
}

// longer reports whether r is longer than other: it has more weeks, or as many
// and took more time, which the wall clock may see otherwise.
func (r *Run) longer(other *Run) bool {
	return r.Weeks > other.Weeks || r.Weeks == other.Weeks && r.End.Sub(r.Start) > other.End.Sub(other.Start)
}

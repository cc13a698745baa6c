package web

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

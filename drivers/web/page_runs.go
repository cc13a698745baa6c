package web

// maxPast bounds the table of the runs: the chart has them all.
const maxPast = 60

// pastRuns is the table of the runs, newest first.
type pastRuns struct {
	List []pastRun
	More int // older ones that are left out
}

type pastRun struct {
	From, To string
	Weeks    int
	AtLeast  bool
	Ended    string
}

func newPastRuns(v *View) pastRuns {
	runs := v.Year.Runs
	p := pastRuns{More: max(0, len(runs)-maxPast)}
	for i := len(runs) - 1; i >= p.More; i-- {
		r := &runs[i]
		past := pastRun{Weeks: r.Weeks, AtLeast: r.AtLeast, Ended: r.Ended, To: "goes on"}
		if from := v.moment(r.Start); from != nil {
			past.From = from.Text
		}
		if to := v.moment(r.End); to != nil && !r.Current {
			past.To = to.Text
		}
		p.List = append(p.List, past)
	}
	return p
}

package rules

import "time"

// A moment is an instant, or a length of time, as whole seconds and the
// nanoseconds beyond them, 0 to 999999999. It costs less to compare than a Time.
type moment struct {
	sec  int64
	nano int32
}

func momentOf(t time.Time) moment { return moment{t.Unix(), int32(t.Nanosecond())} }

func (m moment) time() time.Time { return time.Unix(m.sec, int64(m.nano)) }

// before reports whether m is less than other.
func (m moment) before(other moment) bool {
	return m.sec < other.sec || m.sec == other.sec && m.nano < other.nano
}

// since returns the time that passed from other to m.
func (m moment) since(other moment) moment {
	d := moment{m.sec - other.sec, m.nano - other.nano}
	if d.nano < 0 {
		d.sec, d.nano = d.sec-1, d.nano+1e9
	}
	return d
}

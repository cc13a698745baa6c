package mqtt

import "time"

const (
	usualPause    = time.Second / 2
	maxPause      = time.Minute // between connections that do not last
	minLoginPause = time.Minute
	maxLoginPause = 5 * time.Minute
	shortest      = time.Second // that a connection lasts
	manyShort     = 3           // connections in a row that do not last: an error of its own
)

// pauses say how long to wait for the next connection.
type pauses struct {
	login time.Duration // after the last refused login; 0: it was not refused
	short int           // connections in a row that did not last
}

// failed takes in that no connection was made.
func (p *pauses) failed(err error) {
	if r, ok := err.(refusedLogin); ok && r != unavailable && r != busy {
		p.login = min(max(2*p.login, minLoginPause), maxLoginPause)
	} else {
		p.login = 0
	}
}

// ended takes in that a connection ended. Two clients with one id throw each other out, and
// mosquitto 2.0.11 does not say so: then short ones follow each other.
func (p *pauses) ended(err error, lasted bool) {
	switch {
	case err == disconnected(takenOver):
		p.short = 16
	case !lasted:
		p.short = min(p.short+1, 16)
	}
}

func (p *pauses) next() time.Duration {
	return max(p.login, min(usualPause<<max(p.short-1, 0), maxPause))
}

// long is how long the next connection has to last. It grows with the pause, for else two
// clients that wait for each other would take each other for gone.
func (p *pauses) long() time.Duration { return max(shortest, 2*p.next()) }

func (p *pauses) restless() bool { return p.short >= manyShort }

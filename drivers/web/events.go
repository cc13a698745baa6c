package web

import (
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
)

const (
	maxStreams   = 64               // clients of /events at once
	keepAlive    = 15 * time.Second // how often the event "alive" is sent, for proxies and for who listens
	streamStalls = 5 * time.Second  // a client that takes nothing for so long is let go
)

// A hub hands the newest frame and the newest version of the view to every stream. Who
// is slow misses frames, and holds up nobody.
type hub struct {
	mu      sync.Mutex
	frame   *frame
	version string
	streams []*looker // in the order in which they came
}

func newHub() *hub { return &hub{frame: newFrame(led.Picture{Level: led.Off})} }

// show hands out a picture, if it is another one.
func (h *hub) show(p led.Picture) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.frame.same(p) {
		return
	}
	h.frame = newFrame(p)
	h.wake()
}

// tell hands out the version of the view.
func (h *hub) tell(version string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.version = version
	h.wake()
}

// wake tells every stream; the caller holds the lock.
func (h *hub) wake() {
	for _, l := range h.streams {
		select {
		case l.news <- struct{}{}:
		default: // it has not looked since it was told
		}
	}
}

// now returns what is to be shown.
func (h *hub) now() (f *frame, version string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.frame, h.version
}

// A looker is who watches a stream.
type looker struct {
	address string        // without the port
	news    chan struct{} // tells that there is something new
	end     chan struct{} // closed when another takes its place
}

// join takes in a looker; nil if there are too many. Where an address has more streams
// than any other, and at least two more than the new one's would have, its first one
// makes place.
func (h *hub) join(address string) *looker {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.streams) >= maxStreams {
		of := map[string]int{}
		most := ""
		for _, l := range h.streams {
			if of[l.address]++; of[l.address] > of[most] {
				most = l.address
			}
		}
		if of[most] < of[address]+2 {
			return nil
		}
		i := slices.IndexFunc(h.streams, func(l *looker) bool { return l.address == most })
		close(h.streams[i].end)
		h.streams = slices.Delete(h.streams, i, i+1)
	}
	l := &looker{address, make(chan struct{}, 1), make(chan struct{})}
	h.streams = append(h.streams, l)
	return l
}

func (h *hub) leave(l *looker) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.streams = slices.DeleteFunc(h.streams, func(o *looker) bool { return o == l })
}

// events streams frames and versions (WHATWG HTML, server-sent events).
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	address, _, _ := net.SplitHostPort(r.RemoteAddr)
	l := s.hub.join(address)
	if l == nil {
		w.Header().Set("Retry-After", "30")
		refuse(w, http.StatusServiceUnavailable, "too many look at once")
		return
	}
	defer s.hub.leave(l)
	note(r, streaming)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no") // nginx would hold frames back
	if r.Method == http.MethodHead {
		return
	}
	st := stream{out: w, control: http.NewResponseController(w), hub: s.hub, now: s.o.Now}
	// What the server reads while it streams tells that the client has gone; the
	// time for reading a request does not hold for that.
	if st.control.SetReadDeadline(time.Time{}) != nil {
		return
	}
	if st.write([]byte("retry: 2000\n\n")) != nil || st.catchUp() != nil {
		return
	}
	tick := time.NewTicker(keepAlive)
	defer tick.Stop()
	for {
		var err error
		select {
		case <-r.Context().Done():
			return
		case <-l.end:
			return
		case <-l.news:
			err = st.catchUp()
		case <-tick.C:
			err = st.write([]byte("event: alive\ndata: {}\n\n"))
		}
		if err != nil {
			return
		}
	}
}

// A stream is a client of /events.
type stream struct {
	out     http.ResponseWriter
	control *http.ResponseController
	hub     *hub
	now     func() time.Time
	frame   *frame
	version string
}

// catchUp sends what is new.
func (s *stream) catchUp() error {
	f, version := s.hub.now()
	var news []byte
	if f != s.frame {
		news = f.event()
	}
	if version != s.version {
		news = append(news[:len(news):len(news)], event("view", map[string]string{"version": version})...)
	}
	s.frame, s.version = f, version
	if news == nil {
		return nil
	}
	return s.write(news)
}

func (s *stream) write(b []byte) error {
	if err := s.control.SetWriteDeadline(s.now().Add(streamStalls)); err != nil {
		return err
	}
	if _, err := s.out.Write(b); err != nil {
		return err
	}
	return s.control.Flush()
}

package web

import (
	"net/http"
	"sync"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
)

const (
	keepAlive    = 15 * time.Second // how often the event "time" is sent at least, so that proxies keep the connection
	maxStreams   = 64               // at once; the other connections are for requests
	streamStalls = 5 * time.Second  // a client that reads nothing for so long is disconnected
)

// A hub has the newest frame and view for every request and stream. A slow client misses
// frames, and does not hold up others.
type hub struct {
	mu sync.Mutex
	news
}

// news are the newest frame and view.
type news struct {
	frame   *frame
	shown   *shown
	changed chan struct{} // closed when another frame or version of the view is shown
}

// show hands out a picture, if it is another one.
func (h *hub) show(p led.Picture) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.frame.same(p) {
		h.frame = newFrame(p)
		h.wake()
	}
}

// publish hands out a view.
func (h *hub) publish(v View) {
	next := newShown(v)
	h.mu.Lock()
	defer h.mu.Unlock()
	another := h.shown.version != next.version
	h.shown = next
	if another {
		h.wake()
	}
}

// wake wakes every stream; the caller holds the lock.
func (h *hub) wake() {
	close(h.changed)
	h.changed = make(chan struct{})
}

func (h *hub) now() news {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.news
}

// events streams frames and versions (WHATWG HTML, server-sent events).
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	defer s.streams.Add(-1)
	if s.streams.Add(1) > maxStreams {
		w.Header().Set("Retry-After", "30")
		w.Header().Set("Connection", "close") // an idle one would keep its place
		plain(w, http.StatusServiceUnavailable, "there are too many streams")
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no") // nginx would hold frames back
	if r.Method == http.MethodHead {
		return
	}
	control := http.NewResponseController(w)
	// The server reads while it streams, to notice when the client goes. The time for
	// reading a request does not apply to that.
	if control.SetReadDeadline(time.Time{}) != nil {
		return
	}
	tick := time.NewTicker(keepAlive)
	defer tick.Stop()
	var frame *frame // that was sent
	var version string
	for text := []byte("retry: 2000\n\n"); ; {
		now := s.hub.now()
		text = append(text, event("time", map[string]int64{"now": s.o.Clock().UnixMilli()})...) // Unix, ms
		if now.frame != frame {
			text = append(text, now.frame.event()...)
		}
		if now.shown.version != version {
			text = append(text, event("view", map[string]string{"version": now.shown.version})...)
		}
		if frame, version = now.frame, now.shown.version; s.send(w, control, text) != nil {
			return
		}
		text = text[:0]
		select {
		case <-r.Context().Done():
			return
		case <-now.changed:
		case <-tick.C:
		}
	}
}

// send writes to a stream at once.
func (s *Server) send(w http.ResponseWriter, control *http.ResponseController, text []byte) error {
	if err := control.SetWriteDeadline(s.o.Now().Add(streamStalls)); err != nil {
		return err
	}
	if _, err := w.Write(text); err != nil {
		return err
	}
	return control.Flush()
}

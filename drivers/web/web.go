// Package web shows the counter to browsers and programs: the glass as it is lit, why
// the number is what it is, and how the year went. It is read-only.
//
// It answers GET and HEAD for the configured hosts. Time, size and connections are
// limited, so that no client can keep the wall from its work. Errors while serving are
// returned by [Display.Show].
package web

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
)

// Opts are a server's parts. All but Metrics are required.
type Opts struct {
	// Now is the machine's clock, with its monotonic reading.
	Now func() time.Time
	// Clock is the clock that the policy is judged by, which pages count by. The demo's runs fast.
	Clock func() time.Time
	// Gate answers /api/v1/gate; names are "" for any. It may be called from any
	// goroutine, as the others. An error of type [*RequestError] is the client's.
	Gate func(source, project, environment string) (Gate, error)
	// Deployments answers /api/v1/deployments.
	Deployments func(context.Context, Query) (any, error)
	// Metrics answers /metrics.
	Metrics http.Handler
}

// A Server is the page, wherever it listens. Its methods may be called concurrently
// and do not wait for clients.
type Server struct {
	o        Opts
	named    atomic.Pointer[[]string] // the hosts that are served besides loopback ones
	hub      hub
	handler  http.Handler
	beat     atomic.Pointer[time.Time] // the last heartbeat
	fault    atomic.Pointer[error]
	streams  atomic.Int64 // of events
	querying sync.Mutex   // a query of the deployments takes memory
}

// New returns a server that does not listen yet.
func New(o Opts) *Server {
	s := &Server{o: o}
	s.SetHosts(nil)
	s.Heartbeat()
	first := newShown(View{Health: Health{File: "not looked at yet", Clock: "not looked at yet", Facts: "nothing is known yet"}})
	s.hub.news = news{newFrame(led.Picture{Level: led.Off}), first, make(chan struct{})}
	s.handler = s.guard(s.routes())
	return s
}

// SetHosts sets the hosts that are served besides loopback ones, in lower case and without
// port, also for open connections.
func (s *Server) SetHosts(hosts []string) { s.named.Store(&hosts) }

// Publish shows a view from now on.
func (s *Server) Publish(v View) { s.hub.publish(v) }

// Heartbeat notes that the loop is alive, for /healthz.
func (s *Server) Heartbeat() {
	now := s.o.Now()
	s.beat.Store(&now)
}

// A RequestError says what is wrong with a request.
type RequestError struct{ Err error }

func (e *RequestError) Error() string { return e.Err.Error() }

// ErrUnavailable is returned by Gate and Deployments when the answer is not known.
var ErrUnavailable = errors.New("not available")

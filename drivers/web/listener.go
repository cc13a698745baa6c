package web

import (
	"net"
	"net/http"
	"sync"
)

// maxConnections is how many there may be. Where one more comes, the one that has
// been without a request for longest makes place, or, if each is answered just then,
// the new one.
const maxConnections = 512

// connKey is the key of a connection in its requests' contexts.
type connKey struct{}

// A listener bounds the connections.
type listener struct {
	net.Listener

	mu    sync.Mutex
	conns map[*conn]struct{}
	idle  line // of those without a request, the longest first
}

func newListener(inner net.Listener) *listener {
	return &listener{Listener: inner, conns: map[*conn]struct{}{}}
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	for {
		inner, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if c := l.admit(inner); c != nil {
			return c, nil
		}
		_ = inner.Close() // it is refused
	}
}

// admit takes in a connection; nil if there is no place.
func (l *listener) admit(inner net.Conn) *conn {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.conns) >= maxConnections {
		oldest := l.idle.first
		if oldest == nil {
			return nil
		}
		l.drop(oldest)
		_ = oldest.Conn.Close() // its goroutine ends by that
	}
	c := &conn{Conn: inner, listener: l}
	l.conns[c] = struct{}{}
	l.idle.push(c)
	return c
}

// drop forgets a connection; the caller holds the lock.
func (l *listener) drop(c *conn) {
	delete(l.conns, c)
	l.idle.remove(c)
}

// state follows what net/http makes of a connection.
func (l *listener) state(inner net.Conn, state http.ConnState) {
	c, ok := inner.(*conn)
	if !ok {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch state {
	case http.StateIdle:
		l.wait(c)
	case http.StateClosed, http.StateHijacked:
		l.drop(c)
	}
}

// wait puts a connection that is known at the end of those without a request.
func (l *listener) wait(c *conn) {
	if _, known := l.conns[c]; known {
		l.idle.remove(c)
		l.idle.push(c)
	}
}

// A conn is a connection with its place among those without a request.
type conn struct {
	net.Conn
	listener     *listener
	waits        bool
	before, next *conn
}

// serve notes that a request of the connection is answered now: its header was read
// whole.
func (c *conn) serve() {
	c.listener.mu.Lock()
	defer c.listener.mu.Unlock()
	c.listener.idle.remove(c)
}

// A line is connections in the order in which they came.
type line struct{ first, last *conn }

func (q *line) push(c *conn) {
	c.waits, c.before, c.next = true, q.last, nil
	if q.last != nil {
		q.last.next = c
	} else {
		q.first = c
	}
	q.last = c
}

func (q *line) remove(c *conn) {
	if !c.waits {
		return
	}
	if c.before != nil {
		c.before.next = c.next
	} else {
		q.first = c.next
	}
	if c.next != nil {
		c.next.before = c.before
	} else {
		q.last = c.before
	}
	c.waits, c.before, c.next = false, nil, nil
}

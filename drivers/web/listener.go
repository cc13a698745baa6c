package web

import (
	"net"
	"net/http"
	"sync"
)

// maxConnections is how many there may be. Where one more comes, the one that has
// been without a request for longest makes place, or else the one that is answered for
// longest: it does not read. Streams stay, and are fewer.
const maxConnections = 512

// connKey is the key of a connection in its requests' contexts.
type connKey struct{}

// A listener bounds the connections.
type listener struct {
	net.Listener

	mu    sync.Mutex
	conns map[*conn]struct{}
	idle  line // of those without a request, the longest first
	busy  line // of those that are answered
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
			oldest = l.busy.first
		}
		if oldest == nil {
			return nil
		}
		l.drop(oldest)
		_ = oldest.Conn.Close() // its goroutine ends by that
	}
	c := &conn{Conn: inner, listener: l}
	l.conns[c] = struct{}{}
	c.move(&l.idle)
	return c
}

// drop forgets a connection; the caller holds the lock.
func (l *listener) drop(c *conn) {
	delete(l.conns, c)
	c.leave()
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
		c.move(&l.idle)
	case http.StateClosed, http.StateHijacked:
		l.drop(c)
	}
}

// A conn is a connection with its place in a line.
type conn struct {
	net.Conn
	listener     *listener
	line         *line // nil: it is in none
	before, next *conn
}

// serve notes that a request of the connection is answered now: its header was read
// whole.
func (c *conn) serve() {
	c.listener.mu.Lock()
	defer c.listener.mu.Unlock()
	c.move(&c.listener.busy)
}

// stream notes that the answer goes on.
func (c *conn) stream() {
	c.listener.mu.Lock()
	defer c.listener.mu.Unlock()
	c.leave()
}

// A line is connections in the order in which they came.
type line struct{ first, last *conn }

// move puts a connection that is known at the end of a line; the caller holds the lock.
func (c *conn) move(q *line) {
	c.leave()
	if _, known := c.listener.conns[c]; !known {
		return
	}
	c.line, c.before, c.next = q, q.last, nil
	if q.last != nil {
		q.last.next = c
	} else {
		q.first = c
	}
	q.last = c
}

// leave takes a connection out of its line; the caller holds the lock.
func (c *conn) leave() {
	q := c.line
	if q == nil {
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
	c.line, c.before, c.next = nil, nil, nil
}

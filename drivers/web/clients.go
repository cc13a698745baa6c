package web

import (
	"cmp"
	"context"
	"net"
	"net/http"
	"slices"
	"sync"
)

// maxConnections bounds the open connections of a display. It leaves polls and saves
// enough files below the unit's LimitNOFILE=256.
const maxConnections = 100

// An activity is what a client's connection is used for.
type activity int

const (
	waiting   activity = iota // for a request, or for the rest of its header
	served                    // a request is answered
	streaming                 // events: these stay, and are fewer
)

// A client is a connection and what it is used for.
type client struct {
	conn net.Conn
	activity
}

// clients are the connections of a display; those of the same activity are in the order
// in which they took it up. One place is kept free for the next client: the connection
// that has waited longest is closed, or else the one that is served for longest, which
// does not read.
type clients struct {
	mu   sync.Mutex
	list []client
}

// noteKey is the key of a function in a request's context, which notes what its
// connection is used for.
type noteKey struct{}

// context implements http.Server's ConnContext.
func (c *clients) context(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, noteKey{}, func(a activity) { c.set(conn, a) })
}

// note says what the connection of a request is used for now.
func note(r *http.Request, a activity) {
	if set, ok := r.Context().Value(noteKey{}).(func(activity)); ok {
		set(a)
	}
}

// state follows what net/http makes of a connection.
func (c *clients) state(conn net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew, http.StateIdle:
		c.set(conn, waiting)
	case http.StateClosed:
		c.mu.Lock()
		defer c.mu.Unlock()
		c.remove(conn)
	}
}

func (c *clients) set(conn net.Conn, a activity) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.remove(conn)
	if len(c.list) >= maxConnections-1 {
		slices.SortStableFunc(c.list, func(a, b client) int { return cmp.Compare(a.activity, b.activity) })
		_ = c.list[0].conn.Close() // its goroutine ends by that
		c.list = slices.Delete(c.list, 0, 1)
	}
	c.list = append(c.list, client{conn, a})
}

// remove takes a connection from the list; the caller holds the lock.
func (c *clients) remove(conn net.Conn) {
	c.list = slices.DeleteFunc(c.list, func(o client) bool { return o.conn == conn })
}

package web

import (
	"context"
	"maps"
	"net"
	"net/http"
	"slices"
	"sync"
)

const (
	// maxConnections bounds the open connections of a display. It leaves polls and saves
	// enough files below the unit's LimitNOFILE=256.
	maxConnections = 100
	maxStreams     = 64 // of them, clients of /events
)

// An activity is what a client's connection is used for.
type activity int

const (
	waiting   activity = iota // for a request, or for the rest of its header
	served                    // a request is answered
	streaming                 // events: these stay, and are at most maxStreams
)

// clients are the connections of a display by what they are used for, each list in the order
// in which they took that up. Where there are too many, the one that has waited longest is
// closed, or else the one that is served for longest, which does not read.
type clients struct {
	mu    sync.Mutex
	lists [streaming + 1][]net.Conn
}

// noteKey is the key of a function in a request's context, which notes what its
// connection is used for.
type noteKey struct{}

// context implements http.Server's ConnContext.
func (c *clients) context(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, noteKey{}, func(a activity) bool { return c.set(conn, a) })
}

// note says what the connection of a request is used for now, and reports whether there
// was room for that.
func note(r *http.Request, a activity) bool {
	return r.Context().Value(noteKey{}).(func(activity) bool)(a)
}

// state follows what net/http makes of a connection.
func (c *clients) state(conn net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		c.add(conn)
	case http.StateIdle:
		c.set(conn, waiting)
	case http.StateClosed:
		c.mu.Lock()
		defer c.mu.Unlock()
		c.remove(conn)
	}
}

func (c *clients) add(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if all := slices.Concat(c.lists[:]...); len(all) == maxConnections {
		c.end(all[0])
	}
	c.lists[waiting] = append(c.lists[waiting], conn)
}

// set notes what a connection is used for. One that was ended stays so: what its goroutine
// still does takes no place.
func (c *clients) set(conn net.Conn, a activity) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if a == streaming && !c.room(address(conn)) || !c.remove(conn) {
		return false
	}
	c.lists[a] = append(c.lists[a], conn)
	return true
}

// room reports whether there is room for another stream of an address. If one has more
// streams than any other, and at least two more than the new one's would have, its oldest
// one is ended to make room. The caller holds the lock.
func (c *clients) room(of string) bool {
	if len(c.lists[streaming]) < maxStreams {
		return true
	}
	streams := make(map[string][]net.Conn) // of each address
	for _, conn := range c.lists[streaming] {
		streams[address(conn)] = append(streams[address(conn)], conn)
	}
	most := slices.MaxFunc(slices.Collect(maps.Values(streams)), func(a, b []net.Conn) int { return len(a) - len(b) })
	if len(most) < len(streams[of])+2 {
		return false
	}
	c.end(most[0])
	return true
}

// address returns where a connection is from, without the port.
func address(conn net.Conn) string {
	host, _, _ := net.SplitHostPort(conn.RemoteAddr().String())
	return host
}

// end closes a connection, which ends its goroutine. The caller holds the lock.
func (c *clients) end(conn net.Conn) {
	_ = conn.Close()
	c.remove(conn)
}

// remove takes a connection from its list, if it is on one; the caller holds the lock.
func (c *clients) remove(conn net.Conn) bool {
	for a, list := range c.lists {
		if i := slices.Index(list, conn); i >= 0 {
			c.lists[a] = slices.Delete(list, i, i+1)
			return true
		}
	}
	return false
}

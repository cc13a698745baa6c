package mqtt_test

import (
	"net"
	"sync"
	"testing"
	"time"
)

// A proxy lies between a client and a broker, and is as bad as networks are.
type proxy struct {
	addr, target string
	t            testing.TB

	mu       sync.Mutex
	changed  sync.Cond
	listener net.Listener // nil: nothing listens
	conns    []net.Conn
	stalled  bool          // nothing goes through; later all does
	dropping bool          // what comes is lost, and with it its connection, which nobody hears of
	delay    time.Duration // of each piece
	pieces   int           // bytes in a piece; 0: as they come
}

func newProxy(t testing.TB, target string) *proxy {
	p := &proxy{target: target, t: t}
	p.changed.L = &p.mu
	p.heal()
	t.Cleanup(func() {
		p.set(func() { p.stalled = false })
		p.cut()
	})
	return p
}

func (p *proxy) set(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
	p.changed.Broadcast()
}

func (p *proxy) stall() { p.set(func() { p.stalled = true }) }
func (p *proxy) drop()  { p.set(func() { p.dropping = true }) }

// cut closes all connections and refuses new ones.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.listener != nil {
		p.listener.Close()
		p.listener = nil
	}
	for _, c := range p.conns {
		c.Close()
	}
	p.conns = nil
}

// heal lets everything through, as at the start.
func (p *proxy) heal() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.listener == nil {
		addr := "127.0.0.1:0"
		if p.addr != "" {
			addr = p.addr
		}
		l, err := net.Listen("tcp", addr)
		if err != nil {
			p.t.Error(err)
			return
		}
		p.listener, p.addr = l, l.Addr().String()
		go p.serve(l)
	}
	p.stalled, p.dropping = false, false
	p.changed.Broadcast()
}

func (p *proxy) serve(l net.Listener) {
	for {
		near, err := l.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", p.target)
		if err != nil {
			near.Close()
			continue
		}
		p.mu.Lock()
		if p.listener != l {
			near.Close()
			far.Close()
		}
		p.conns = append(p.conns, near, far)
		p.mu.Unlock()
		go p.copy(near, far)
		go p.copy(far, near)
	}
}

func (p *proxy) copy(to, from net.Conn) {
	buffer := make([]byte, 32<<10)
	for lost := false; ; {
		p.mu.Lock()
		size := len(buffer)
		if p.pieces > 0 {
			size = p.pieces
		}
		p.mu.Unlock()
		n, err := from.Read(buffer[:size])
		p.mu.Lock()
		for p.stalled {
			p.changed.Wait()
		}
		lost = lost || p.dropping
		delay := p.delay
		p.mu.Unlock()
		time.Sleep(delay)
		if n > 0 && !lost {
			_, err = to.Write(buffer[:n])
		}
		if err != nil {
			if !lost {
				to.Close()
				from.Close()
			}
			return
		}
	}
}

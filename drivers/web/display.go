package web

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"time"

	"golang.org/x/net/netutil"

	"github.com/fridaycounter/fridaycounter/drivers/led"
)

// A Display is a server on an address, showing frames. Its methods may be called
// concurrently.
type Display struct {
	server   *Server
	listener net.Listener
	http     *http.Server
	ended    chan struct{} // closed when it serves no more
	err      error         // why; read it after ended
}

// maxConnections bounds the open connections of a display; others wait until one of these ends,
// which its timeouts see to. It leaves polls and saves enough files below the unit's
// LimitNOFILE=256.
const maxConnections = 100

// Listen serves on a TCP address, like 127.0.0.1:8474. Halt ends it.
func (s *Server) Listen(address string) (*Display, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	d := &Display{server: s, listener: netutil.LimitListener(listener, maxConnections), ended: make(chan struct{})}
	d.http = &http.Server{
		Handler:           s.handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      20 * time.Second,
		IdleTimeout:       10 * time.Second,
		MaxHeaderBytes:    8 << 10, // net/http allows 4 KiB more

		DisableGeneralOptionsHandler: true, // it would answer before the guard

		// Errors of clients are not logged; panics are returned by Show.
		ErrorLog: log.New(io.Discard, "", 0),
	}
	go func() {
		d.err = d.http.Serve(d.listener)
		close(d.ended)
	}()
	return d, nil
}

// Addr returns the address that it listens on.
func (d *Display) Addr() net.Addr { return d.listener.Addr() }

// Show sends p to the clients, without waiting for them. It returns what went wrong
// while serving since the last call, and [http.ErrServerClosed] after Halt.
func (d *Display) Show(p led.Picture) error {
	select {
	case <-d.ended:
		return fmt.Errorf("web: %w", d.err)
	default:
	}
	d.server.hub.show(p)
	if fault := d.server.fault.Swap(nil); fault != nil {
		return fmt.Errorf("web: %w", *fault)
	}
	return nil
}

// Halt ends every connection and frees the address.
func (d *Display) Halt() error {
	err := d.http.Close()
	<-d.ended
	return err
}

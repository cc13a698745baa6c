package bambootest

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"
)

// A Fault answers instead of next, or spoils what next answers.
type Fault func(next http.Handler) http.Handler

// Respond answers with a status, a content type and a body.
func Respond(status int, contentType, body string) Fault {
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			w.WriteHeader(status)
			io.WriteString(w, body)
		})
	}
}

// Status answers with a status and Bamboo's JSON for it.
func Status(status int) Fault {
	return Respond(status, "application/json", fmt.Sprintf(`{"message":%q,"status-code":%d}`, http.StatusText(status), status))
}

// NotFoundXML answers 404 as Bamboo does when JSON was not asked for.
func NotFoundXML() Fault {
	return Respond(http.StatusNotFound, "application/xml", `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>`+
		`<status><status-code>404</status-code><message>null for uri</message></status>`)
}

// BadGateway answers 502 as a proxy does before a Bamboo that is too slow.
func BadGateway() Fault {
	return Respond(http.StatusBadGateway, "text/html", `<!DOCTYPE HTML><html><head><title>502 Server Error</title></head>`+
		`<body><p>The server has timed out</p></body></html>`)
}

// LoginPage answers 200 with a login page.
func LoginPage() Fault {
	return Respond(http.StatusOK, "text/html;charset=UTF-8", `<!DOCTYPE html><html><head><title>Log in</title></head><body><form></form></body></html>`)
}

// Limited answers with 429 or 503 and the given headers, name and value in turn.
func Limited(status int, headers ...string) Fault {
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i+1 < len(headers); i += 2 {
				w.Header().Set(headers[i], headers[i+1])
			}
			w.WriteHeader(status)
		})
	}
}

// Redirect answers 302 to a location.
func Redirect(location string) Fault { return Limited(http.StatusFound, "Location", location) }

// After lets n requests through before the fault begins.
func After(n int, f Fault) Fault {
	var met atomic.Int64
	return func(next http.Handler) http.Handler {
		if met.Add(1) <= int64(n) {
			return next
		}
		return f(next)
	}
}

// Echo answers with a status and the request's headers, as debugging proxies do.
func Echo(status int) Fault {
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			w.WriteHeader(status)
			r.Header.Write(w)
		})
	}
}

// Silent accepts the request and does not answer before the client goes away.
func Silent() Fault {
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	}
}

// Drip sends the answer a byte at a time, with a pause before each.
func Drip(pause time.Duration) Fault {
	return spoil(func(w http.ResponseWriter, r *http.Request, body []byte) {
		for i := range body {
			select {
			case <-r.Context().Done():
				return
			case <-time.After(pause):
			}
			w.Write(body[i : i+1])
			http.NewResponseController(w).Flush()
		}
	})
}

// Truncate promises the whole answer and ends the connection after n bytes of it.
func Truncate(n int) Fault {
	return spoil(func(w http.ResponseWriter, _ *http.Request, body []byte) {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.Write(body[:min(n, len(body))])
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})
}

// Reset sends n bytes of the answer and then a TCP reset. It needs HTTP/1.
func Reset(n int) Fault {
	return spoil(func(w http.ResponseWriter, _ *http.Request, body []byte) {
		conn, buffer, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		defer conn.Close()
		if n > 0 {
			fmt.Fprintf(buffer, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", len(body))
			buffer.Write(body[:min(n, len(body))])
			buffer.Flush()
		}
		if tcp, ok := conn.(*net.TCPConn); ok {
			tcp.SetLinger(0)
		}
	})
}

// Replace answers with 200 and what f makes of the JSON.
func Replace(f func(body []byte) []byte) Fault {
	return spoil(func(w http.ResponseWriter, _ *http.Request, body []byte) { w.Write(f(body)) })
}

// GzipBomb answers with a small body that inflates to n bytes of white space.
func GzipBomb(n int) Fault {
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			defer z.Close()
			chunk := bytes.Repeat([]byte(" "), 64<<10)
			for left := n; left > 0; left -= len(chunk) {
				if _, err := z.Write(chunk[:min(left, len(chunk))]); err != nil {
					return
				}
			}
		})
	}
}

// spoil lets next answer into memory and f send something made of it.
func spoil(f func(w http.ResponseWriter, r *http.Request, body []byte)) Fault {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			kept := &recorder{header: w.Header()}
			next.ServeHTTP(kept, r)
			f(w, r, kept.body.Bytes())
		})
	}
}

// recorder keeps a body; the status is not needed by what spoils it.
type recorder struct {
	header http.Header
	body   bytes.Buffer
}

func (k *recorder) Header() http.Header         { return k.header }
func (k *recorder) Write(p []byte) (int, error) { return k.body.Write(p) }
func (k *recorder) WriteHeader(int)             {}

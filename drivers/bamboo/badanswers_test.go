package bamboo

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/bamboo/bambootest"
)

// changed lets the server answer into memory, and f send something made of it.
func changed(f func(w http.ResponseWriter, r *http.Request, body []byte)) bambootest.Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
		answer := httptest.NewRecorder()
		next(answer, r)
		w.Header().Set("Content-Type", answer.Header().Get("Content-Type"))
		f(w, r, answer.Body.Bytes())
	}
}

// replace answers with 200 and what f makes of the JSON.
func replace(f func(body []byte) []byte) bambootest.Fault {
	return changed(func(w http.ResponseWriter, _ *http.Request, body []byte) { w.Write(f(body)) })
}

// rewrite answers with a page whose results f changed.
func rewrite(f func(result map[string]any)) bambootest.Fault {
	return replace(func(body []byte) []byte {
		d := json.NewDecoder(bytes.NewReader(body))
		d.UseNumber()
		var page map[string]any
		if err := d.Decode(&page); err != nil {
			panic(err)
		}
		for _, result := range page["results"].([]any) {
			f(result.(map[string]any))
		}
		changed, err := json.Marshal(page)
		if err != nil {
			panic(err)
		}
		return changed
	})
}

// after lets n requests through before the fault begins.
func after(n int, f bambootest.Fault) bambootest.Fault {
	var requests atomic.Int64
	return func(w http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
		if requests.Add(1) <= int64(n) {
			next(w, r)
			return
		}
		f(w, r, next)
	}
}

// notFoundXML answers 404 as Bamboo does when JSON was not asked for.
func notFoundXML() bambootest.Fault {
	return bambootest.Respond(http.StatusNotFound, "application/xml", `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>`+
		`<status><status-code>404</status-code><message>null for uri</message></status>`)
}

// drip sends the answer a byte at a time, with a pause before each.
func drip(pause time.Duration) bambootest.Fault {
	return changed(func(w http.ResponseWriter, r *http.Request, body []byte) {
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

// truncate promises the whole answer and ends the connection after n bytes of it.
func truncate(n int) bambootest.Fault {
	return changed(func(w http.ResponseWriter, _ *http.Request, body []byte) {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.Write(body[:min(n, len(body))])
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})
}

// reset sends n bytes of the answer and then a TCP reset. It needs HTTP/1.
func reset(n int) bambootest.Fault {
	return changed(func(w http.ResponseWriter, _ *http.Request, body []byte) {
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

// gzipBomb answers with a small body that inflates to n bytes of white space.
func gzipBomb(n int) bambootest.Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.HandlerFunc) {
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
	}
}

package web_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

func TestHosts(t *testing.T) {
	w := newTestServer(t, nil)
	w.SetHosts([]string{"wall.example.com", "[fe80::1]", "10.0.0.7"})
	for host, want := range map[string]int{
		"127.0.0.1:8474":           200,
		"127.1.2.3":                200,
		"localhost":                200,
		"LOCALHOST:1":              200,
		"demo.localhost:8474":      200,
		"[::1]:8474":               200,
		"[::1]":                    200,
		"wall.example.com":         200,
		"Wall.Example.com:80":      200,
		"wall.example.com.":        200,
		"[fe80::1]:8474":           200,
		"10.0.0.7:8474":            200,
		"10.0.0.8:8474":            421,
		"evil.example.com":         421,
		"wall.example.com.evil.de": 421,
		"evil.wall.example.com":    421,
		"xlocalhost":               421,
		"localhost.evil.de":        421,
		"127.0.0.1.evil.de":        421,
		"0.0.0.0":                  421,
		"wall.example.com:":        421,
	} {
		if resp, _ := w.get(t, "/healthz", "Host", host); resp.StatusCode != want {
			t.Errorf("Host: %s: got %d, want %d", host, resp.StatusCode, want)
		}
	}
	w.SetHosts(nil)
	if resp, _ := w.get(t, "/healthz", "Host", "wall.example.com"); resp.StatusCode != 421 {
		t.Errorf("after a reload: got %d, want 421", resp.StatusCode)
	}
}

func TestRefusals(t *testing.T) {
	w := newTestServer(t, nil)
	for _, c := range []struct {
		name, method, path string
		body               string
		want               int
	}{
		{name: "head", method: "HEAD", path: "/", want: 200},
		{name: "post", method: "POST", path: "/", want: 405},
		{name: "post to the gate", method: "POST", path: "/api/v1/gate", want: 405},
		{name: "put", method: "PUT", path: "/", want: 405},
		{name: "delete", method: "DELETE", path: "/api/v1/streak", want: 405},
		{name: "options", method: "OPTIONS", path: "/", want: 405},
		{name: "trace", method: "TRACE", path: "/", want: 405},
		{name: "method of another protocol", method: "PROPFIND", path: "/", want: 405},
		{name: "body", method: "GET", path: "/", body: "x", want: 413},
		{name: "long path", method: "GET", path: "/" + strings.Repeat("x", 2000), want: 414},
		{name: "long query", method: "GET", path: "/api/v1/gate?environment=" + strings.Repeat("x", 2000), want: 414},
		{name: "another path", method: "GET", path: "/etc/passwd", want: 404},
		{name: "climbing", method: "GET", path: "/..%2f..%2fetc/passwd", want: 404},
		{name: "misspelt parameter", method: "GET", path: "/api/v1/deployments?enviroment=x", want: 400},
		{name: "parameter twice", method: "GET", path: "/api/v1/explain?rule=a&rule=b", want: 400},
		{name: "no limit", method: "GET", path: "/api/v1/deployments?limit=0", want: 400},
		{name: "limit beyond", method: "GET", path: "/api/v1/deployments?limit=501", want: 400},
		{name: "broken escape", method: "GET", path: "/api/v1/gate?environment=%zz", want: 400},
		{name: "nothing known", method: "GET", path: "/api/v1/streak", want: 503},
		{name: "no calendar yet", method: "GET", path: "/calendar.svg", want: 503},
	} {
		var body io.Reader
		if c.body != "" {
			body = strings.NewReader(c.body)
		}
		resp, text := w.do(t, c.method, c.path, body)
		if resp.StatusCode != c.want {
			t.Errorf("%s: got %s, want %d\n%.200s", c.name, resp.Status, c.want, text)
		}
		if c.want == 405 && resp.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: got Allow %q", c.name, resp.Header.Get("Allow"))
		}
		if got := resp.Header.Get("Content-Security-Policy"); !strings.Contains(got, "default-src 'none'; script-src 'self'") || strings.Contains(got, "unsafe") {
			t.Errorf("%s: got Content-Security-Policy %q", c.name, got)
		}
		if resp.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: the type may be guessed", c.name)
		}
	}
}

// TestAsterisk asks for what net/http would answer itself.
func TestAsterisk(t *testing.T) {
	w := newTestServer(t, nil)
	c, err := net.Dial("tcp", w.display.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "OPTIONS * HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
	if answer, err := io.ReadAll(c); err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 421 ") {
		t.Errorf("got %.100q, %v, want 421", answer, err)
	}
}

// TestHugeURL has net/http refuse a header before it is read whole; the rest of it may
// meet a closed connection.
func TestHugeURL(t *testing.T) {
	w := newTestServer(t, nil)
	c, err := net.Dial("tcp", w.display.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	go fmt.Fprintf(c, "GET /?%s HTTP/1.1\r\nHost: localhost\r\n\r\n", strings.Repeat("x", 10<<20))
	answer, err := io.ReadAll(c)
	if text := string(answer); text != "" && !strings.HasPrefix(text, "HTTP/1.1 431 ") || text == "" && err == nil {
		t.Errorf("got %.100q, %v, want 431 or a reset", text, err)
	}
	w.show(t, "1", 1)
	if resp, _ := w.get(t, "/"); resp.StatusCode != http.StatusOK {
		t.Errorf("then: got %s", resp.Status)
	}
}

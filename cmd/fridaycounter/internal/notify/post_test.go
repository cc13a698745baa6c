package notify

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source/rest"
	"github.com/fridaycounter/fridaycounter/engine/facts"
	"github.com/fridaycounter/fridaycounter/schema"
)

// answering returns a server that answers each request by f, and counts them.
func answering(t *testing.T, f http.HandlerFunc) (address string, asked *int) {
	asked = new(int)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { *asked++; f(w, r) }))
	t.Cleanup(server.Close)
	return server.URL + "/services/T0/B0/verysecret?key=hidden", asked
}

// No error has anything of the URL, whatever a server does with it.
func TestPostErrors(t *testing.T) {
	elsewhere, followed := answering(t, func(http.ResponseWriter, *http.Request) {})
	echo, _ := answering(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		io.WriteString(w, r.URL.String())
	})
	redirect, _ := answering(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere, http.StatusPermanentRedirect)
	})
	endless, _ := answering(t, func(w http.ResponseWriter, r *http.Request) {
		for {
			if _, err := io.WriteString(w, strings.Repeat(r.URL.String(), 100)); err != nil {
				return
			}
		}
	})
	header, _ := answering(t, func(w http.ResponseWriter, r *http.Request) { w.Header().Set("X", strings.Repeat("x", 100_000)) })
	tlsServer := httptest.NewTLSServer(http.NotFoundHandler())
	defer tlsServer.Close()
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	for _, c := range []struct{ name, url, want string }{
		{"echoes the URL", echo, "it answers 403 Forbidden"},
		{"redirects", redirect, "it answers 308 Permanent Redirect, and redirects are not followed"},
		{"answers without end", endless, ""},
		{"a long header", header, "no answer: net/http: HTTP/1.x transport connection broken: net/http: server response headers exceeded 65536 bytes; aborted"},
		{"no HTTP", rude(t), "no answer: net/http: HTTP/1.x transport connection broken: malformed HTTP status code"},
		{"a certificate of nobody", tlsServer.URL + "/verysecret", "no answer: tls: failed to verify certificate: x509: certificate signed by unknown authority"},
		{"away", closed.URL + "/verysecret", "no answer: dial tcp its host"},
		{"http elsewhere", "http://192.0.2.7/verysecret", "the URL is not encrypted: want https://, and http:// only to this machine"},
		{"no URL", "verysecret", "the secret is not a URL that begins with https://"},
		{"half of one", "https://verysecret%zz/", "the secret is not a URL that begins with https://"},
		{"another scheme", "ftp://host/verysecret", "the secret is not a URL that begins with https://"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := post(t.Context(), rest.PostTransport(nil), c.url, `{"text":"x"}`)
			got := ""
			if err != nil {
				got = err.Error()
			}
			if !strings.HasPrefix(got, c.want) || c.want == "" && got != "" {
				t.Errorf("got %q, want %q", got, c.want)
			}
			u, _ := url.Parse(c.url)
			for _, secret := range []string{"verysecret", "hidden", "T0/B0"} {
				if strings.Contains(got, secret) {
					t.Errorf("%s is in %q", secret, got)
				}
			}
			if u != nil && u.Host != "" && strings.Contains(got, u.Hostname()) {
				t.Errorf("the host is in %q", got)
			}
		})
	}
	if *followed != 0 {
		t.Error("the redirect was followed")
	}
}

// A receiver can ask to be left alone, for an hour at most.
func TestRetryAfter(t *testing.T) {
	after := ""
	address, _ := answering(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", after)
		w.WriteHeader(http.StatusTooManyRequests)
	})
	for text, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, "-7": 0, "999999999999": time.Hour, "Fri, 13 Mar 2026 09:00:00 GMT": 0, "99999999999999999999999": time.Hour,
	} {
		after = text
		if got, err := post(t.Context(), rest.PostTransport(nil), address, `{}`); got != want || err == nil {
			t.Errorf("%q: got %v, %v, want %v", text, got, err, want)
		}
	}
}

// rude is a server that answers with what it was asked.
func rude(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		line, _ := bufio.NewReader(conn).ReadString('\n')
		fmt.Fprintf(conn, "HTTP/1.1 %s\r\n\r\n", strings.TrimSpace(line))
	}()
	return "http://" + l.Addr().String() + "/services/T0/B0/verysecret"
}

// What is sent, as testdata has it. Names that mention people or make links are harmless, and without
// detail nothing leads to the CI server.
func TestBody(t *testing.T) {
	w := newWorld(t)
	w.now = at("13 09:30")
	w.deploy("1", "06 09:00", "06 09:10")
	d := w.deploy("2", "13 09:30", "13 09:40")
	d.Version, d.URL = "<!channel> @all", "https://ci.example.com/2"
	w.because = map[string][]facts.Reason{"no-friday": {{Kind: "poll", Source: "ci", Text: "GET https://ci.example.com: 502"}}}
	var b strings.Builder
	for _, c := range []struct {
		kind   string
		detail bool
		now    string
	}{{breach, false, "13 10:00"}, {breach, true, "13 10:00"}, {record, false, "13 10:00"}, {stale, false, "13 10:00"}, {window, false, "19 23:30"}} {
		w.now = at(c.now)
		w.config.Display.Web = &schema.Web{Detail: c.detail}
		text, err := body(w.status(), event{kind: c.kind, rule: "no-friday", id: "1234"})
		if err != nil {
			t.Fatal(err)
		}
		var fields map[string]any
		if err := json.Unmarshal([]byte(text), &fields); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s detail %v: %s\n", c.kind, c.detail, fields["text"])
		if leaks := strings.Contains(text, "ci.example.com"); leaks != c.detail {
			t.Errorf("%s, detail %v: the CI server is in %s", c.kind, c.detail, text)
		}
		if c.kind == breach && !c.detail {
			indented, err := json.MarshalIndent(fields, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&b, "%s\n", indented)
		}
	}
	golden(t, "body.txt", b.String())
}

// A workflow of Teams gets a card beside the facts; other receivers do not.
func TestForHost(t *testing.T) {
	const plain = `{"text":"a \"quoted\" text","event":"breach"}`
	const withCard = `{"text":"a \"quoted\" text","event":"breach","type":"message","attachments":[{"contentType":"application/vnd.microsoft.card.adaptive",` +
		`"content":{"$schema":"http://adaptivecards.io/schemas/adaptive-card.json","type":"AdaptiveCard","version":"1.4",` +
		`"body":[{"type":"TextBlock","text":"a \"quoted\" text","wrap":true}]}}]}`
	for host, want := range map[string]string{
		"hooks.slack.com": plain, "mattermost.example.com": plain, "logic.azure.com.example.com": plain,
		"prod-12.westeurope.logic.azure.com":        withCard,
		"ab12.cd.environment.API.powerplatform.com": withCard,
	} {
		if got, err := forHost(host, plain); got != want || err != nil {
			t.Errorf("%s: got %s, %v, want %s", host, got, err, want)
		}
	}
}

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares a text with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || string(want) != got {
		t.Errorf("%s: %v, got\n%s", path, err, got)
	}
}

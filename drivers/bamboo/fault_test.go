package bamboo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/bamboo/bambootest"
)

// Every bad answer is an error that names status, URL and first bytes, and
// leaves the environment out of the answer.
func TestBadAnswers(t *testing.T) {
	replace := func(from, to string) bambootest.Fault {
		return bambootest.Replace(func(body []byte) []byte { return []byte(strings.ReplaceAll(string(body), from, to)) })
	}
	for _, test := range []struct {
		name  string
		fault bambootest.Fault
		want  string // after "bamboo: GET URL: "
	}{
		{"500", bambootest.Status(500), `500 Internal Server Error: "{\"message\":\"Internal Server Error\",\"status-code\":500}"`},
		{"400 recorded", bambootest.Respond(400, "application/json", `{"message":"Build requested","status-code":400}`),
			`400 Bad Request: "{\"message\":\"Build requested\",\"status-code\":400}"`},
		{"502", bambootest.BadGateway(),
			`502 Bad Gateway: "<!DOCTYPE HTML><html><head><title>502 Server Error</title></head><body><p>The server has timed out</p></body></html>"`},
		{"503 without Retry-After", bambootest.Respond(503, "text/plain", "starting"), `503 Service Unavailable: "starting"`},
		{"long body", bambootest.Respond(500, "text/plain", strings.Repeat("ab\n\t ", 1000)),
			`500 Internal Server Error: "` + strings.TrimSpace(strings.Repeat("ab ", 67))[:200] + `"`},
		{"control characters", bambootest.Respond(500, "text/plain", "\x1b[31mred\x00\xff"), `500 Internal Server Error: "\x1b[31mred\x00?"`},
		{"no content", bambootest.Respond(204, "application/json", ""), `204 No Content`},
		{"strange status", bambootest.Respond(299, "application/json", "{}"), `299: "{}"`},
		{"login page", bambootest.LoginPage(),
			`200 OK: the answer is not JSON (a login page or a proxy?): "<!DOCTYPE html><html><head><title>Log in</title></head><body><form></form></body></html>"`},
		{"no content type", bambootest.Respond(200, "", "{}"), `200 OK: the answer is not JSON (a login page or a proxy?): "{}"`},
		{"XML", bambootest.Respond(200, "application/xml", "<results/>"), `200 OK: the answer is not JSON (a login page or a proxy?): "<results/>"`},
		{"empty body", bambootest.Respond(200, "application/json", ""),
			`200 OK: the answer is not what Bamboo gives: unexpected end of JSON input`},
		{"garbage", bambootest.Respond(200, "application/json", "?!"),
			`200 OK: the answer is not what Bamboo gives: invalid character '?' looking for beginning of value: "?!"`},
		{"array", bambootest.Respond(200, "application/json", "[]"),
			`200 OK: the answer is not what Bamboo gives: json: cannot unmarshal array into Go value of type bamboo.wirePage: "[]"`},
		{"two values", bambootest.Respond(200, "application/json", `{"results":[]}{}`),
			`200 OK: the answer is not what Bamboo gives: invalid character '{' after top-level value: "{\"results\":[]}{}"`},
		{"no results", bambootest.Respond(200, "application/json", `{"message":"hello"}`), `200 OK: the answer has no results`},
		{"null results", bambootest.Respond(200, "application/json", `{"results":null}`), `200 OK: the answer has no results`},
		{"id is a word", replace(`"id":1002,`, `"id":"x",`), `200 OK: the answer is not what Bamboo gives: "\"x\"" is not an id`},
		{"id beyond 64 bits", replace(`"id":1002,`, `"id":9223372036854775808,`),
			`200 OK: the answer is not what Bamboo gives: "9223372036854775808" is not an id`},
		{"gzip bomb", bambootest.GzipBomb(64 << 20), `200 OK: the answer is larger than 8 MiB`},
	} {
		s := one(history(3))
		url := start(t, s)
		s.Inject("results", 1, test.fault)
		c := newClient(t, Opts{URL: url, Timeout: 10 * time.Second})
		a, err := c.Poll(context.Background(), nil, noon, nil)
		var failed *EnvironmentError
		var status *StatusError
		if !errors.As(err, &failed) || !errors.As(err, &status) {
			t.Errorf("%s: got %v, want a *StatusError in an *EnvironmentError", test.name, err)
			continue
		}
		want := fmt.Sprintf(`environment "Production" (7): bamboo: GET %s%s: %s`, url, listPath, test.want)
		got := err.Error()
		if test.name == "id is a word" || test.name == "id beyond 64 bits" {
			got, _, _ = strings.Cut(got, `: "{`) // the excerpt is long
		}
		if got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", test.name, got, want)
		}
		if len(a.Environments)+len(a.Deployments) > 0 {
			t.Errorf("%s: got facts beside the error: %+v", test.name, a)
		}
		// The next poll is well again.
		if a := ask(t, c, newMemory(), noon); len(a.Deployments) != 3 {
			t.Errorf("%s: got %d deployments afterwards, want 3", test.name, len(a.Deployments))
		}
	}
}

// An answer cut at any byte is an error, never a shorter list.
func TestTruncatedAnywhere(t *testing.T) {
	s := one(history(1))
	c := client(t, s)
	ask(t, c, newMemory(), noon)
	length := 0
	s.Inject("results", 1, bambootest.Replace(func(body []byte) []byte { length = len(body); return body }))
	ask(t, c, newMemory(), noon)
	for n := 1; n < length; n += 7 {
		s.Heal()
		fault := bambootest.Truncate(n)
		if n%2 == 0 {
			fault = bambootest.Reset(n)
		}
		s.Inject("results", 1, fault)
		a, err := c.Poll(context.Background(), nil, noon, nil)
		var status *StatusError
		if !errors.As(err, &status) || len(a.Environments) > 0 {
			t.Fatalf("after %d of %d bytes: got %d environments, %v", n, length, len(a.Environments), err)
		}
	}
}

func TestTimeout(t *testing.T) {
	for name, fault := range map[string]bambootest.Fault{
		"never answers": bambootest.Silent(), "drips": bambootest.Drip(20 * time.Millisecond),
	} {
		s := one(history(10))
		s.Inject("results", 1, fault)
		c := newClient(t, Opts{URL: start(t, s), Timeout: 100 * time.Millisecond})
		_, err := c.Poll(context.Background(), nil, noon, nil)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: got %v, want a timeout", name, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	c := client(t, one(history(1)))
	if _, err := c.Poll(ctx, nil, noon, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want canceled", err)
	}
}

func TestRedirect(t *testing.T) {
	for location, want := range map[string]string{
		"https://other.example.com/bamboo/rest/api/latest/deploy/project/all?os_authType=basic": `302 Found to https://other.example.com/bamboo/rest/api/latest/deploy/project/all: not followed: if that is right, set url to "https://other.example.com/bamboo"`,
		"https://other.example.com/userlogin.action?os_destination=%2Frest":                     `302 Found to https://other.example.com/userlogin.action: not followed`,
		"https://wall:hunter2@other.example.com/#hunter2":                                       `302 Found to https://other.example.com/: not followed`,
		"/login":      `302 Found to BASE/login: not followed`,
		"http://[::1": `302 Found to an address that is not valid: not followed`,
	} {
		s := one(history(1))
		url := start(t, s)
		s.Inject("project/all", 1, bambootest.Redirect(location))
		c := newClient(t, Opts{URL: url, Credential: func() (Credential, error) { return Token("token"), nil }})
		_, err := c.Poll(context.Background(), nil, noon, nil)
		var redirect *RedirectError
		if !errors.As(err, &redirect) {
			t.Errorf("%s: got %v, want a *RedirectError", location, err)
			continue
		}
		want = "bamboo: GET " + url + "/rest/api/latest/deploy/project/all: " + strings.ReplaceAll(want, "BASE", url)
		if got := err.Error(); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", location, got, want)
		}
		if got, want := s.Total(), 1; got != want {
			t.Errorf("%s: got %d requests, want %d", location, got, want)
		}
	}
}

func TestRateLimit(t *testing.T) {
	for _, test := range []struct {
		status  int
		headers string // name and value in turn, by |
		want    time.Duration
	}{
		{429, "", 0},
		{429, "Retry-After|120", 2 * time.Minute},
		{429, "Retry-After| 7 ", 7 * time.Second},
		{429, "Retry-After|0", 0},
		{429, "Retry-After|-1", 0},
		{429, "Retry-After|soon", 0},
		{429, "Retry-After|3600", time.Hour},
		{429, "Retry-After|1000000000000", time.Hour},
		{429, "Retry-After|99999999999999999999999999", time.Hour},
		{429, "Retry-After|Fri, 20 Nov 2026 12:10:00 GMT", 10 * time.Minute},
		{429, "Retry-After|Fri, 20 Nov 2026 11:00:00 GMT", 0},
		{429, "Retry-After|Fri, 20 Nov 2037 11:00:00 GMT", time.Hour},
		// The server's clock, not ours, says how long a date is away.
		{429, "Retry-After|Fri, 20 Nov 2020 12:10:00 GMT|Date|Fri, 20 Nov 2020 12:05:00 GMT", 5 * time.Minute},
		{429, "X-RateLimit-Interval-Seconds|60", time.Minute},
		{429, "Retry-After|5|X-RateLimit-Interval-Seconds|60", 5 * time.Second},
		{503, "Retry-After|30", 30 * time.Second},
	} {
		s := one(history(1))
		s.Projects[0].Environments = append(s.Projects[0].Environments, bambootest.Environment{ID: 8, Name: "Staging"})
		headers := strings.Split("Date|Fri, 20 Nov 2026 12:00:00 GMT|"+test.headers, "|")
		s.Inject("results", -1, bambootest.Limited(test.status, headers...))
		c := client(t, s)
		_, err := c.Poll(context.Background(), nil, noon, nil)
		var limit *RateLimitError
		if !errors.As(err, &limit) {
			t.Errorf("%d %s: got %v, want a *RateLimitError", test.status, test.headers, err)
			continue
		}
		if limit.RetryAfter != test.want || limit.Status != test.status {
			t.Errorf("%d %s: got %d after %v, want %v", test.status, test.headers, limit.Status, limit.RetryAfter, test.want)
		}
		if got := s.Requests()["/rest/api/latest/deploy/environment/8/results"]; got != 0 {
			t.Errorf("%d %s: the next environment was asked all the same", test.status, test.headers)
		}
	}
}

func TestRequestHeaders(t *testing.T) {
	s := one(history(1))
	s.Username, s.Password = "wall", "secret"
	var seen []*http.Request
	c := newClient(t, Opts{URL: start(t, s), UserAgent: "fridaycounter/1.2",
		Credential: func() (Credential, error) { return Basic("wall", "secret"), nil },
		Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			seen = append(seen, r.Clone(context.Background()))
			return http.DefaultTransport.RoundTrip(r)
		})})
	ask(t, c, newMemory(), noon)
	for _, r := range seen {
		if r.Method != "GET" || r.Header.Get("Accept") != "application/json" || r.Header.Get("User-Agent") != "fridaycounter/1.2" ||
			r.URL.Query().Get("os_authType") != "basic" {
			t.Errorf("got %s %s %v", r.Method, r.URL, r.Header)
		}
	}
	q := seen[1].URL.Query()
	if q.Get("max-result") == "" || q.Get("max-result") != q.Get("max-results") || q.Get("start-index") != "0" {
		t.Errorf("got the query %v, want both names of the page's size", q)
	}
	// Only basic authentication takes os_authType.
	seen = nil
	s.Change(func(s *bambootest.Server) { s.Username, s.Token = "", "t" })
	c.opts.Credential = func() (Credential, error) { return Token("t"), nil }
	ask(t, c, newMemory(), noon)
	if got := seen[0].URL.RawQuery; strings.Contains(got, "os_authType") {
		t.Errorf("got %s with a token", got)
	}
}

func TestClockNote(t *testing.T) {
	s := one(history(1))
	c := client(t, s)
	for _, test := range []struct {
		off  time.Duration
		want string
	}{
		{0, ""}, {5 * time.Minute, ""}, {-5 * time.Minute, ""},
		{6 * time.Minute, "the server's clock is -6m0s off ours"}, {-24 * time.Hour, "the server's clock is 24h0m0s off ours"},
	} {
		a := ask(t, c, newMemory(), noon.Add(test.off))
		got := ""
		for _, n := range a.Notes {
			if n.Kind == NoteClock {
				got = n.Text
			}
		}
		if got != test.want {
			t.Errorf("%v: got %q, want %q", test.off, got, test.want)
		}
		if !a.ServerDate.Equal(noon) {
			t.Errorf("got the server's date %v, want %v", a.ServerDate, noon)
		}
	}
	s.Change(func(s *bambootest.Server) { s.NoDate = true })
	if a := ask(t, c, newMemory(), noon.Add(time.Hour)); !a.ServerDate.IsZero() || len(a.Notes) > 0 {
		t.Errorf("got %v, %v without a Date", a.ServerDate, a.Notes)
	}
}

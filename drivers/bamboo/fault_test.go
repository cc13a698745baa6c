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
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/drivers/source/rest"
)

// Every bad answer is an error that names status, URL, content type and length, and
// nothing of what the server sent.
func TestBadAnswers(t *testing.T) {
	for _, test := range []struct {
		name  string
		fault bambootest.Fault
		want  string // after "GET URL: "
	}{
		{"500", bambootest.Status(500), `500 Internal Server Error, application/json, 53 bytes`},
		{"502", bambootest.BadGateway(), `502 Bad Gateway, text/html, 77 bytes`},
		{"503 without Retry-After", bambootest.Respond(503, "text/plain", "starting"), `503 Service Unavailable, text/plain, 8 bytes`},
		{"a secret", bambootest.Respond(500, "text/plain; token=s3cret", "s3cret"), `500 Internal Server Error, text/plain, 6 bytes`},
		{"no content", bambootest.Respond(204, "application/json", ""), `204 No Content, application/json, 0 bytes`},
		{"strange status", bambootest.Respond(299, "application/json", "{}"), `299, application/json, 2 bytes`},
		{"login page", bambootest.LoginPage(), `200 OK, text/html, 49 bytes: the answer is not JSON (a login page or a proxy?)`},
		{"strange content type", bambootest.Respond(200, "s3cret; s3cret", "{}"), `200 OK, 2 bytes: the answer is not JSON (a login page or a proxy?)`},
		{"empty body", bambootest.Respond(200, "application/json", ""), `200 OK, application/json, 0 bytes: broken JSON at byte 0`},
		{"garbage", bambootest.Respond(200, "application/json", "?!"), `200 OK, application/json, 2 bytes: broken JSON at byte 1`},
		{"array", bambootest.Respond(200, "application/json", "[]"), `200 OK, application/json, 2 bytes: unexpected JSON: it is of type array`},
		{"results are a word", bambootest.Respond(200, "application/json", `{"results":"s3cret"}`),
			`200 OK, application/json, 20 bytes: unexpected JSON: not a list where one should be`},
		{"two values", bambootest.Respond(200, "application/json", `{"results":[]}{}`), `200 OK, application/json, 16 bytes: broken JSON at byte 15`},
		{"no results", bambootest.Respond(200, "application/json", `{"message":"hello"}`), `200 OK: the answer has no results`},
		{"null results", bambootest.Respond(200, "application/json", `{"results":null}`), `200 OK: the answer has no results`},
		{"gzip bomb", gzipBomb(64 << 20), `200 OK, application/json: the answer is larger than 8 MiB`},
	} {
		s := one(history(3))
		url := start(t, s)
		s.Inject("results", 1, test.fault)
		c := newClient(t, flat{URL: url, Timeout: 10 * time.Second})
		a, err := c.Poll(context.Background(), nil, noon)
		var failed *source.Error
		var status *rest.StatusError
		if !errors.As(err, &failed) || failed.EnvironmentID != "7" || !errors.As(err, &status) {
			t.Errorf("%s: got %v, want a *StatusError of environment 7", test.name, err)
			continue
		}
		if got, want := err.Error(), fmt.Sprintf(`environment "Production" (7): GET %s%s: %s`, url, listPath, test.want); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", test.name, got, want)
		}
		if len(whole(a))+len(a.Deployments) > 0 {
			t.Errorf("%s: got facts beside the error: %+v", test.name, a)
		}
		// The next poll is well again.
		m := newMemory()
		if ask(t, c, m, noon); m.results() != 3 {
			t.Errorf("%s: got %d deployments afterwards, want 3", test.name, m.results())
		}
	}
}

// An answer cut at any byte is an error, never a shorter list.
func TestTruncatedAnywhere(t *testing.T) {
	s := one(history(1))
	c := client(t, s)
	ask(t, c, newMemory(), noon)
	length := 0
	s.Inject("results", 1, replace(func(body []byte) []byte { length = len(body); return body }))
	ask(t, c, newMemory(), noon)
	for n := 1; n < length; n += 7 {
		s.Heal()
		fault := truncate(n)
		if n%2 == 0 {
			fault = reset(n)
		}
		s.Inject("results", 1, fault)
		a, err := c.Poll(context.Background(), nil, noon)
		var status *rest.StatusError
		if !errors.As(err, &status) || len(whole(a)) > 0 {
			t.Fatalf("after %d of %d bytes: got %d environments, %v", n, length, len(whole(a)), err)
		}
	}
}

func TestTimeout(t *testing.T) {
	for name, fault := range map[string]bambootest.Fault{
		"never answers": bambootest.Silent(), "drips": drip(20 * time.Millisecond),
	} {
		s := one(history(10))
		s.Inject("results", 1, fault)
		c := newClient(t, flat{URL: start(t, s), Timeout: 100 * time.Millisecond})
		_, err := c.Poll(context.Background(), nil, noon)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: got %v, want a timeout", name, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	c := client(t, one(history(1)))
	if _, err := c.Poll(ctx, nil, noon); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want canceled", err)
	}
}

func TestRedirect(t *testing.T) {
	for location, want := range map[string]string{
		"https://other.example.com/bamboo/rest/api/latest/deploy/project/all?os_authType=basic": `302 Found, 0 bytes: not followed, to https://other.example.com/bamboo/rest/api/latest/deploy/project/all: if that is right, set url to "https://other.example.com/bamboo"`,
		"https://other.example.com/userlogin.action?os_destination=%2Frest":                     `302 Found, 0 bytes: not followed, to https://other.example.com/userlogin.action`,
		"https://wall:hunter2@other.example.com/#hunter2":                                       `302 Found, 0 bytes: not followed, to https://other.example.com/`,
		"/login":      `302 Found, 0 bytes: not followed, to BASE/login`,
		"http://[::1": `302 Found, 0 bytes: not followed, to an address that is not valid`,
	} {
		s := one(history(1))
		url := start(t, s)
		s.Inject("project/all", 1, bambootest.Redirect(location))
		c := newClient(t, flat{URL: url, Credential: func() (rest.Credential, error) { return rest.Token("token"), nil }})
		_, err := c.Poll(context.Background(), nil, noon)
		var redirect *rest.StatusError
		if !errors.As(err, &redirect) {
			t.Errorf("%s: got %v, want a *rest.StatusError", location, err)
			continue
		}
		want = "GET " + url + "/rest/api/latest/deploy/project/all: " + strings.ReplaceAll(want, "BASE", url)
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
		_, err := c.Poll(context.Background(), nil, noon)
		var limit *rest.StatusError
		if !errors.As(err, &limit) {
			t.Errorf("%d %s: got %v, want a *rest.StatusError", test.status, test.headers, err)
			continue
		}
		if limit.RetryAfter != test.want || limit.Status != test.status || !limit.Limited {
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
	credential := rest.Basic("wall", "secret")
	c := newClient(t, flat{URL: start(t, s), UserAgent: "fridaycounter/1.2",
		Credential: func() (rest.Credential, error) { return credential, nil },
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
	credential = rest.Token("t")
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
		{6 * time.Minute, "the server's clock differs from this machine's by -6m0s"}, {-24 * time.Hour, "the server's clock differs from this machine's by 24h0m0s"},
	} {
		a := ask(t, c, newMemory(), noon.Add(test.off))
		got := ""
		for _, n := range a.Notes {
			if n.Topic == "clock" {
				got = n.Text
			}
		}
		if got != test.want {
			t.Errorf("%v: got %q, want %q", test.off, got, test.want)
		}
		if !a.Date.Equal(noon) {
			t.Errorf("got the server's date %v, want %v", a.Date, noon)
		}
	}
	s.Change(func(s *bambootest.Server) { s.NoDate = true })
	if a := ask(t, c, newMemory(), noon.Add(time.Hour)); !a.Date.IsZero() || len(a.Notes) > 0 {
		t.Errorf("got %v, %v without a Date", a.Date, a.Notes)
	}
}

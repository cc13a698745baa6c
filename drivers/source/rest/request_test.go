package rest

import (
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// ask opens a session of a server with a token, and sends one request.
func ask(t *testing.T, o Opts, q Request) (Response, error) {
	t.Helper()
	o.Credential = func() (Credential, error) { return Token("s3cr3t"), nil }
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.Open(noon)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	answer, err := s.Do(t.Context(), q)
	if err != nil && strings.Contains(err.Error(), "s3cr3t") {
		t.Errorf("the error tells the secret: %v", err)
	}
	return answer, err
}

// serve starts a server of JSON, and returns its address.
func serve(t *testing.T, handle http.HandlerFunc) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		handle(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// stranger starts a server that must not be asked, and returns its address.
func stranger(t *testing.T) string {
	var asked atomic.Int64
	address := serve(t, func(http.ResponseWriter, *http.Request) { asked.Add(1) })
	t.Cleanup(func() {
		if n := asked.Load(); n != 0 {
			t.Errorf("another server got %d requests", n)
		}
	})
	return address
}

// TestRedirects follows a redirect on the same scheme, host and port, where the source wants
// it, and no other.
func TestRedirects(t *testing.T) {
	other := stranger(t)
	port := other[strings.LastIndex(other, ":"):]
	for _, test := range []struct {
		location string // HERE is the server itself
		post     bool
		follow   bool
		want     string // of the error; "": it is followed
	}{
		{location: "/new?page=2", follow: true},
		{location: "HERE/new?page=2", follow: true},
		{location: "/new?page=2", follow: false, want: "302 Found, application/json, 0 bytes: not followed, to HERE/new"},
		{location: "/new?page=2", follow: true, post: true, want: "not followed"},
		{location: "/old", follow: true, want: "not followed"}, // in a circle
		{location: other + "/new?page=2", follow: true, want: "not followed, to " + other + "/new"},
		{location: "//127.0.0.1" + port + "/new?page=2", follow: true, want: "not followed"},
		{location: "https:HERE/new?page=2", follow: true, want: "not followed"}, // another scheme
		{location: "//user:password@HOST/new?page=2", follow: true, want: "not followed, to HERE/new"},
		{location: "http://[::1", follow: true, want: "not followed, to an address that is not valid"},
		{location: "", follow: true, want: "302 Found"},
	} {
		requests := 0
		var here string
		here = serve(t, func(w http.ResponseWriter, r *http.Request) {
			requests++
			if r.URL.Path == "/base/new" || r.URL.Path == "/new" {
				if got := r.Header.Get("Authorization"); got != "Bearer s3cr3t" || r.URL.RawQuery != "page=2" || r.Header.Get("If-None-Match") != `"e"` {
					t.Errorf("%q: got %s with %q", test.location, r.URL, r.Header)
				}
				io.WriteString(w, `"new"`)
				return
			}
			location := strings.NewReplacer("https:HERE", "https"+strings.TrimPrefix(here, "http"), "HERE", here, "HOST", strings.TrimPrefix(here, "http://")).Replace(test.location)
			if location != "" {
				w.Header().Set("Location", location)
			}
			w.WriteHeader(http.StatusFound)
		})
		q := Request{Path: "old", ETag: `"e"`}
		if test.post {
			q.Body = "query"
		}
		answer, err := ask(t, Opts{URL: here, FollowOnHost: test.follow}, q)
		if want := strings.ReplaceAll(test.want, "HERE", here); want == "" {
			if err != nil || string(answer.Body) != `"new"` {
				t.Errorf("%q: got %q, %v", test.location, answer.Body, err)
			}
		} else if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "password") || strings.Contains(err.Error(), "page=2") {
			t.Errorf("%q: got %v, want %q", test.location, err, want)
		}
		if requests > 1+maxRedirects {
			t.Errorf("%q: got %d requests", test.location, requests)
		}
	}
}

// TestLinkHeader finds the next page, on this server and below the base URL only.
func TestLinkHeader(t *testing.T) {
	for _, test := range []struct{ link, next, err string }{
		{"", "", ""},
		{`<HERE/base/list?page=2&per_page=100>; rel="next", <HERE/base/list?page=9>; rel="last"`, "list?page=2&per_page=100", ""},
		{`<HERE/base/list?page=1>; rel="prev", <HERE/base/list?page=3>; rel="next"`, "list?page=3", ""},
		{`<HERE/base/list?page=1>; rel="first"`, "", ""},
		{`</base/a%2Fb?cursor=x%3D>; rel=next`, "a%2Fb?cursor=x%3D", ""},
		{`<?page=2>; rel="next"`, "list?page=2", ""},
		{`<https://evil.example/base/list?page=2>; rel="next"`, "", "the Link header leads to another server, and is not followed"},
		{`<//evil.example/base/list?page=2>; rel="next"`, "", "leads to another server"},
		{`<HERE.evil.example/base/list?page=2>; rel="next"`, "", "leads to another server"},
		{`<HERE@evil.example/base/list?page=2>; rel="next"`, "", "leads to another server"},
		{`<HERE/other/list?page=2>; rel="next"`, "", "the Link header leads out of HERE/base/, and is not followed"},
		{`<http://[::1>; rel="next"`, "", "leads to another server"},
	} {
		var here string
		here = serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Link", strings.ReplaceAll(test.link, "HERE", here))
			io.WriteString(w, `[]`)
		})
		answer, err := ask(t, Opts{URL: here + "/base"}, Request{Path: "list"})
		if err == nil {
			err = answer.NextErr
		}
		if want := strings.ReplaceAll(test.err, "HERE", here); want == "" {
			if err != nil || answer.Next != test.next {
				t.Errorf("%s: got %q, %v, want %q", test.link, answer.Next, err, test.next)
			}
		} else if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", test.link, err, want)
		}
	}
}

// TestRefusedAnswers has a sentence for each way to be refused, which says what to do.
func TestRefusedAnswers(t *testing.T) {
	reset := http.Header{"X-Ratelimit-Remaining": {"0"}, "X-Ratelimit-Reset": {"1795176299"}, "Date": {noon.Format(http.TimeFormat)}}
	for _, test := range []struct {
		status int
		header http.Header
		want   string
		wait   time.Duration
	}{
		{401, nil, "401 Unauthorized; it is not sent again until it changes", 0},
		{403, nil, "403 Forbidden: the user may not view this, or has to solve a CAPTCHA in a browser; next try at ", 0},
		{403, reset, ": the rate limit is used up", 300 * time.Second},
		{403, http.Header{"Retry-After": {"60"}}, "ask again after 1m0s: the rate limit is used up", time.Minute},
		{404, nil, "404 Not Found", 0},
		{429, http.Header{"Retry-After": {"90"}}, "429 Too Many Requests, application/json, 0 bytes: ask again after 1m30s", 90 * time.Second},
		{429, http.Header{"Retry-After": {"999999"}}, "ask again after 1h0m0s", time.Hour},
		{429, nil, "429 Too Many Requests", 0},
		{503, http.Header{"Retry-After": {"5"}}, "ask again after 5s", 5 * time.Second},
		{500, nil, "500 Internal Server Error", 0},
		{204, nil, "204 No Content", 0},
	} {
		here := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			for name, values := range test.header {
				w.Header()[name] = values
			}
			w.WriteHeader(test.status)
		})
		_, err := ask(t, Opts{URL: here}, Request{Path: "list?token=s3cr3t"})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%d %v: got %v, want %q", test.status, test.header, err, test.want)
		}
		if got := Cause(err, "").RetryAfter.Round(10 * time.Second); got != test.wait.Round(10*time.Second) {
			t.Errorf("%d %v: asked again after %v, want %v", test.status, test.header, got, test.wait)
		}
	}
}

// TestOtherAnswers refuses what is not the JSON of an API, and what is too large or too slow.
func TestOtherAnswers(t *testing.T) {
	for name, test := range map[string]struct {
		handle http.HandlerFunc
		want   string
	}{
		"login page": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			io.WriteString(w, "<html>s3cr3t")
		}, "200 OK, text/html, 12 bytes: the answer is not JSON (a login page or a proxy?)"},
		"gzip bomb": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			for range 9 {
				z.Write(make([]byte, 1<<20))
			}
			z.Close()
		}, "the answer is larger than 8 MiB"},
		"header": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Filler", strings.Repeat("x", maxHeader+1))
		}, "exceeded"},
		"slow": {func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "[")
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}, "the answer broke off"},
		"silent": {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "no whole answer within 100ms"},
		"cut": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, "[")
		}, "the answer broke off"},
		"not modified, which nobody asked for": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNotModified)
		}, "304 Not Modified"},
	} {
		timeout := time.Minute // of the others, on a machine that is busy
		if name == "slow" || name == "silent" {
			timeout = 100 * time.Millisecond
		}
		_, err := ask(t, Opts{URL: serve(t, test.handle), Timeout: timeout}, Request{Path: "list"})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
	}
}

// TestETag asks whether something changed, and POSTs what is not idempotent by its body.
func TestETag(t *testing.T) {
	here := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.Method == http.MethodPost && string(body) != `{"query":"{}"}` {
			t.Errorf("got the body %q", body)
		}
		w.Header().Set("ETag", `W/"1"`)
		if r.Header.Get("If-None-Match") == `W/"1"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		io.WriteString(w, `{}`)
	})
	for _, q := range []Request{{Path: "list"}, {Path: "list", Body: map[string]string{"query": "{}"}}} {
		if answer, err := ask(t, Opts{URL: here}, q); err != nil || string(answer.Body) != `{}` || answer.ETag != `W/"1"` {
			t.Errorf("%v: got %q, ETag %q, %v", q, answer.Body, answer.ETag, err)
		}
	}
	answer, err := ask(t, Opts{URL: here}, Request{Path: "list", ETag: `W/"1"`})
	if err != nil || answer.Body != nil || answer.ETag != `W/"1"` {
		t.Errorf("unchanged: got %q, ETag %q, %v", answer.Body, answer.ETag, err)
	}
}

// TestLockoutOfOneServer refuses a login at one server. The same token at another is not
// touched, and a new session of the first sends nothing.
func TestLockoutOfOneServer(t *testing.T) {
	lockouts := new(Lockouts)
	requests := 0
	refusing := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		requests++
		w.WriteHeader(http.StatusUnauthorized)
	})
	good := serve(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `[]`) })
	open := func(address string) (Response, error) {
		c, err := New(Opts{URL: address, Lockouts: lockouts, Credential: func() (Credential, error) { return Token("s3cr3t"), nil }})
		if err != nil {
			t.Fatal(err)
		}
		s, err := c.Open(noon)
		if err != nil {
			return Response{}, err
		}
		defer s.Close()
		return s.Do(t.Context(), Request{Path: "list"})
	}
	for range 3 {
		if _, err := open(refusing); !IsStatus(err, http.StatusUnauthorized) {
			t.Errorf("got %v, want 401", err)
		}
		if _, err := open(good); err != nil {
			t.Errorf("another server: got %v", err)
		}
	}
	_, err := open(refusing)
	if refused, ok := errors.AsType[*LoginError](err); !ok || !refused.Locked || requests != 1 {
		t.Errorf("got %v after %d requests, want a locked login after 1", err, requests)
	}
}

// TestQueryIsEscaped sends a query as it is, and refuses one that is none.
func TestQueryIsEscaped(t *testing.T) {
	here := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if got, want := r.URL.Query(), (url.Values{"q": {"a b&c"}}); got.Get("q") != want.Get("q") || len(got) != 1 {
			t.Errorf("got the query %v, want %v", got, want)
		}
		io.WriteString(w, `[]`)
	})
	if _, err := ask(t, Opts{URL: here}, Request{Path: "a%2Fb?q=a+b%26c"}); err != nil {
		t.Error(err)
	}
	if _, err := ask(t, Opts{URL: here}, Request{Path: "list?q=%zz"}); err == nil || !strings.Contains(err.Error(), "the query of "+here+"/list") {
		t.Errorf("got %v", err)
	}
}

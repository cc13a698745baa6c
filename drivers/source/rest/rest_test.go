package rest

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// TestLoginHeaders looks at where a login is put.
func TestLoginHeaders(t *testing.T) {
	var got *http.Request
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r
		w.Header().Set("Content-Type", "application/vnd.x+json")
		w.Write([]byte(`{"a":1}`))
	}))
	defer server.Close()
	for _, test := range []struct {
		login       Credential
		tokenHeader string
		header      string
		want        string
		query       string
	}{
		{Credential{}, "", "Authorization", "", "x=1"},
		{Token("t"), "", "Authorization", "Bearer t", "x=1"},
		{Token("t"), "PRIVATE-TOKEN", "PRIVATE-TOKEN", "t", "x=1"},
		{Basic("u", "p"), "PRIVATE-TOKEN", "Authorization", "Basic dTpw", "auth=basic&x=1"},
	} {
		c, err := New(Opts{URL: server.URL + "/base/", TokenHeader: test.tokenHeader, BasicQuery: url.Values{"auth": {"basic"}},
			Credential: func() (Credential, error) { return test.login, nil }})
		if err != nil {
			t.Fatal(err)
		}
		s, err := c.Open(noon)
		if err != nil {
			t.Fatal(err)
		}
		var into struct{ A int }
		err = s.Get(t.Context(), "api/x", url.Values{"x": {"1"}}, &into)
		s.Close()
		if err != nil || into.A != 1 {
			t.Errorf("%v: got %v, %v", test.login, into, err)
		}
		if got.Header.Get(test.header) != test.want || got.URL.RawQuery != test.query || got.URL.Path != "/base/api/x" || got.Method != "GET" {
			t.Errorf("%v: got %s %s, %v", test.login, got.Method, got.URL, got.Header)
		}
	}
}

// TestSessionStopsAfter32MiB ends a session after 32 MiB of answers.
func TestSessionStopsAfter32MiB(t *testing.T) {
	body := []byte(`{"a":"` + strings.Repeat("x", maxBody-10) + `"}`)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Write(body)
	}))
	defer server.Close()
	c, err := New(Opts{URL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.Open(noon)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for i := range 6 {
		err := s.Get(t.Context(), "x", nil, &struct{}{})
		if (err != nil) != (i >= 4) || err != nil && !s.Over(t.Context()) {
			t.Errorf("request %d: got %v", i, err)
		}
	}
}

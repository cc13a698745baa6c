package bamboo

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/fridaycounter/fridaycounter/drivers/bamboo/bambootest"
)

// wall is a Bamboo with one environment behind a token.
func wall() *bambootest.Server {
	return &bambootest.Server{Token: "s3cret", ContextPath: "/ci", Projects: []bambootest.Project{
		{ID: 1, Name: "shop", Environments: []bambootest.Environment{{ID: 2, Name: "Production"}, {ID: 3, Name: "s3cret"}}},
	}}
}

func TestGreetSendsNoLogin(t *testing.T) {
	s := wall()
	c, err := New(Opts{URL: start(t, s), Credential: func() (Credential, error) { return Token("wrong"), nil }})
	if err != nil {
		t.Fatal(err)
	}
	info, date, err := c.Greet(t.Context())
	var refused *AuthError
	if err != nil && (!errors.As(err, &refused) || !refused.Anonymous) {
		t.Errorf("got %v and %v, want the version or that a login is wanted", info, err)
	}
	if date.IsZero() || s.Failures() != 0 {
		t.Errorf("got date %v and %d failed logins, want a date and none", date, s.Failures())
	}
}

func TestLook(t *testing.T) {
	s := wall()
	c, err := New(Opts{URL: start(t, s), Environments: patterns(t, "Production", "s3cret", "Staging"),
		Credential: func() (Credential, error) { return Token("s3cret"), nil }})
	if err != nil {
		t.Fatal(err)
	}
	found, err := c.Look(t.Context(), noon)
	var missing *MissingError
	if !errors.As(err, &missing) || len(found) != 2 {
		t.Fatalf("got %v and %v, want two environments and one missing", found, err)
	}
	for _, e := range found {
		if strings.Contains(e.Name, "s3cret") {
			t.Errorf("the name %q tells the secret", e.Name)
		}
	}
}

// TestLookHoldsRefusedLogin sends a wrong login once.
func TestLookHoldsRefusedLogin(t *testing.T) {
	s := wall()
	c, err := New(Opts{URL: start(t, s), Credential: func() (Credential, error) { return Token("wrong"), nil }})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		var refused *AuthError
		if _, err := c.Look(t.Context(), noon); !errors.As(err, &refused) || refused.Latched != (i > 0) {
			t.Errorf("look %d: got %v", i, err)
		}
	}
	if got := s.Failures(); got != 1 {
		t.Errorf("got %d failed logins, want 1", got)
	}
}

func TestProxyShowsNoPassword(t *testing.T) {
	t.Setenv("HTTPS_PROXY", "http://me:s3cret@proxy.example.com:3128")
	c, err := New(Opts{URL: "https://ci.example.com/ci"})
	if err != nil {
		t.Fatal(err)
	}
	proxy, err := c.Proxy()
	if err != nil || proxy != nil && (proxy.User != nil || strings.Contains(proxy.String(), "s3cret")) {
		t.Errorf("got %v and %v", proxy, err)
	}
	if got := c.Address().String(); got != "https://ci.example.com/ci/" {
		t.Errorf("got %s", got)
	}
}

func TestTLSIsTheClients(t *testing.T) {
	server := httptest.NewTLSServer(wall())
	t.Cleanup(server.Close)
	pool := server.Client().Transport
	c, err := New(Opts{URL: server.URL, Transport: pool})
	if err != nil {
		t.Fatal(err)
	}
	if got := c.TLS(); got == nil || got.RootCAs == nil {
		t.Errorf("got %v, want the roots of the transport", got)
	}
}

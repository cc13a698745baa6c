package bamboo

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/fridaycounter/fridaycounter/drivers/bamboo/bambootest"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/drivers/source/rest"
)

// wall is a Bamboo with one environment behind a token.
func wall() *bambootest.Server {
	return &bambootest.Server{Token: "s3cret", ContextPath: "/ci", Projects: []bambootest.Project{
		{ID: 1, Name: "shop", Environments: []bambootest.Environment{{ID: 2, Name: "Production"}, {ID: 3, Name: "s3cret"}}},
	}}
}

func TestInfoSendsNoLogin(t *testing.T) {
	s := wall()
	c := newClient(t, flat{URL: start(t, s), Credential: func() (rest.Credential, error) { return rest.Token("wrong"), nil }})
	info, date, err := c.Info(t.Context())
	var refused *rest.LoginError
	if err != nil && (!errors.As(err, &refused) || !refused.Anonymous) {
		t.Errorf("got %v and %v, want the version or that a login is wanted", info, err)
	}
	if date.IsZero() || s.Failures() != 0 {
		t.Errorf("got date %v and %d failed logins, want a date and none", date, s.Failures())
	}
}

func TestFindEnvironments(t *testing.T) {
	s := wall()
	c := newClient(t, flat{URL: start(t, s), Environments: patterns(t, "Production", "s3cret", "Staging"),
		Credential: func() (rest.Credential, error) { return rest.Token("s3cret"), nil }})
	found, err := c.Environments(t.Context(), noon)
	if source.KindOf(err) != source.Missing || len(found) != 1 {
		t.Fatalf("got %v and %v, want one environment and the others missing", found, err)
	}
	for _, e := range found {
		if strings.Contains(e.Name, "s3cret") {
			t.Errorf("the name %q tells the secret", e.Name)
		}
	}
}

// TestEnvironmentsSendsRefusedLoginOnce sends a wrong login once.
func TestEnvironmentsSendsRefusedLoginOnce(t *testing.T) {
	s := wall()
	c := newClient(t, flat{URL: start(t, s), Credential: func() (rest.Credential, error) { return rest.Token("wrong"), nil }})
	for i := range 3 {
		var refused *rest.LoginError
		if _, err := c.Environments(t.Context(), noon); !errors.As(err, &refused) || refused.Locked != (i > 0) {
			t.Errorf("look %d: got %v", i, err)
		}
	}
	if got := s.Failures(); got != 1 {
		t.Errorf("got %d failed logins, want 1", got)
	}
}

func TestProxyShowsNoPassword(t *testing.T) {
	t.Setenv("HTTPS_PROXY", "http://me:s3cret@proxy.example.com:3128")
	c := newClient(t, flat{URL: "https://ci.example.com/ci"})
	proxy, err := c.Proxy()
	if err != nil || proxy != nil && (proxy.User != nil || strings.Contains(proxy.String(), "s3cret")) {
		t.Errorf("got %v and %v", proxy, err)
	}
	if got := c.URL("/").String(); got != "https://ci.example.com/ci/" {
		t.Errorf("got %s", got)
	}
}

func TestTLSConfig(t *testing.T) {
	server := httptest.NewTLSServer(wall())
	t.Cleanup(server.Close)
	c := newClient(t, flat{URL: server.URL, Transport: server.Client().Transport})
	if got, err := c.TLS(); err != nil || got == nil || got.RootCAs == nil {
		t.Errorf("got %v, %v, want the roots of the transport", got, err)
	}
}

package bamboo

import (
	"context"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/bamboo/bambootest"
)

func TestBase(t *testing.T) {
	for _, test := range []struct {
		url      string
		insecure bool
		want     string // base, or "error: " and part of it
	}{
		{"https://bamboo.example.com", false, "https://bamboo.example.com"},
		{"https://bamboo.example.com/", false, "https://bamboo.example.com"},
		{"https://bamboo.example.com:8443/bamboo", false, "https://bamboo.example.com:8443/bamboo"},
		{"https://bamboo.example.com/ci/bamboo//", false, "https://bamboo.example.com/ci/bamboo"},
		{"https://bamboo.example.com/bamboo/rest/api/latest", false, "https://bamboo.example.com/bamboo"},
		{"https://bamboo.example.com/rest/api/latest/", false, "https://bamboo.example.com"},
		{"https://bamboo.example.com/rest/api/1.0", false, "https://bamboo.example.com"},
		{"https://bamboo.example.com/rest/api", false, "https://bamboo.example.com"},
		{"https://bamboo.example.com/a%20b", false, "https://bamboo.example.com/a%20b"},
		{"http://127.0.0.1:8085", false, "http://127.0.0.1:8085"},
		{"http://[::1]:8085/x", false, "http://[::1]:8085/x"},
		{"http://localhost:8085", false, "http://localhost:8085"},
		{"http://bamboo.example.com", true, "http://bamboo.example.com"},
		{"http://bamboo.example.com", false, "error: in clear text"},
		{"http://localhost.example.com", false, "error: in clear text"},
		{"https://user:hunter2@bamboo.example.com", false, "error: user info"},
		{"https://user:hun%zzter2@bamboo.example.com", false, "error: user info"},
		{"https://bamboo.example.com?os_password=hunter2", false, "error: query"},
		{"https://bamboo.example.com?", false, "error: query"},
		{"https://bamboo.example.com#x", false, "error: fragment"},
		{"bamboo.example.com", false, "error: want https://host"},
		{"ftp://bamboo.example.com", false, "error: want https://host"},
		{"https:bamboo.example.com", false, "error: want https://host"},
		{"https://", false, "error: want https://host"},
		{"", false, "error: want https://host"},
	} {
		c, err := New(Opts{URL: test.url, Insecure: test.insecure})
		if want, isError := strings.CutPrefix(test.want, "error: "); isError {
			if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%q: got error %v, want %q and no password", test.url, err, want)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", test.url, err)
			continue
		}
		if got := c.base.String(); got != test.want+"/" {
			t.Errorf("%q: got %s, want %s/", test.url, got, test.want)
		}
		if got, want := c.show("info"), test.want+"/rest/api/latest/info"; got != want {
			t.Errorf("%q: got %s, want %s", test.url, got, want)
		}
	}
}

func TestContextPath(t *testing.T) {
	s := one(history(3))
	s.ContextPath = "/ci/bamboo"
	url := start(t, s)
	for _, pasted := range []string{url, url + "/", url + "/rest/api/latest"} {
		c := newClient(t, Opts{URL: pasted, Environments: patterns(t, "Production")})
		a := ask(t, c, newMemory(), noon)
		if got, want := len(a.Deployments), 3; got != want {
			t.Errorf("%s: got %d deployments, want %d", pasted, got, want)
		}
		if got, want := a.Deployments[0].URL, url+"/deploy/viewDeploymentResult.action?deploymentResultId=1002"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestInfo(t *testing.T) {
	s := &bambootest.Server{Version: "9.6.3"}
	c := client(t, s)
	got, err := c.Info(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if want := (Info{Version: "9.6.3", State: "RUNNING"}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	// Later errors name the version.
	s.Inject("project/all", 1, bambootest.Status(500))
	_, err = c.Poll(context.Background(), nil, noon, nil)
	if err == nil || !strings.Contains(err.Error(), "500 Internal Server Error from Bamboo 9.6.3") {
		t.Errorf("got %v, want the version in it", err)
	}
	s.Inject("info", 1, bambootest.Respond(200, "application/json", "{}"))
	if _, err := c.Info(context.Background()); err == nil || !strings.Contains(err.Error(), "names no version") {
		t.Errorf("got %v", err)
	}
}

func TestPrivateCA(t *testing.T) {
	server := httptest.NewUnstartedServer(one(history(1)))
	server.Config.ErrorLog = quiet()
	server.StartTLS()
	defer server.Close()
	file := filepath.Join(t.TempDir(), "ca.pem")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(file, certificate, 0o600); err != nil {
		t.Fatal(err)
	}

	c := newClient(t, Opts{URL: server.URL, Environments: patterns(t, "Production"), CAFile: file})
	ask(t, c, newMemory(), noon)

	c = newClient(t, Opts{URL: server.URL, Environments: patterns(t, "Production")})
	_, err := c.Poll(context.Background(), nil, noon, nil)
	var unknown *tls.CertificateVerificationError
	if !errors.As(err, &unknown) || !strings.Contains(err.Error(), "a private CA needs ca_file") {
		t.Errorf("got %v, want an unknown authority and the way out", err)
	}

	if _, err := New(Opts{URL: server.URL, CAFile: file + ".none"}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want that there is no file", err)
	}
	if err := os.WriteFile(file, []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(Opts{URL: server.URL, CAFile: file}); err == nil || !strings.Contains(err.Error(), "holds no PEM certificate") {
		t.Errorf("got %v, want that it holds no certificate", err)
	}
}

// An expired certificate on a machine without a clock battery is mostly a wrong clock.
func TestExpiredCertificate(t *testing.T) {
	server := httptest.NewUnstartedServer(one(nil))
	server.Config.ErrorLog = quiet()
	server.StartTLS()
	defer server.Close()
	transport := server.Client().Transport.(*http.Transport).Clone()
	transport.TLSClientConfig.Time = func() time.Time { return time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC) }
	c := newClient(t, Opts{URL: server.URL, Transport: transport})
	if _, err := c.Poll(context.Background(), nil, noon, nil); err == nil || !strings.Contains(err.Error(), "is this machine's clock right?") {
		t.Errorf("got %v", err)
	}
}

// No goroutine, and so no connection, stays behind a poll, however it ends.
func TestNothingStaysBehind(t *testing.T) {
	s := one(history(60))
	url := start(t, s)
	before := runtime.NumGoroutine()
	for name, fault := range map[string]bambootest.Fault{
		"none":      nil,
		"500":       bambootest.Status(500),
		"truncated": bambootest.Truncate(100),
		"reset":     bambootest.Reset(10),
		"bomb":      bambootest.GzipBomb(64 << 20),
		"silent":    bambootest.Silent(),
		"drip":      bambootest.Drip(10 * time.Millisecond),
	} {
		s.Heal()
		if fault != nil {
			s.Inject("results", -1, fault)
		}
		o := Opts{URL: url}
		if fault != nil {
			o.Timeout = 200 * time.Millisecond
		}
		c := newClient(t, o)
		_, err := c.Poll(context.Background(), nil, noon, nil)
		if (err == nil) != (fault == nil) {
			t.Errorf("%s: got error %v", name, err)
		}
	}
	for range 1000 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines before, %d after", before, runtime.NumGoroutine())
}

func TestNoServer(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + listener.Addr().String()
	listener.Close()
	c := newClient(t, Opts{URL: url, Environments: patterns(t, "7")})
	_, err = c.Poll(context.Background(), nil, noon, nil)
	var op *net.OpError
	if !errors.As(err, &op) {
		t.Errorf("got %v, want a network error", err)
	}
	if got, want := err.Error(), "bamboo: GET "+url+"/rest/api/latest/deploy/environment/7: dial tcp"; !strings.HasPrefix(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
}

// The server that stops answering is not asked for the other environments, each
// with its own timeout; one that breaks only one answer is.
func TestGivesUpEarly(t *testing.T) {
	s := one(history(1))
	for id := int64(8); id < 12; id++ {
		s.Projects[0].Environments = append(s.Projects[0].Environments, bambootest.Environment{ID: id, Name: "Z", Results: history(1)})
	}
	c := client(t, s)
	s.Inject("7/results", 2, bambootest.Reset(0)) // net/http tries once more on a kept connection
	s.Inject("8/results", 1, bambootest.Truncate(20))
	a, err := c.Poll(context.Background(), nil, noon, nil)
	if err == nil || !strings.Contains(err.Error(), "4 more environments were not asked") || len(a.Environments) != 0 {
		t.Errorf("got %d environments, %v", len(a.Environments), err)
	}
	a, err = c.Poll(context.Background(), nil, noon, nil)
	var failed *EnvironmentError
	if !errors.As(err, &failed) || failed.ID != "8" || len(a.Environments) != 4 {
		t.Errorf("got %d environments, %v", len(a.Environments), err)
	}
}

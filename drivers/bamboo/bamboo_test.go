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
	"syscall"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/bamboo/bambootest"
	"github.com/fridaycounter/fridaycounter/drivers/source"
)

func TestBaseURL(t *testing.T) {
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
		c, err := New(flat{URL: test.url, Insecure: test.insecure}.opts())
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
		if got := c.URL("/").String(); got != test.want+"/" {
			t.Errorf("%q: got %s, want %s/", test.url, got, test.want)
		}
	}
}

func TestContextPath(t *testing.T) {
	s := one(history(3))
	s.ContextPath = "/ci/bamboo"
	url := start(t, s)
	for _, pasted := range []string{url, url + "/", url + "/rest/api/latest"} {
		c := newClient(t, flat{URL: pasted, Environments: patterns(t, "Production")})
		m := newMemory()
		a := ask(t, c, m, noon)
		if got, want := m.results(), 3; got != want {
			t.Errorf("%s: got %d deployments, want %d", pasted, got, want)
		}
		if got, want := a.Deployments[0].URL, url+"/deploy/viewDeploymentResult.action?deploymentResultId=1002"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
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

	c := newClient(t, flat{URL: server.URL, Environments: patterns(t, "Production"), CAFile: file})
	ask(t, c, newMemory(), noon)

	c = newClient(t, flat{URL: server.URL, Environments: patterns(t, "Production")})
	_, err := c.Poll(context.Background(), nil, noon)
	var unknown *tls.CertificateVerificationError
	if !errors.As(err, &unknown) || !strings.Contains(err.Error(), "a private CA needs ca_file") {
		t.Errorf("got %v, want an unknown authority and the way out", err)
	}

	// It is read beside the loop, and never waited for.
	fifo, sparse := file+".fifo", file+".sparse"
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(sparse, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(sparse, 1<<30); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file+".none", []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		fifo: "a named pipe", sparse: "too long", "/dev/zero": "a device", file + ".gone": "no such file", file + ".none": "holds no PEM certificate",
	} {
		c := newClient(t, flat{URL: server.URL, CAFile: path})
		for range 2 {
			_, err := c.Poll(context.Background(), nil, noon)
			if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) || source.KindOf(err) != source.Other {
				t.Errorf("%s: got %v, want %s", path, err, want)
			}
		}
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
	c := newClient(t, flat{URL: server.URL, Transport: transport})
	if _, err := c.Poll(context.Background(), nil, noon); err == nil || !strings.Contains(err.Error(), "is this machine's clock right?") {
		t.Errorf("got %v", err)
	}
}

// No goroutine, and so no connection, stays behind a poll, however it ends.
func TestPollLeavesNothingOpen(t *testing.T) {
	s := one(history(60))
	url := start(t, s)
	before := runtime.NumGoroutine()
	for name, fault := range map[string]bambootest.Fault{
		"none":      nil,
		"500":       bambootest.Status(500),
		"truncated": truncate(100),
		"reset":     reset(10),
		"bomb":      gzipBomb(64 << 20),
		"silent":    bambootest.Silent(),
		"drip":      drip(10 * time.Millisecond),
	} {
		s.Heal()
		if fault != nil {
			s.Inject("results", -1, fault)
		}
		o := flat{URL: url}
		if fault != nil {
			o.Timeout = 200 * time.Millisecond
		}
		c := newClient(t, o)
		_, err := c.Poll(context.Background(), nil, noon)
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

func TestUnreachableServer(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + listener.Addr().String()
	listener.Close()
	c := newClient(t, flat{URL: url, Environments: patterns(t, "7")})
	_, err = c.Poll(context.Background(), nil, noon)
	var op *net.OpError
	if !errors.As(err, &op) {
		t.Errorf("got %v, want a network error", err)
	}
	if got, want := err.Error(), "GET "+url+"/rest/api/latest/deploy/environment/7: dial tcp"; !strings.HasPrefix(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
}

// The server that stops answering is not asked for the other environments, each
// with its own timeout; one that breaks only one answer is.
func TestSilentServerEndsPoll(t *testing.T) {
	s := one(history(1))
	for id := int64(8); id < 12; id++ {
		s.Projects[0].Environments = append(s.Projects[0].Environments, bambootest.Environment{ID: id, Name: "Z", Results: history(1)})
	}
	c := client(t, s)
	s.Inject("7/results", 2, reset(0)) // net/http tries once more on a kept connection
	s.Inject("8/results", 1, truncate(20))
	a, err := c.Poll(context.Background(), nil, noon)
	if err == nil || !strings.Contains(err.Error(), "4 more environments were not asked") || len(whole(a)) != 0 {
		t.Errorf("got %d environments, %v", len(whole(a)), err)
	}
	a, err = c.Poll(context.Background(), nil, noon)
	var failed *source.Error
	if !errors.As(err, &failed) || failed.EnvironmentID != "8" || !a.More || len(a.Environments) != 5 || len(a.Deployments) != 4 {
		t.Errorf("got %d environments, %v", len(whole(a)), err)
	}
}

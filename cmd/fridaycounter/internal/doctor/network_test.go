package doctor

import (
	"context"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestTLS(t *testing.T) {
	server := httptest.NewUnstartedServer(doctorServer())
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // handshakes fail here
	server.StartTLS()
	defer server.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(ca, block, 0o644); err != nil {
		t.Fatal(err)
	}
	address := server.Listener.Addr().String()
	_, port, _ := net.SplitHostPort(address)
	for _, c := range []struct {
		name, url, ca string
		now           time.Time
		want          Result
		text          string
	}{
		{"a private CA", server.URL, "", doctorNow, Fail, "needs source: bamboo: ca_file"},
		{"a private CA that is named", server.URL, ca, doctorNow, OK, "with ca_file " + ca},
		{"ends soon", server.URL, ca, server.Certificate().NotAfter.AddDate(0, 0, -3), Warn, "ends in 3 days"},
		{"another name", "https://wall.example.org:" + port, ca, doctorNow, Fail, "one of the certificate's"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := atBamboo(t, c.url)
			d.policy.Config.Sources[0].CAFile = c.ca
			d.Machine.now = func() time.Time { return c.now }
			d.Machine.resolve = func(context.Context, string) ([]string, error) {
				return []string{"127.0.0.1"}, nil
			}
			d.Machine.dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, network, address)
			}
			all := lookNow(t, d)
			wantFinding(t, all["tls"], c.want, c.text)
			if c.want == Fail {
				wantSkipped(t, all, "http", "login", "environments", "server clock")
			} else {
				wantFinding(t, all["login"], OK, "accepted")
			}
		})
	}
}

func TestServerNotReached(t *testing.T) {
	closed := httptest.NewServer(nil)
	closed.Close()
	d := atBamboo(t, closed.URL)
	all := lookNow(t, d)
	wantFinding(t, all["tcp"], Fail, "nobody listens there")
	wantSkipped(t, all, "tls", "http", "login", "environments", "server clock")

	d = atBamboo(t, "https://nowhere.example.com")
	all = lookNow(t, d)
	wantFinding(t, all["dns"], Fail, "getent hosts nowhere.example.com")
	wantSkipped(t, all, "tcp", "tls", "http", "login", "environments", "server clock")

	d.Machine.resolve = func(context.Context, string) ([]string, error) {
		return []string{"192.0.2.1"}, nil
	}
	d.Machine.dial = func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("dial tcp 192.0.2.1:443: connect: no route to host")
	}
	wantFinding(t, lookNow(t, d)["tcp"], Fail, "no route to host -> is there a route")
}

func TestCAFile(t *testing.T) {
	d := atBamboo(t, "https://nowhere.example.com")
	d.policy.Config.Sources[0].CAFile = "/none.pem"
	all := lookNow(t, d)
	wantFinding(t, all["bamboo"], Fail, "/none.pem")
	wantSkipped(t, all, "dns", "login")
}

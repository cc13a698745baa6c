package doctor

import (
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/host"
	"github.com/fridaycounter/fridaycounter/drivers/bamboo/bambootest"
	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

// doctorToken is the secret of these tests: no output may hold it.
const doctorToken = "MDEyMzQ1Njc4OTA6c3VwZXJzZWNyZXQ"

// doctorServer is a Bamboo whose clock is that of the made-up machine.
func doctorServer() *bambootest.Server {
	return &bambootest.Server{
		Token: doctorToken, Clock: func() time.Time { return doctorNow },
		Projects: []bambootest.Project{{ID: 1, Name: "shop", Environments: []bambootest.Environment{
			{ID: 2, Name: "Production"}, {ID: 3, Name: "Staging"},
		}}},
	}
}

// atBamboo is a doctor whose policy names a Bamboo, and a token in a variable.
func atBamboo(t *testing.T, url string) *doctor {
	t.Helper()
	production, err := rules.ParsePattern("Production")
	if err != nil {
		t.Fatal(err)
	}
	h := madeUp(tree(nil))
	h.dial = (&net.Dialer{Timeout: dialTime}).DialContext
	d := doctorOf(t, h, &schema.Config{Timezone: "UTC", Source: schema.Source{Bamboo: &schema.Bamboo{
		URL: url, Environments: []rules.Pattern{production}, Timeout: 10 * time.Second,
		Auth: schema.Auth{Token: &schema.Credential{Env: "TOKEN"}},
	}}})
	d.Getenv = func(name string) string { return map[string]string{"TOKEN": doctorToken}[name] }
	return d
}

// lookNow makes the checks of Bamboo and returns them by name.
func lookNow(t *testing.T, d *doctor) map[string]Finding {
	t.Helper()
	all := map[string]Finding{}
	for _, f := range findings(t, d, groupsOf(d, "credential", "server clock")) {
		if _, twice := all[f.Check]; twice {
			t.Errorf("%s was checked twice", f.Check)
		}
		all[f.Check] = f
		if text := fmt.Sprint(f); strings.Contains(text, doctorToken) {
			t.Errorf("%s tells the secret: %s", f.Check, text)
		}
	}
	return all
}

// wantSkipped holds all checks behind one to skip.
func wantSkipped(t *testing.T, all map[string]Finding, checks ...string) {
	t.Helper()
	for _, check := range checks {
		if got := all[check].State; got != Skip {
			t.Errorf("%s: got %q, want skip", check, got)
		}
	}
}

func TestBamboo(t *testing.T) {
	server := httptest.NewServer(doctorServer())
	defer server.Close()
	all := lookNow(t, atBamboo(t, server.URL))
	for check, text := range map[string]string{
		"credential": "the variable TOKEN can be read", "proxy": "none", "dns": "127.0.0.1", "tcp": "connected to 127.0.0.1:",
		"http": "", "login": "accepted", "environments": "1: Production of shop (2)", "server clock": "agrees",
	} {
		wantFinding(t, all[check], OK, text)
	}
	wantFinding(t, all["tls"], Skip, "http, on this machine")
}

// TestDoctorBambooRefusedLogin sends a wrong login once, however often it is asked.
func TestBambooRefusedLogin(t *testing.T) {
	bamboo := doctorServer()
	bamboo.Token = "another"
	server := httptest.NewServer(bamboo)
	defer server.Close()
	d := atBamboo(t, server.URL)
	first := lookNow(t, d)
	wantFinding(t, first["login"], Fail, "401 Unauthorized")
	wantSkipped(t, first, "environments")
	wantFinding(t, first["server clock"], OK, "agrees")
	for range 3 {
		wantFinding(t, lookNow(t, d)["login"], Fail, "forget-login")
	}
	if got := bamboo.Failures(); got != 1 {
		t.Errorf("got %d failed logins, want 1", got)
	}
}

func TestBambooFaults(t *testing.T) {
	const info = "/rest/api/latest/info"
	for _, c := range []struct {
		name, path string
		fault      bambootest.Fault
		check      string
		want       State
		text       string
	}{
		{"slow", info, bambootest.Silent(), "http", Fail, "no whole answer within"},
		{"a login page", info, bambootest.LoginPage(), "http", Fail, "not JSON"},
		{"moved", info, bambootest.Redirect("https://new.example.com/rest/api/latest/info"), "http", Fail, "https://new.example.com"},
		{"busy", info, bambootest.Limited(429, "Retry-After", "60"), "http", Warn, "429"},
		{"echo", info, bambootest.Echo(500), "http", Fail, "500"},
		{"starting", info, bambootest.Status(503), "http", Fail, "-> the server is down or starting: ask again, or its administrator"},
		{"another path", info, bambootest.Status(404), "http", Fail, "the base URL, with its context path?"},
		{"a bad gateway behind", "deploy/project/all", bambootest.BadGateway(), "environments", Fail, "502"},
		{"echo behind", "deploy/project/all", bambootest.Echo(500), "environments", Fail, "500 Internal Server Error, text/plain, "},
		{"forbidden", "deploy/project/all", bambootest.Status(403), "login", Fail, "view"},
	} {
		t.Run(c.name, func(t *testing.T) {
			bamboo := doctorServer()
			bamboo.Inject(c.path, -1, c.fault)
			server := httptest.NewServer(bamboo)
			defer server.Close()
			d := atBamboo(t, server.URL)
			d.config.Source.Bamboo.Timeout = 300 * time.Millisecond
			all := lookNow(t, d)
			wantFinding(t, all[c.check], c.want, c.text)
			if c.check == "http" {
				wantSkipped(t, all, "login", "environments")
			}
		})
	}
}

func TestBambooMissingEnvironment(t *testing.T) {
	bamboo := doctorServer()
	bamboo.Projects[0].Environments[0].Name = "Prod"
	bamboo.Clock = func() time.Time { return doctorNow.Add(-time.Hour) }
	server := httptest.NewServer(bamboo)
	defer server.Close()
	all := lookNow(t, atBamboo(t, server.URL))
	wantFinding(t, all["login"], OK, "accepted")
	wantFinding(t, all["environments"], Fail, `visible: "shop" / "Prod" (2)`)
	wantFinding(t, all["server clock"], Warn, "-1h0m0s off")
}

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
		want          State
		text          string
	}{
		{"a private CA", server.URL, "", doctorNow, Fail, "needs ca_file"},
		{"a private CA that is named", server.URL, ca, doctorNow, OK, "with ca_file " + ca},
		{"ends soon", server.URL, ca, server.Certificate().NotAfter.AddDate(0, 0, -3), Warn, "ends in 3 days"},
		{"another name", "https://wall.example.org:" + port, ca, doctorNow, Fail, "one of the certificate's"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := atBamboo(t, c.url)
			d.config.Source.Bamboo.CAFile = c.ca
			d.Machine.now = func() time.Time { return c.now }
			d.Machine.resolve = func(context.Context, string, string) ([]netip.Addr, error) {
				return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
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

func TestNoWay(t *testing.T) {
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

	d.Machine.resolve = func(context.Context, string, string) ([]netip.Addr, error) {
		return []netip.Addr{netip.MustParseAddr("192.0.2.1")}, nil
	}
	d.Machine.dial = func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("dial tcp 192.0.2.1:443: connect: no route to host")
	}
	wantFinding(t, lookNow(t, d)["tcp"], Fail, "no route to host -> is there a route")
}

func TestCAFile(t *testing.T) {
	d := atBamboo(t, "https://nowhere.example.com")
	d.config.Source.Bamboo.CAFile = "/none.pem"
	all := lookNow(t, d)
	wantFinding(t, all["bamboo"], Fail, "/none.pem")
	wantSkipped(t, all, "dns", "login")
}

func TestCredential(t *testing.T) {
	dir := t.TempDir()
	open, closed, empty := filepath.Join(dir, "open"), filepath.Join(dir, "closed"), filepath.Join(dir, "empty")
	for path, mode := range map[string]os.FileMode{open: 0o644, closed: 0o600} {
		if err := os.WriteFile(path, []byte(doctorToken+"\n"), mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(empty, []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	loads := func(file string) string { return "[Service]\nLoadCredential=bamboo-token:" + file + "\n" }
	for _, c := range []struct {
		name string
		auth schema.Credential
		unit string
		want State
		text string
	}{
		{"a file", schema.Credential{File: closed}, "", OK, "can be read"},
		{"a file for all", schema.Credential{File: open}, "", Fail, "chmod 600 " + open},
		{"an empty file", schema.Credential{File: empty}, "", Fail, "the secret is empty"},
		{"no file", schema.Credential{File: dir + "/none"}, "", Fail, "no such file"},
		{"a variable that is not set", schema.Credential{Env: "NONE"}, "", Fail, "NONE"},
		{"beside the service", schema.Credential{Credential: "bamboo-token"}, "", Skip, "only for the service"},
		{"as the service loads it", schema.Credential{Credential: "bamboo-token"}, loads(closed), OK, "from " + closed},
		{"as the service loads it, for all", schema.Credential{Credential: "bamboo-token"}, loads(open), Fail, "chmod 600"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := atBamboo(t, "https://nowhere.example.com")
			files := tree(map[string]string{"usr/lib/systemd/system/fridaycounter.service": c.unit})
			for _, path := range []string{open, closed} {
				files[host.Rooted(path)] = &fstest.MapFile{Mode: 0o600}
			}
			d.Machine.FS = files
			d.unit = host.FindUnit(d.Machine.Files)
			d.config.Source.Bamboo.Auth.Token = &c.auth
			all := lookNow(t, d)
			wantFinding(t, all["credential"], c.want, c.text)
			if d.config.Source.Bamboo.Auth.Token.File != c.auth.File {
				t.Error("the policy was changed")
			}
		})
	}
}

// TestDoctorCredentialOfTheService is root, who can read what the service cannot.
func TestCredentialOfTheService(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte(doctorToken), 0o600); err != nil {
		t.Fatal(err)
	}
	d := atBamboo(t, "https://nowhere.example.com")
	files := tree(nil)
	files[host.Rooted(path)] = owned(0, 0, 0o600)
	d.Machine.FS, d.Machine.uid = files, 0
	d.user = d.Machine.subject(d.unit)
	d.config.Source.Bamboo.Auth.Token = &schema.Credential{File: path}
	wantFinding(t, lookNow(t, d)["credential"], Fail, "chown fridaycounter "+path)
}

// TestDoctorUnknownLatches sends no login where it cannot know whether it was refused.
func TestUnknownLatches(t *testing.T) {
	bamboo := doctorServer()
	bamboo.Token = "another"
	server := httptest.NewServer(bamboo)
	defer server.Close()
	d := atBamboo(t, server.URL)
	if err := os.WriteFile(filepath.Join(d.State, "history.db"), []byte("no history"), 0o600); err != nil {
		t.Fatal(err)
	}
	all := lookNow(t, d)
	wantFinding(t, all["login"], Skip, "not sent")
	if got := bamboo.Failures(); got != 0 {
		t.Errorf("got %d failed logins, want none", got)
	}
}

// TestDoctorInterrupted ends when it is told to.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	o := Options{Machine: madeUp(tree(nil)), Policy: filepath.Join(t.TempDir(), "none.cue"), State: t.TempDir(), Getenv: func(string) string { return "" }}
	found := 0
	err := Run(ctx, o, func(Finding) error {
		found++
		return nil
	})
	if !errors.Is(err, context.Canceled) || found > 0 {
		t.Errorf("got %v and %d findings, want an error and nothing", err, found)
	}
}

// TestDoctorChecksInOrder holds the network's checks to one order, whatever fails.
func TestChecksInOrder(t *testing.T) {
	want := []string{"credential", "proxy", "dns", "tcp", "tls", "http", "login", "environments", "server clock"}
	var got []string
	d := atBamboo(t, "https://nowhere.example.com")
	for _, f := range findings(t, d, groupsOf(d, "credential", "server clock")) {
		got = append(got, f.Check)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

package doctor

import (
	"fmt"
	"net"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/bamboo/bambootest"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

// doctorToken is the secret of these tests: no output may hold it.
const doctorToken = "MDEyMzQ1Njc4OTA6c3VwZXJzZWNyZXQ"

// doctorServer is a Bamboo whose clock is that of the fake machine.
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
	m := fakeMachine(tree(nil))
	m.dial = (&net.Dialer{Timeout: dialTime}).DialContext
	d := doctorOf(t, m, &schema.Config{Timezone: "UTC", Sources: []schema.Source{{Name: "bamboo", Kind: "bamboo",
		URL: url, Selection: source.Selection{Environments: []rules.Pattern{production}}, Timeout: 10 * time.Second,
		Auth: schema.Auth{Token: &schema.Credential{Env: "TOKEN"}},
	}}})
	d.Getenv = func(name string) string { return map[string]string{"TOKEN": doctorToken}[name] }
	return d
}

// lookNow makes the checks of Bamboo and returns them by name.
func lookNow(t *testing.T, d *doctor) map[string]Finding {
	t.Helper()
	all := map[string]Finding{}
	for _, f := range findings(t, d.at().checks()) {
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
		if got := all[check].Result; got != Skip {
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

// A wrong login is sent once, however often doctor runs.
func TestRefusedLoginIsSentOnce(t *testing.T) {
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
		want       Result
		text       string
	}{
		{"slow", info, bambootest.Silent(), "http", Fail, "no whole answer within"},
		{"a login page", info, bambootest.LoginPage(), "http", Fail, "not JSON"},
		{"moved", info, bambootest.Redirect("https://new.example.com/rest/api/latest/info"), "http", Fail, "https://new.example.com"},
		{"busy", info, bambootest.Limited(429, "Retry-After", "60"), "http", Warn, "429"},
		{"echo", info, bambootest.Echo(500), "http", Fail, "500"},
		{"starting", info, bambootest.Status(503), "http", Fail, "-> the server is down or starting: try again later, or ask its administrator"},
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
			d.policy.Config.Sources[0].Timeout = 300 * time.Millisecond
			all := lookNow(t, d)
			wantFinding(t, all[c.check], c.want, c.text)
			if c.check == "http" {
				wantSkipped(t, all, "login", "environments")
			}
		})
	}
}

func TestMissingEnvironment(t *testing.T) {
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

// No login is sent where it is not known whether it was refused.
func TestLoginIsNotSentBlindly(t *testing.T) {
	bamboo := doctorServer()
	bamboo.Token = "another"
	server := httptest.NewServer(bamboo)
	defer server.Close()
	d := atBamboo(t, server.URL)
	if err := os.WriteFile(d.History, []byte("no history"), 0o600); err != nil {
		t.Fatal(err)
	}
	all := lookNow(t, d)
	wantFinding(t, all["login"], Skip, "not sent")
	if got := bamboo.Failures(); got != 0 {
		t.Errorf("got %d failed logins, want none", got)
	}
}

// The checks of the network have one order, whatever fails.
func TestChecksOfBambooInOrder(t *testing.T) {
	want := []string{"credential", "proxy", "dns", "tcp", "tls", "http", "server clock", "login", "environments"}
	var got []string
	d := atBamboo(t, "https://nowhere.example.com")
	for _, f := range findings(t, d.at().checks()) {
		got = append(got, f.Check)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

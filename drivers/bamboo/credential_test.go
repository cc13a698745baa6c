package bamboo

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/bamboo/bambootest"
)

const canary = "cAnArY-0123456789"

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

func leaks(text string) bool {
	return strings.Contains(text, canary) || strings.Contains(text, base64.StdEncoding.EncodeToString([]byte("wall:"+canary)))
}

func TestCredentialHidesItsSecret(t *testing.T) {
	for _, credential := range []Credential{Token(canary), Basic("wall", canary)} {
		type around struct {
			Exported Credential
			hidden   Credential
			pointer  *Credential
			list     []Credential
			table    map[string]Credential
			anything any
		}
		v := around{credential, credential, &credential, []Credential{credential}, map[string]Credential{"x": credential}, credential}
		var out bytes.Buffer
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T", "%p"} {
			fmt.Fprintf(&out, verb+"\n", v)
			fmt.Fprintf(&out, verb+"\n", &v)
			fmt.Fprintf(&out, verb+"\n", credential)
			fmt.Fprintf(&out, verb+"\n", fmt.Errorf("wrapped: %v", credential))
		}
		for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
			slog.New(handler).Info("x", "credential", credential, "around", v, "pointer", &v)
		}
		encoded, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(encoded)
		if leaks(out.String()) {
			t.Errorf("the secret is in\n%s", out.String())
		}
		if got, want := fmt.Sprint(credential), "("+credential.kind()+")"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// The secret is in nothing that a client gives out, whatever the server does.
func TestCanary(t *testing.T) {
	faults := map[string]bambootest.Fault{
		"none": nil, "401": bambootest.Status(401), "403": bambootest.Status(403), "404": bambootest.NotFoundXML(),
		"429": bambootest.Limited(429), "502": bambootest.BadGateway(), "login page": bambootest.LoginPage(),
		"echo 200": bambootest.Echo(200), "echo 500": bambootest.Echo(500), "echo 404": bambootest.Echo(404),
		"redirect": bambootest.Redirect("https://wall:" + canary + "@other.example.com/" + canary + "?os_password=" + canary + "#" + canary),
		"bad JSON": bambootest.Respond(200, "application/json", `{"results":"`+canary+`"}`),
		"bad id":   bambootest.Respond(200, "application/json", `{"results":[{"id":"`+canary+`"}]}`),
		"truncate": bambootest.Truncate(10), "reset": bambootest.Reset(0), "silent": bambootest.Silent(),
	}
	for _, credential := range []Credential{Token(canary), Basic("wall", canary)} {
		for name, fault := range faults {
			for _, path := range []string{"project/all", "results", "info"} {
				s := one(history(3))
				if credential.kind() == "bearer" {
					s.Token = canary
				} else {
					s.Username, s.Password = "wall", canary
				}
				if fault != nil {
					s.Inject(path, -1, fault)
				}
				o := Opts{URL: start(t, s), Timeout: time.Second, Credential: func() (Credential, error) { return credential, nil }}
				if name == "silent" {
					o.Timeout = 50 * time.Millisecond
				}
				c := newClient(t, o)
				info, infoErr := c.Info(context.Background())
				a, err := c.Poll(context.Background(), nil, noon, nil)
				_, again := c.Poll(context.Background(), nil, noon, nil)
				var out bytes.Buffer
				for _, v := range []any{info, infoErr, a, err, again, c.latches, o, c} {
					fmt.Fprintf(&out, "%v\n%+v\n%#v\n", v, v, v)
					slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "v", v)
				}
				if leaks(out.String()) {
					t.Errorf("%v, %s at %s: the secret is in\n%s", credential, name, path, out.String())
				}
			}
		}
	}
}

// What cannot be right is not tried: it would count towards locking the account.
func TestCredentialRefusedUnsent(t *testing.T) {
	s := one(history(1))
	s.Token = "right"
	for _, test := range []struct {
		credential Credential
		want       string
	}{
		{Token(""), "the secret is empty"},
		{Token("a\nb"), "control character"},
		{Token("a b"), "holds a space"},
		{Token("tökén"), "not ASCII"},
		{Basic("", "x"), "user name"},
		{Basic("a:b", "x"), "user name"},
		{Basic("wall", ""), "the secret is empty"},
		{Basic("wall", "\ufeffx"), "byte order mark"},
	} {
		c := newClient(t, Opts{URL: start(t, s), Credential: func() (Credential, error) { return test.credential, nil }})
		_, err := c.Poll(context.Background(), nil, noon, nil)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("got %v, want %q", err, test.want)
		}
	}
	if got := s.Total(); got != 0 {
		t.Errorf("got %d requests, want none", got)
	}
}

func TestFingerprintTellsLoginsApart(t *testing.T) {
	seen := map[string]string{}
	for name, open := range map[string]struct {
		credential Credential
		base       string
	}{
		"token":       {Token("ab"), "https://a"},
		"other token": {Token("abc"), "https://a"},
		"other host":  {Token("ab"), "https://b"},
		"basic":       {Basic("a", "b"), "https://a"},
		"moved colon": {Basic("ab", "b"), "https://a"},
		"anonymous":   {Credential{}, "https://a"},
	} {
		l, err := open.credential.open(open.base)
		if err != nil {
			t.Fatal(err)
		}
		if other, ok := seen[l.fingerprint]; ok || len(l.fingerprint) != 64 {
			t.Errorf("%s has the fingerprint of %s: %s", name, other, l.fingerprint)
		}
		seen[l.fingerprint] = name
	}
}

package bamboo

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/bamboo/bambootest"
	"github.com/fridaycounter/fridaycounter/drivers/source/rest"
)

const canary = "cAnArY-0123456789"

func leaks(text string) bool {
	return strings.Contains(text, canary) || strings.Contains(text, base64.StdEncoding.EncodeToString([]byte("wall:"+canary)))
}

// The secret is in nothing that a client gives out, whatever the server does.
func TestSecretIsShownNowhere(t *testing.T) {
	faults := map[string]bambootest.Fault{
		"none": nil, "401": bambootest.Status(401), "403": bambootest.Status(403), "404": notFoundXML(),
		"429": bambootest.Limited(429), "502": bambootest.BadGateway(), "login page": bambootest.LoginPage(),
		"echo 200": bambootest.Echo(200), "echo 500": bambootest.Echo(500), "echo 404": bambootest.Echo(404),
		"redirect": bambootest.Redirect("https://wall:" + canary + "@other.example.com/" + canary + "?os_password=" + canary + "#" + canary),
		"bad JSON": bambootest.Respond(200, "application/json", `{"results":"`+canary+`"}`),
		"bad id":   bambootest.Respond(200, "application/json", `{"results":[{"id":"`+canary+`"}]}`),
		"truncate": truncate(10), "reset": reset(0), "silent": bambootest.Silent(),
	}
	for _, credential := range []rest.Credential{rest.Token(canary), rest.Basic("wall", canary)} {
		for name, fault := range faults {
			for _, path := range []string{"project/all", "results", "info"} {
				s := one(history(3))
				s.Projects[0].Environments[0].Name = "named " + canary // by somebody who pasted it there
				s.Projects[0].Environments[0].Results[2].Version = canary
				if credential.String() == "(bearer)" {
					s.Token = canary
				} else {
					s.Username, s.Password = "wall", canary
				}
				if fault != nil {
					s.Inject(path, -1, fault)
				}
				o := flat{URL: start(t, s), Timeout: time.Second, Credential: func() (rest.Credential, error) { return credential, nil }}
				if name == "silent" {
					o.Timeout = 50 * time.Millisecond
				}
				c := newClient(t, o)
				a, err := c.Poll(context.Background(), nil, noon)
				_, again := c.Poll(context.Background(), nil, noon)
				var out bytes.Buffer
				for _, v := range []any{a, err, again, o, c} {
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
func TestUnusableCredentialIsNotSent(t *testing.T) {
	s := one(history(1))
	s.Token = "right"
	for _, test := range []struct {
		credential rest.Credential
		want       string
	}{
		{rest.Token(""), "the secret is empty"},
		{rest.Token("a\nb"), "control character"},
		{rest.Token("a b"), "has a space"},
		{rest.Token("tökén"), "not ASCII"},
		{rest.Basic("", "x"), "user name"},
		{rest.Basic("a:b", "x"), "user name"},
		{rest.Basic("wall", ""), "the secret is empty"},
		{rest.Basic("wall", "\ufeffx"), "byte order mark"},
	} {
		c := newClient(t, flat{URL: start(t, s), Credential: func() (rest.Credential, error) { return test.credential, nil }})
		_, err := c.Poll(context.Background(), nil, noon)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("got %v, want %q", err, test.want)
		}
	}
	if got := s.Total(); got != 0 {
		t.Errorf("got %d requests, want none", got)
	}
}

package rest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

const canary = "cAnArY-0123456789"

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
		if got, want := fmt.Sprint(credential), "("+credential.reveal().kind+")"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestFingerprintIdentifiesLogin(t *testing.T) {
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

// TestMask takes a secret out of what a server wrote.
func TestMask(t *testing.T) {
	for _, c := range []Credential{Token(canary), Basic("wall", canary)} {
		l, err := c.open("https://a")
		if err != nil {
			t.Fatal(err)
		}
		s := &Session{login: l}
		text := "a " + canary + "b" + canary + " " + base64.StdEncoding.EncodeToString([]byte("wall:"+canary)) + "\x1b"
		if got := s.Text(text); strings.Contains(got, canary) || c.reveal().kind == "basic" && leaks(got) || !strings.HasSuffix(got, `\x1b`) {
			t.Errorf("%v: got %s", c, got)
		}
		if got := s.TextOf(strings.Repeat(canary, 100), 40); len(got) > 40 || !strings.HasPrefix(got, "[redacted]") {
			t.Errorf("%v: got %s", c, got)
		}
	}
	if got := (&Session{}).Text("name"); got != "name" {
		t.Errorf("without a login: got %s", got)
	}
}

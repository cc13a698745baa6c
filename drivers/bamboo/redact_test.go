package bamboo

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/fridaycounter/fridaycounter/drivers/bamboo/bambootest"
)

// escapes are ways in which servers, proxies and log pages write text.
var escapes = map[string]func(string) string{
	"raw":          func(s string) string { return s },
	"JSON":         func(s string) string { return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) },
	"JSON slashes": func(s string) string { return strings.NewReplacer(`\`, `\\`, `"`, `\"`, "/", `\/`).Replace(s) },
	"JSON for HTML": func(s string) string {
		text, _ := json.Marshal(s)
		return string(text[1 : len(text)-1])
	},
	"JSON in numbers": func(s string) string {
		b := new(strings.Builder)
		for _, r := range s {
			if r < 0x10000 {
				fmt.Fprintf(b, `\u%04X`, r)
			} else {
				fmt.Fprintf(b, `\ud%03x\ud%03x`, 0x800+(r-0x10000)>>10, 0xc00+(r-0x10000)&0x3ff)
			}
		}
		return b.String()
	},
	"HTML": html.EscapeString,
	"HTML named": func(s string) string {
		return strings.NewReplacer("&", "&amp;", `"`, "&quot;", "<", "&lt;", ">", "&gt;", "'", "&apos;", "/", "&sol;", "é", "&eacute;").Replace(s)
	},
	"HTML in numbers": func(s string) string {
		b := new(strings.Builder)
		for _, r := range s {
			fmt.Fprintf(b, "&#x%02X;", r)
		}
		return b.String()
	},
	"URL query": url.QueryEscape,
	"URL path":  url.PathEscape,
	"URL all": func(s string) string {
		b := new(strings.Builder)
		for i := range len(s) {
			fmt.Fprintf(b, "%%%02x", s[i])
		}
		return b.String()
	},
	"base64":     func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	"base64 URL": func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) },
}

// holds is the oracle: it knows how the text was escaped, and so what its
// excerpt would have shown.
func holds(got string, login login, escape ...func(string) string) bool {
	for _, secret := range []string{login.secret, strings.SplitN(login.authorization, " ", 2)[1]} {
		for _, f := range escape {
			secret = f(secret)
		}
		// An error quotes what it shows.
		quoted := fmt.Sprintf("%q", secret)
		if strings.Contains(got, secret) || strings.Contains(got, quoted[1:len(quoted)-1]) {
			return true
		}
	}
	return false
}

func opened(t testing.TB, c Credential) login {
	t.Helper()
	l, err := c.open("https://bamboo.example.com/")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestExcerptRedacts(t *testing.T) {
	for _, credential := range []Credential{Token(`ab/c"d-secret`), Token(`a\b'c<d>&e+f%41`), Token("plain0123456789"),
		Basic("wall", `pass "word" /é&<ü>`), Basic("wall", "smile 😀 secret")} {
		l := opened(t, credential)
		for name, escape := range escapes {
			for _, text := range []string{
				`{"headers":{"Authorization":"` + escape(l.authorization) + `"},"more":"x"}`,
				`{"token":"` + escape(l.secret) + `"}`,
				escape(`{"Authorization":"`+l.authorization+`"}`) + " rest",
			} {
				if got := l.excerpt([]byte(text)); holds(got, l, escape) || holds(got, l) {
					t.Errorf("%s: %s\nshows %s", name, text, got)
				}
			}
		}
	}
}

// What is no secret stays readable.
func TestExcerptKeeps(t *testing.T) {
	l := opened(t, Token(`ab/c"d`))
	for text, want := range map[string]string{
		`{"message":"no","status-code":500}`:      `{"message":"no","status-code":500}`,
		`{"auth":"Bearer ab\/c\"d","x":1}`:        `{"auth":"Bearer [redacted]","x":1}`,
		`{"auth":"Bearer ab/c\"d","x":1}`:         `{"auth":"Bearer [redacted]","x":1}`,
		`<p>Bearer ab/c&quot;d</p>`:               `<p>Bearer [redacted]</p>`,
		`<p>Bearer ab/c&#34;d</p>`:                `<p>Bearer [redacted]</p>`,
		`/login?token=ab%2fc%22d&x=1`:             `/login?token=[redacted]&x=1`,
		`token YWIvYyJk, no more`:                 `token [redacted], no more`,
		`<p>&#97;b/c&#x22;d, escaped with method`: `[redacted]`,
		"ab/c\"\n d": `ab/c" d`,
	} {
		if got := l.excerpt([]byte(text)); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
	l = opened(t, Basic("wall", "two words"))
	if got, want := l.excerpt([]byte("x two\n\t words y")), "x [redacted] y"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	// A secret that the end of what is read cuts in two.
	l = opened(t, Token("0123456789abcdef"))
	if got := l.excerpt([]byte(strings.Repeat(" ", excerptFrom-8) + "0123456789abcdef")); got != "" {
		t.Errorf("got %q of a secret that was cut", got)
	}
}

// What is repeated in errors and notes other than as an excerpt.
func TestValuesRedacted(t *testing.T) {
	const long = canary + canary + canary // longer than what is shown
	for _, test := range []struct{ secret, result, want string }{
		{`ab/c"d-secret`, `"startedDate":"Bearer ab\/c\"d-secret"`, "startedDate is"},
		{`ab/c"d-secret`, `"deploymentState":"Bearer ab/c\"d-secret","startedDate":1`, "deploymentState"},
		{`ab/c"d-secret`, `"lifeCycleState":"ab/c\"d-secret","startedDate":1`, "lifeCycleState"},
		{long, `"finishedDate":"` + long + `"`, "finishedDate is"},
		{long, `"deploymentState":"` + long + `","startedDate":1`, "deploymentState"},
	} {
		body := `{"results":[{"id":12,` + test.result + `}]}`
		checkHidden(t, test.secret, body, test.want)
	}
	checkHidden(t, long, `{"results":[{"id":"`+long+`"}]}`, "is not an id")
	checkHidden(t, `ab/c"d-secret`, `{"results":[{"id":"ab\/c\"d-secret"}]}`, "is not an id")
}

// checkHidden lets a page answer with body, which holds the secret.
func checkHidden(t *testing.T, secret, body, want string) {
	t.Helper()
	s := one(nil)
	s.Inject("results", 1, bambootest.Respond(200, "application/json", body))
	s.Inject("results", -1, bambootest.Respond(200, "application/json", `{"results":[]}`))
	c := newClient(t, Opts{URL: "https://bamboo.example.com", Transport: handled(s), Credential: loggedIn(Token(secret))})
	a, err := c.Poll(context.Background(), nil, noon, nil)
	got := fmt.Sprintf("%v %+v", err, a)
	l := opened(t, Token(secret))
	part := secret[:min(len(secret), 12)]
	if !strings.Contains(got, want) || strings.Contains(got, part) || holds(got, l, escapes["JSON"]) || holds(got, l, escapes["JSON slashes"]) {
		t.Errorf("%s: got %s, want %q and nothing of the secret", body, got, want)
	}
}

// Names that hold the secret are shown without it, and so is what net/http
// repeats of a broken header.
func TestNamesAndHeadersRedacted(t *testing.T) {
	s := one(history(1))
	s.Token = canary
	s.Projects[0].Environments[0].Name = "env " + canary
	s.Inject("results", -1, bambootest.Status(500))
	for _, environments := range []string{"Nothing", "/./"} {
		c := newClient(t, Opts{URL: start(t, s), Environments: patterns(t, environments), Credential: loggedIn(Token(canary))})
		if _, err := c.Poll(context.Background(), nil, noon, nil); err == nil || leaks(err.Error()) {
			t.Errorf("got %v", err)
		}
	}
	cause := errors.New("malformed MIME header line: " + canary)
	c := newClient(t, Opts{URL: "https://bamboo.example.com", Credential: loggedIn(Token(canary)),
		Transport: roundTripper(func(*http.Request) (*http.Response, error) { return nil, cause })})
	_, err := c.Poll(context.Background(), nil, noon, nil)
	if err == nil || leaks(err.Error()) || !errors.Is(err, cause) {
		t.Errorf("got %v", err)
	}
}

// FuzzRedact echoes a random secret in random escapes, up to three within each
// other, as an excerpt, a word and a redirect: it is never in any error.
func FuzzRedact(f *testing.F) {
	for seed := range uint64(100) {
		f.Add(seed)
	}
	names := slices.Sorted(maps.Keys(escapes))
	f.Fuzz(func(t *testing.T, seed uint64) {
		random := rand.New(rand.NewPCG(seed, 1))
		const ascii = `abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!"#$%&'()*+,-./:;<=>?@[\]^_{|}~`
		secret := make([]rune, 8+random.IntN(40))
		for i := range secret {
			secret[i] = rune(ascii[random.IntN(len(ascii))])
		}
		credential := Token(string(secret))
		if random.IntN(2) == 0 {
			secret[random.IntN(len(secret))] = []rune("é😀 ü")[random.IntN(4)]
			credential = Basic("wall", string(secret))
		}
		l := opened(t, credential)
		text := "Authorization: " + l.authorization + " / " + l.secret + " /"
		var used []func(string) string
		var chain []string
		for range random.IntN(4) {
			name := names[random.IntN(len(names))]
			chain, used = append(chain, name), append(used, escapes[name])
			text = escapes[name](text)
		}
		s := one(history(1))
		switch path := []string{"project/all", "results", "info"}[random.IntN(3)]; random.IntN(4) {
		case 0:
			s.Inject(path, -1, bambootest.Respond(500, "text/plain", text))
		case 1:
			s.Inject(path, -1, bambootest.Redirect("https://other.example.com/"+url.PathEscape(text)))
		case 2:
			text, _ := json.Marshal(text)
			s.Inject("results", -1, bambootest.Respond(200, "application/json",
				`{"results":[{"id":1,"startedDate":1,"finishedDate":2,"lifeCycleState":`+string(text)+`}]}`))
		case 3:
			text, _ := json.Marshal(text)
			s.Inject("results", -1, bambootest.Respond(200, "application/json", `{"results":[{"id":1,"startedDate":`+string(text)+`}]}`))
		}
		c, err := New(Opts{URL: "https://bamboo.example.com", Transport: handled(s), Credential: loggedIn(credential)})
		if err != nil {
			t.Fatal(err)
		}
		a, pollErr := c.Poll(context.Background(), nil, noon, nil)
		_, infoErr := c.Info(context.Background())
		got := fmt.Sprintf("%v\n%v\n%v", pollErr, infoErr, a.Notes)
		if l.isIn(got) || holds(got, l) || holds(got, l, used...) {
			t.Fatalf("%q in %v shows in\n%s", string(secret), chain, got)
		}
	})
}

package web

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// hostileNames are what somebody may call a release.
func hostileNames() []string {
	return []string{`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onfocus=alert(1) autofocus='`, `</title></textarea></svg><script>x</script>`, `{{.Why}}`, "a\x00b\xff<!--"}
}

// hostileView has a hostile name in every text.
func hostileView(t testing.TB) *View {
	t.Helper()
	v := sampleView(t)
	n := 0
	replaceTexts(reflect.ValueOf(v).Elem(), func() string {
		n++
		return fmt.Sprintf("<i%d>%s", n, hostileNames()[n%len(hostileNames())])
	})
	for i, url := range []string{"javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,<script>alert(1)</script>", "//evil.example.com/", "/login", "ftp://evil.example.com/", " https://x", "https://", "http:relative", "vbscript:x"} {
		v.Year.Breaches[i].URL = url
	}
	for i := 10; i < len(v.Year.Breaches); i++ {
		v.Year.Breaches[i].URL = `https://bamboo.example.com/"><script>alert(1)</script>`
	}
	v.Health.Clock = "" // else the page does not tell of the window
	return v
}

// replaceTexts replaces each text that a value has.
func replaceTexts(v reflect.Value, text func() string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text())
	case reflect.Slice:
		for i := range v.Len() {
			replaceTexts(v.Index(i), text)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			replaceTexts(v.Elem(), text)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() && v.Type().Field(i).Type.PkgPath() != "time" {
				replaceTexts(v.Field(i), text)
			}
		}
	}
}

func TestPageOfHostileNames(t *testing.T) {
	plain := parsePage(t, wholePage(t, sampleView(t), sampleGlass(t, "12")))
	v := hostileView(t)
	page := wholePage(t, v, sampleGlass(t, "12"))
	d := parsePage(t, page)
	for _, name := range []string{"script", "img", "textarea", "svg", "title", "body"} {
		if got, want := len(d.named(name)), len(plain.named(name)); got != want {
			t.Errorf("%d <%s>, want %d", got, name, want)
		}
	}
	for _, n := range d.elements(func(n *html.Node) bool { return strings.HasPrefix(n.Data, "i") && len(n.Data) > 1 && n.Data[1] <= '9' }) {
		t.Errorf("<%s> became an element", n.Data)
	}
	links := d.elements(func(n *html.Node) bool { return n.Data == "a" && attr(n, "rel") == "noreferrer" })
	if len(links) != 10 {
		t.Errorf("%d links, want those of https only: 10", len(links))
	}
	whole := text(d.root)
	for _, want := range []string{v.Number.Sentence, v.Year.Breaches[0].Subject, v.Sources[0].Project, v.Others[0].Rule, v.Window.Rule, v.Trouble, v.Glass} {
		want = strings.Join(strings.Fields(strings.NewReplacer("\x00", "\ufffd").Replace(want)), " ")
		if !strings.Contains(whole, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

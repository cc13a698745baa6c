package web

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestContrast holds the colours of both schemes to WCAG AA: 4.5 for text, 3 for
// figures that mean something.
func TestContrast(t *testing.T) {
	light, dark := schemes(t)
	if len(light) != len(dark) {
		t.Errorf("%d colours of light, %d of dark", len(light), len(dark))
	}
	for _, pair := range []struct {
		text, ground string
		least        float64
	}{
		{"ink", "paper", 4.5}, {"muted", "paper", 4.5}, {"link", "paper", 4.5},
		{"ink", "card", 4.5}, {"muted", "card", 4.5}, {"link", "card", 4.5}, {"gold", "card", 4.5}, {"card", "ink", 4.5},
		{"green", "green-ground", 4.5}, {"red", "red-ground", 4.5}, {"ink", "red-ground", 4.5}, {"on-red", "broken", 4.5},
		{"on-n1", "n1", 4.5}, {"on-n2", "n2", 4.5}, {"on-n3", "n3", 4.5}, {"on-n4", "n4", 4.5},
		{"ink", "n0", 4.5}, {"old", "card", 2.8}, {"n3", "card", 3}, {"kept", "card", 3}, {"broken", "card", 3}, {"link", "card", 3}, {"muted", "card", 3},
	} {
		for name, scheme := range map[string]map[string]string{"light": light, "dark": dark} {
			if got := contrast(t, scheme[pair.text], scheme[pair.ground]); got < pair.least {
				t.Errorf("%s: %s on %s has %.2f, want %.1f", name, pair.text, pair.ground, got, pair.least)
			}
		}
	}
}

// schemes returns the custom properties of both :root rules.
func schemes(t *testing.T) (light, dark map[string]string) {
	t.Helper()
	roots := regexp.MustCompile(`:root \{([^}]*)\}`).FindAllSubmatch(styleCSS, -1)
	if len(roots) != 2 {
		t.Fatalf("%d :root rules", len(roots))
	}
	read := func(rule []byte) map[string]string {
		colours := make(map[string]string)
		for _, m := range regexp.MustCompile(`--([a-z0-9-]+): (#[0-9a-f]{6});`).FindAllSubmatch(rule, -1) {
			colours[string(m[1])] = string(m[2])
		}
		return colours
	}
	return read(roots[0][1]), read(roots[1][1])
}

func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	n, err := strconv.ParseUint(strings.TrimPrefix(colour, "#"), 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for shift, weight := range map[int]float64{16: 0.2126, 8: 0.7152, 0: 0.0722} {
		c := float64(n>>shift&0xff) / 255
		if c <= 0.04045 {
			sum += weight * c / 12.92
		} else {
			sum += weight * math.Pow((c+0.055)/1.055, 2.4)
		}
	}
	return sum
}

// The assets ask for nothing elsewhere, and every property that is used is there.
func TestAssets(t *testing.T) {
	for name, asset := range map[string][]byte{"style.css": styleCSS, "live.js": liveJS} {
		for _, bad := range []string{"http:", "https:", "url(", "@import", "eval(", "innerHTML =", "Function("} {
			if strings.Contains(string(asset), bad) {
				t.Errorf("%s has %s", name, bad)
			}
		}
	}
	if n := strings.Count(string(liveJS), "\n"); n >= 280 {
		t.Errorf("live.js has %d lines", n)
	}
	light, _ := schemes(t)
	for _, m := range regexp.MustCompile(`var\(--([a-z0-9-]+)\)`).FindAllSubmatch(styleCSS, -1) {
		if light[string(m[1])] == "" {
			t.Errorf("style.css uses --%s, which it has not", m[1])
		}
	}
}

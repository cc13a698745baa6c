package rules_test

import (
	"testing"

	"github.com/fridaycounter/fridaycounter/rules"
)

func TestPattern(t *testing.T) {
	tests := []struct {
		text string
		name string
		want bool
	}{
		{"Production", "Production", true},
		{"Production", "production", false},
		{"Production", "Production EU", false},
		{"/^Prod/", "Production", true},
		{"/^Prod/", "Not Production", false},
		{"/(?i)^prod/", "PRODUCTION", true},
		{"/a/b/", "x a/b", true},
		{`/^\//`, "/etc", true},
		{"EU/Production", "EU/Production", true},
		{"Production/", "Production/", true},
		{"", "", true},
		{"", "x", false},
	}
	for _, test := range tests {
		if got := pattern(t, test.text).Match(test.name); got != test.want {
			t.Errorf("%s matches %q: got %v, want %v", test.text, test.name, got, test.want)
		}
	}
}

func TestParsePatternRefuses(t *testing.T) {
	tests := []struct{ text, want string }{
		{"/^Prod", "pattern /^Prod: a regexp has a / at both ends: want /^Prod/"},
		{"/^prod/i", "pattern /^prod/i: a regexp has a / at both ends: want /(?i)^prod/"},
		{"/", "pattern /: an empty regexp matches everything: leave the pattern out, or want a text between two /"},
		{"//", "pattern //: an empty regexp matches everything: leave the pattern out, or want a text between two /"},
		{"/(/", "pattern /(/: error parsing regexp: missing closing ): `(`"},
	}
	for _, test := range tests {
		if got, err := rules.ParsePattern(test.text); err == nil || err.Error() != test.want {
			t.Errorf("%s: got %v, %v, want %s", test.text, got, err, test.want)
		}
	}
}

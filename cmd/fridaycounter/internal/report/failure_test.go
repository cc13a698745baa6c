package report

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

func TestRefusal(t *testing.T) {
	at := func(line int, path, message, source string) schema.Diagnostic {
		return schema.Diagnostic{
			Position: rules.Position{File: "/etc/fridaycounter/counter.cue", Line: line, Column: 3}, Path: path, Message: message, Line: source,
		}
	}
	err := &schema.Error{Diagnostics: []schema.Diagnostic{
		at(9, "timezone", `"Mars" is not a zone`, `timezone: "Mars"`),
		at(12, "source.bamboo.url", `"htps://ci.example.com" is not a base URL`, `url: "htps://ci.example.com"`),
		at(13, "source.bamboo.auth.token.file", `/etc/secret/token: is not there`, ``),
		at(0, "", `expected '}', found https://ci.example.com/bamboo near /var/lib/x`, ""),
		at(20, "rules.x.environments[0]", `pattern //: an empty regexp`, ""),
	}}
	for _, c := range []struct {
		name   string
		err    error
		detail bool
		want   []string
	}{
		{"none", nil, false, nil},
		{"file", err, false, []string{
			`counter.cue:9:3: something is wrong here; the log says what`,
			`counter.cue:12:3: something is wrong here; the log says what`,
			`counter.cue:13:3: something is wrong here; the log says what`,
			`counter.cue: something is wrong here; the log says what`,
			`counter.cue:20:3: something is wrong here; the log says what`,
		}},
		{"detail", &schema.Error{Diagnostics: err.Diagnostics[1:2]}, true, []string{
			`/etc/fridaycounter/counter.cue:12:3: source.bamboo.url: "htps://ci.example.com" is not a base URL`,
			`    url: "htps://ci.example.com"`,
		}},
		{"another error", errors.New("open /etc/fridaycounter/counter.cue: permission denied"), false, []string{"it cannot be read or evaluated: the log says why"}},
		{"another, in detail", errors.New("open /etc/x: permission denied"), true, []string{"open /etc/x: permission denied"}},
	} {
		if diff := cmp.Diff(c.want, Refusal(c.err, c.detail)); diff != "" {
			t.Errorf("%s:\n%s", c.name, diff)
		}
	}
	// Whatever the file has at a mistake, none of it is in the lines.
	for _, secret := range []string{
		"MDEyMzQ1Njc4OTA6c2VjcmV0", "s3cret-ci.corp.example", "https://s3cret-ci.corp.example/bamboo", "/etc/secret", "secretdir/deployments.jsonl",
		"ci.s3cret.com", "s3cret:/etc/x", "ci-s3cret.example.org:8085",
	} {
		for _, message := range []string{
			`nothing here is called "%s" (files beside it are not read)`, `lay out "ci:%s": it is 150 pixels wide`, `the package "%s" cannot be imported`,
			`conflicting values "%s" and 'x'`, `expected operand, found %s`, `field not allowed: %s`, `"a\"%s" is odd`, "`%s` is odd",
		} {
			lines := Refusal(&schema.Error{Diagnostics: []schema.Diagnostic{at(8, "pages[0]."+secret, fmt.Sprintf(message, secret), secret)}}, false)
			if len(lines) != 1 || strings.Contains(lines[0], secret) || !strings.HasPrefix(lines[0], "counter.cue:8:3: ") {
				t.Errorf("got %q", lines)
			}
		}
	}
	many := &schema.Error{}
	for i := range 100 {
		many.Diagnostics = append(many.Diagnostics, at(i+1, "", "wrong", ""))
	}
	if got := Refusal(many, false); len(got) != maxRefusal+1 || got[maxRefusal] != "… and 80 more" {
		t.Errorf("100 errors: got %d lines, the last %q", len(got), got[len(got)-1])
	}
}

package diagnose

import (
	"bytes"
	"cmp"
	"regexp"
	"slices"
	"strings"
)

var (
	userinfo = regexp.MustCompile(`("[\w+]+:/+|://)([^\s"]*)(@)`)
	bareinfo = regexp.MustCompile(`(")([^/\s"]*)(@)`)
	address  = regexp.MustCompile(`()(https?://[^\s"]+)()`)
	query    = regexp.MustCompile(`(https?://[^?\s"]*\?)([^\s"]+)()`)
	login    = regexp.MustCompile(`(?i)\b\w*(auth\w*|token|pass\w*|pw|pwd|secret|credentials?|key|webhook)"?\s*[:=]|^\s*(auth\w*|token|passw\w*)\s`)
	label    = regexp.MustCompile(`"?([\w.-]+)"?\s*[?!]?\s*[:=]`)
	words    = regexp.MustCompile(`"(\\.|[^"\\])*"|'[^']*'|[\pL\pN_$#]+`)
	// keywords are what a login has that is no secret, and a URL without one.
	keywords = regexp.MustCompile(`^(auth|basic|token|header|name|value|username|password|credential|file|env|source|bamboo|url|environments|projects|write|true|false|null|\d{1,2}|NAME|PATH|webhook|mqtt|broker|topic|user|on|before|breach|record|stale|window|https?(://[^?@]*)?|\W*)$`)
	blotted  = regexp.MustCompile(`\b0?x+\b`)
)

// webhook is the URL of one, in quotes or not: who knows it can post.
var webhook = regexp.MustCompile(`(?i)(?:notify|webhook|slack|teams|mattermost)"?\s*:(?:"\w+"\s*:|[^"'/])*(?:["'](https?:[^\s"']*)|\bhttps?://([^\s"']+))`)

// hideLogins returns the text, with x for each letter of what may be a secret: all that stands behind the
// name of a login but its keywords, and behind a name that a server or broker does not have; and the URLs
// of webhooks.
func (f *File) hideLogins() []byte {
	var shown []byte
	inLogin, server, multi := false, (*Shape)(nil), false
	now, loginDepth, serverDepth := 0, 0, 0
	for line := range strings.Lines(string(f.text)) {
		code, from := Blot(line), len(line)
		if at := login.FindStringIndex(line); at != nil {
			from = at[0]
		}
		if inLogin {
			from = 0
		}
		for _, m := range label.FindAllStringSubmatchIndex(code, -1) {
			name := line[m[2]:m[3]]
			if (name == "bamboo" || name == "mqtt") && server == nil {
				server, serverDepth = cmp.Or(f.shape.at(Path{"source", name}), f.shape.at(Path{"display", name})), now+depth(code[:m[0]])
			} else if server != nil && (name == "auth" || server.Field(name) == nil) {
				from = min(from, m[0])
			}
		}
		before := now + depth(code[:from])
		now += depth(code)
		if strings.Count(line[from:], `"""`)%2 == 1 {
			multi = !multi
		}
		if !inLogin {
			loginDepth = before
		}
		inLogin = from < len(line) && (multi || now > loginDepth)
		if now <= serverDepth {
			server = nil
		}
		shown = append(shown, line[:from]+hideWords(line[from:])...)
	}
	for _, at := range webhook.FindAllSubmatchIndex(shown, -1) {
		from, to := max(at[2], at[4]), max(at[3], at[5]) // the group that is there
		copy(shown[from:], strings.Repeat("x", to-from))
	}
	return shown
}

func hideWords(line string) string {
	return words.ReplaceAllStringFunc(line, func(word string) string {
		inner := trim(word)
		if keywords.MatchString(inner) {
			return word
		}
		hidden := strings.Repeat("x", len(inner))
		if len(inner) > 1 && '0' <= inner[0] && inner[0] <= '9' {
			hidden = "0" + hidden[1:] // it is no name
		}
		return strings.Replace(word, inner, hidden, 1)
	})
}

// trim returns a word without its quotes.
func trim(word string) string { return strings.Trim(word, `"'`) }

// hideSecrets hides what may be a secret in a diagnostic: the user and the query in a URL, the URLs of
// webhooks and logins, and what the file says at a login, or stands on the line of one.
func (f *File) hideSecrets(p Path, d *Diagnostic) {
	parts := []*regexp.Regexp{userinfo, bareinfo, query}
	if slices.Contains(p, "webhook") || slices.Contains(p, "auth") {
		parts = append(parts, address)
	}
	for _, part := range parts {
		d.Message, d.Hint = part.ReplaceAllString(d.Message, "$1***$3"), part.ReplaceAllString(d.Hint, "$1***$3")
		d.Line = part.ReplaceAllStringFunc(d.Line, func(text string) string {
			m := part.FindStringSubmatch(text)
			return m[1] + strings.Repeat("*", len(m[2])) + m[3]
		})
	}
	line := lineOf(f.text, d.Position)
	isLogin := slices.Contains(p, "auth") || len(p) > 2 && (p[1] == "bamboo" || p[1] == "mqtt") && f.shape.at(p[:3]) == nil
	if f.Kind.isScenarios() || !isLogin && line == lineOf(f.shown, d.Position) {
		return
	}
	if isLogin {
		d.Line = hideWords(line)
	}
	unquote := strings.NewReplacer(`"`, " ", `'`, " ")
	left := words.FindAllString(unquote.Replace(lineOf(f.shown, d.Position)), -1)
	names := slices.DeleteFunc(words.FindAllString(unquote.Replace(line), -1), func(name string) bool { return slices.Contains(left, name) })
	hide := func(text, with string) string {
		return words.ReplaceAllStringFunc(text, func(word string) string {
			inner := trim(word)
			isQuoted := inner != word
			holds := func(name string) bool { // a hint may have more in its quotes
				return name == inner || isQuoted && with == "NAME" && len(name) > 2 && !keywords.MatchString(name) && strings.Contains(inner, name)
			}
			isSecret := (isQuoted || len(word) > 3) && slices.ContainsFunc(names, holds) || isLogin && isQuoted && bytes.Contains(f.text, []byte(word))
			if inner != "" && (isSecret && !keywords.MatchString(inner) || blotted.FindString(inner) == inner) {
				return strings.Replace(word, inner, with, 1)
			}
			return word
		})
	}
	if d.Message = hide(d.Message, "***"); !strings.HasPrefix(d.Hint, "did you mean") { // that is a name of the schema
		d.Hint = hide(d.Hint, "NAME")
	}
	d.Line = blotted.ReplaceAllStringFunc(d.Line, func(word string) string { return strings.Repeat("*", len(word)) })
	p = slices.Clone(p)
	for i := slices.Index(p, "auth") + 1; 0 < i && i < len(p); i++ {
		if !keywords.MatchString(p[i]) {
			p[i] = "***"
		}
	}
	d.Path = p.String()
}

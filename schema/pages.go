package schema

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"

	"github.com/fridaycounter/fridaycounter/drivers/led"
)

// hash returns the SHA-256 of the file in hex.
func hash(file []byte) string {
	sum := sha256.Sum256(file)
	return hex.EncodeToString(sum[:])
}

// decode reads an evaluated counter into its mirror type.
func decode(v cue.Value) (rawCounter, error) { return decodeAs[rawCounter](v) }

// decodeAs reads an evaluated value into a mirror type.
func decodeAs[T any](v cue.Value) (r T, err error) {
	b, err := v.MarshalJSON()
	if err != nil {
		return r, err
	}
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.DisallowUnknownFields()
	return r, d.Decode(&r)
}

// check is all of vet for a file that CUE accepts.
func (s *source) check() *Config {
	r, err := decode(s.value)
	if err != nil {
		s.explain(err)
		return nil
	}
	c := s.config(r)
	if !s.found.any() {
		s.trySpread(r, c)
	}
	return c
}

// trySpread evaluates the file under a spread of streaks: nothing but pages may
// differ, and every text must fit the glass.
func (s *source) trySpread(r rawCounter, c *Config) {
	names := sortedNames(r.Rules)
	s.reduce(names)
	for _, live := range spread(names) {
		pages, ok := s.under(live, &r)
		if !ok {
			return
		}
		for i, p := range s.pagesOf(pages) {
			at := path{"pages", strconv.Itoa(i), "text"}
			if _, err := led.Fit(p.Text, 8*c.Display.Columns, 8*c.Display.Rows, p.Font, p.Overflow); err != nil {
				s.report(at, fmt.Sprintf("cannot be shown when %s: %v", words(live.Streak), err), "")
			}
		}
	}
}

// under returns the pages under live values. It refuses a file in which anything
// but pages differs from fixed, if that is given.
func (s *source) under(live Live, fixed *rawCounter) ([]rawPage, bool) {
	if s.small.Exists() {
		if pages, ok := s.smallPages(live); ok {
			return pages, true
		}
	}
	if !s.value.Exists() {
		// The reduced file was enough so far.
		if s.evaluate(); s.found.any() {
			return nil, false
		}
	}
	v := s.value.Unify(s.live(s.value, live))
	if err := v.Validate(cue.All(), cue.Concrete(true)); err != nil {
		s.explainLive(err, live.Streak)
		return nil, false
	}
	r, err := decode(v)
	if err != nil {
		s.explainLive(err, live.Streak)
		return nil, false
	}
	if fixed != nil {
		return r.Pages, s.same(*fixed, r, live)
	}
	return r.Pages, true
}

// smallPages is under for the reduced file. Whatever is wrong there is left to
// the whole file, which has the right positions.
func (s *source) smallPages(live Live) ([]rawPage, bool) {
	v := s.small.Unify(s.live(s.small, live)).LookupPath(cue.ParsePath("pages"))
	if v.Validate(cue.All(), cue.Concrete(true)) != nil {
		return nil, false
	}
	b, err := v.MarshalJSON()
	if err != nil {
		return nil, false
	}
	var pages []rawPage
	err = json.Unmarshal(b, &pages)
	return pages, err == nil && len(pages) > 0
}

// live returns the values as CUE. One struct costs one evaluation.
func (s *source) live(v cue.Value, l Live) cue.Value {
	streaks := ast.NewStruct()
	for _, name := range slices.Sorted(maps.Keys(l.Streaks)) {
		if v.LookupPath(cue.MakePath(cue.Def("streaks"), cue.Str(name))).Exists() {
			streaks.Elts = append(streaks.Elts, &ast.Field{Label: ast.NewString(name), Value: streakExpr(l.Streaks[name])})
		}
	}
	return s.context.BuildExpr(ast.NewStruct(
		&ast.Field{Label: ast.NewIdent("#streak"), Value: streakExpr(l.Streak)},
		&ast.Field{Label: ast.NewIdent("#streaks"), Value: streaks},
	))
}

// streakExpr returns the streak as CUE.
func streakExpr(streak Streak) ast.Expr {
	x, v := ast.NewStruct(), reflect.ValueOf(streak)
	for i := range v.NumField() {
		name, _ := tagName(v.Type().Field(i))
		var value ast.Expr
		switch f := v.Field(i); f.Kind() {
		case reflect.Bool:
			value = ast.NewBool(f.Bool())
		case reflect.String:
			value = ast.NewString(f.String())
		default:
			value = intExpr(f.Int())
		}
		x.Elts = append(x.Elts, &ast.Field{Label: ast.NewIdent(name), Value: value})
	}
	return x
}

// intExpr returns an integer as CUE, whose literals have no sign.
func intExpr(n int64) ast.Expr {
	if n < 0 {
		return &ast.UnaryExpr{Op: token.SUB, X: ast.NewLit(token.INT, strconv.FormatInt(-n, 10))}
	}
	return ast.NewLit(token.INT, strconv.FormatInt(n, 10))
}

// explainLive is explain for errors that appear only under some live values.
func (s *source) explainLive(err error, streak Streak) {
	before := len(s.found.list)
	s.explain(err)
	for i := before; i < len(s.found.list); i++ {
		s.found.list[i].Message += " when " + words(streak)
	}
}

// same reports whether nothing but pages differs, and says which field does.
func (s *source) same(want, got rawCounter, live Live) bool {
	want.Pages, got.Pages = nil, nil
	w, g, ok := reflect.ValueOf(want), reflect.ValueOf(got), true
	for i := range w.NumField() {
		if !reflect.DeepEqual(w.Field(i).Interface(), g.Field(i).Interface()) {
			name, _ := tagName(w.Type().Field(i))
			s.report(path{name}, "depends on #streak: it differs when "+words(live.Streak)+", and only pages may", "")
			ok = false
		}
	}
	return ok
}

// pagesOf turns evaluated pages into Pages.
func (s *source) pagesOf(raw []rawPage) []Page {
	pages := make([]Page, len(raw))
	for i, r := range raw {
		at := path{"pages", strconv.Itoa(i)}
		if n := utf8.RuneCountInString(r.Text); n > maxText {
			s.report(at.with("text"), fmt.Sprintf("%d characters are too many: want at most %d", n, maxText), "")
		}
		pages[i] = Page{
			Text:     r.Text,
			Font:     led.Font(r.Font),
			Overflow: led.Overflow(r.Overflow),
			For:      s.duration(at.with("for"), r.For),
		}
	}
	return pages
}

// pages returns the pages under live values. If their number is to be fixed, it
// must be that of the Config, which has the defaults of #Streak.
func (s *source) pages(live Live, fixed bool) []Page {
	raw, ok := s.under(live, nil)
	if !ok {
		return nil
	}
	if usual, err := s.usualPages(); fixed && (err != nil || usual != len(raw)) {
		s.report(path{"pages"}, "their number depends on #streak", "")
	}
	return s.pagesOf(raw)
}

// usualPages returns the number of pages under the defaults.
func (s *source) usualPages() (int, error) {
	v := s.value
	if s.small.Exists() {
		v = s.small
	}
	n, err := v.LookupPath(cue.ParsePath("pages")).Len().Int64()
	return int(n), err
}

// words says a streak of the spread.
func words(s Streak) string {
	switch {
	case !s.Known:
		return "nothing is known"
	case s.Stale:
		return fmt.Sprintf("weeks is %d and stale", s.Weeks)
	case s.Forbidden:
		return fmt.Sprintf("weeks is %d and deploying is forbidden", s.Weeks)
	case s.AtLeast && s.HoursToWindow < 0:
		return fmt.Sprintf("weeks is at least %d and no window is to come", s.Weeks)
	case s.AtLeast:
		return fmt.Sprintf("weeks is at least %d", s.Weeks)
	}
	return fmt.Sprintf("weeks is %d", s.Weeks)
}

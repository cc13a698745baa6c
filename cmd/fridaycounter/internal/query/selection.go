// Package query reads what people and programs ask for: instants, and a selection of the
// deployments that are known, page by page.
package query

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/rules"
)

// Filter says which deployments are selected, in the words of the flags of history. The zero
// value selects all.
type Filter struct {
	From, Until, At, Source, Environment, Project, Rule string
	Breaches                                            bool
	Flag                                                string // what errors put before a name: "--" for a flag
}

// A Selection is what a filter selects of the deployments that are known.
type Selection struct {
	policy       *engine.Policy
	from, until  time.Time
	source       string // "": all
	environments source.Selection
	as           time.Time
	rule         string
	breaches     bool // only what breaks a rule
}

// NewSelection selects of what is known as of now, unless the filter has another instant.
func NewSelection(f Filter, policy *engine.Policy, known []source.Known, now time.Time) (s Selection, err error) {
	s = Selection{policy: policy, rule: f.Rule, source: f.Source, breaches: f.Breaches || f.Rule != ""}
	if s.as, err = At(f.At, policy.Zone, now); err != nil {
		return s, err
	}
	if f.Source != "" && policy.Config.Source(f.Source) == nil {
		return s, policy.Config.NoSource(f.Source)
	}
	if f.Rule != "" {
		if _, err := RuleIndex(policy, f.Rule); err != nil {
			return s, err
		}
	}
	if s.from, err = ParseInstant(f.Flag+"from", f.From, policy.Zone); err != nil {
		return s, err
	}
	if s.until, err = ParseInstant(f.Flag+"until", f.Until, policy.Zone); err != nil {
		return s, err
	}
	if !s.until.IsZero() && !s.until.After(s.from) {
		return s, fmt.Errorf("%suntil %s is not after %sfrom %s", f.Flag, f.Until, f.Flag, f.From)
	}
	return s, s.selectEnvironments(f, known)
}

// selectEnvironments reads --project and --environment. It refuses names that nothing has.
func (s *Selection) selectEnvironments(f Filter, known []source.Known) error {
	var given, names []string
	for _, flag := range []struct {
		name, text string
		to         *[]rules.Pattern
	}{{f.Flag + "project", f.Project, &s.environments.Projects}, {f.Flag + "environment", f.Environment, &s.environments.Environments}} {
		if flag.text == "" {
			continue
		}
		pattern, err := rules.ParsePattern(flag.text)
		if err != nil {
			return fmt.Errorf("%s: %w", flag.name, err)
		}
		*flag.to = []rules.Pattern{pattern}
		given = append(given, fmt.Sprintf("%s %q", flag.name, flag.text))
	}
	for i := range known {
		for j := range known[i].Environments {
			e := &known[i].Environments[j].Environment
			if s.has(e) {
				return nil
			}
			names = append(names, report.Environment(e))
		}
	}
	if len(given) == 0 {
		return nil
	}
	return fmt.Errorf("nothing that is stored matches %s: there is %s", strings.Join(given, " and "), cmp.Or(strings.Join(names, ", "), "nothing yet"))
}

// RuleIndex returns the index of a rule by its name.
func RuleIndex(policy *engine.Policy, name string) (int, error) {
	var names []string
	for i, c := range policy.Rules {
		if c.Rule().Name == name {
			return i, nil
		}
		names = append(names, fmt.Sprintf("%q", c.Rule().Name))
	}
	return 0, fmt.Errorf("there is no rule %q: there is %s", name, strings.Join(names, ", "))
}

// A Cursor is where a page ends: at a run, by what orders a listing. The zero Cursor is before
// the first page.
type Cursor struct {
	Order           int64 // the latest date in nanoseconds; greater than any while the run has not ended
	Environment, ID string
}

// String returns a text that ParseCursor reads.
func (c Cursor) String() string {
	data, _ := json.Marshal(c) // it is numbers and texts
	return base64.RawURLEncoding.EncodeToString(data)
}

// ParseCursor reads a cursor that String wrote; "" is the zero Cursor.
func ParseCursor(text string) (c Cursor, err error) {
	if text == "" {
		return c, nil
	}
	data, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		err = json.Unmarshal(data, &c)
	}
	if err != nil {
		return Cursor{}, fmt.Errorf("%q: want the next of the page before", source.TextOf(text, 80))
	}
	return c, nil
}

func cursorOf(d *rules.Deployment) Cursor {
	c := Cursor{math.MaxInt64, d.EnvironmentID, d.ID}
	if d.Final() {
		_, last := span(d)
		c.Order = last.UnixNano()
	}
	return c
}

// compare orders cursors as a listing has them, the newest first.
func (c Cursor) compare(other Cursor) int {
	return cmp.Or(cmp.Compare(other.Order, c.Order), strings.Compare(c.Environment, other.Environment), strings.Compare(other.ID, c.ID))
}

// span returns the earliest and the latest date of a deployment.
func span(d *rules.Deployment) (first, last time.Time) {
	for _, t := range []time.Time{d.Started, d.Executed, d.Finished} {
		if !t.IsZero() && (first.IsZero() || t.Before(first)) {
			first = t
		}
		if t.After(last) {
			last = t
		}
	}
	return first, last
}

// Page returns what is selected after a cursor, the newest first: at most limit, or all for 0.
// With links it names the CI server. next is where the page ends, zero for the last one.
func (s *Selection) Page(known []source.Known, after Cursor, limit int, links bool) (page []report.Listed, next Cursor) {
	type run struct {
		at Cursor
		d  *rules.Deployment
		e  *rules.Environment
	}
	var runs []run
	for i := range known {
		for j := range known[i].Environments {
			e := &known[i].Environments[j].Environment
			if !s.has(e) {
				continue
			}
			for k := range e.Deployments {
				d := &e.Deployments[k]
				if at := cursorOf(d); s.within(d) && (after == Cursor{} || after.compare(at) < 0) {
					runs = append(runs, run{at, d, e})
				}
			}
		}
	}
	slices.SortFunc(runs, func(a, b run) int {
		return cmp.Or(a.at.compare(b.at), b.d.Start().Compare(a.d.Start()))
	})
	for _, r := range runs {
		d, there := r.d.AsOf(s.as)
		breaches := s.breaks(&d, r.e)
		if !there || s.breaches && len(breaches) == 0 {
			continue
		}
		if limit > 0 && len(page) >= limit && r.at != next { // runs of one id are on one page
			return page, next
		}
		d.ProjectID, d.Project, d.Environment = r.e.ProjectID, r.e.Project, r.e.Name // the present names
		page, next = append(page, report.NewListed(&d, breaches, s.policy.Zone, links)), r.at
	}
	return page, Cursor{}
}

// has reports whether an environment is selected.
func (s *Selection) has(e *rules.Environment) bool {
	return (s.source == "" || s.source == e.Source) && s.environments.Has(e)
}

// within reports whether a deployment reaches from, and began before until. One that has not
// ended reaches any instant.
func (s *Selection) within(d *rules.Deployment) bool {
	first, last := span(d)
	return (!d.Final() || !last.Before(s.from)) && (s.until.IsZero() || first.Before(s.until))
}

// breaks returns the breaches of a deployment that are selected.
func (s *Selection) breaks(d *rules.Deployment, e *rules.Environment) []rules.Breach {
	if !s.policy.Reads(e) {
		return nil
	}
	return slices.DeleteFunc(s.policy.Breaks(d, e, s.as), func(b rules.Breach) bool { return s.rule != "" && b.Rule != s.rule })
}

// ParseKey reads a source as "history check" lists it: its name, a blank and its address, of which
// a scheme is cut off.
func ParseKey(text string) (source.Key, error) {
	name, address, _ := strings.Cut(text, " ")
	if _, rest, ok := strings.Cut(address, "://"); ok {
		address = rest
	}
	if name == "" || address == "" {
		return source.Key{}, fmt.Errorf("%q is not a source: want its name and address, like \"bamboo ci.example.com\" (hint: fridaycounter history check lists them)", text)
	}
	return source.Key{Name: name, Address: strings.TrimRight(address, "/")}, nil
}

// FindEnvironment returns the source that has an environment, and the environment's id there. The
// text is that id, or SOURCE/ID.
func FindEnvironment(sources []source.Known, text string) (known source.Known, id string, err error) {
	found := 0
	for _, k := range sources {
		if name, rest, ok := strings.Cut(text, "/"); ok && name == k.Name && k.Environment(rest) != nil {
			return k, rest, nil
		}
		if k.Environment(text) != nil {
			known = k
			found++
		}
	}
	switch {
	case found == 0:
		err = fmt.Errorf("no environment has the id %q (hint: fridaycounter explain prints the line for each that is gone)", text)
	case found > 1:
		err = fmt.Errorf("environments of %d sources have the id %q: want SOURCE/ID", found, text)
	}
	return known, text, err
}

// Package query reads what people and programs ask for: instants, and a selection of the
// deployments that are known, page by page.
package query

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/rules"
)

// Filter says what is selected, in the words of the flags of history; the zero value is all.
type Filter struct {
	From, Until, At, Environment, Project, Rule string
	Breaches                                    bool
}

// A Selection is what a filter selects, under a policy.
type Selection struct {
	policy      *engine.Policy
	from, until time.Time // see between
	chosen      source.Selection
	as          time.Time
	rule        string
	only        bool // breaches
}

// NewSelection selects of what is known as of now, unless the filter says at.
func NewSelection(f Filter, policy *engine.Policy, known []source.Known, now time.Time) (s Selection, err error) {
	s = Selection{policy: policy, rule: f.Rule, only: f.Breaches || f.Rule != ""}
	if s.as, err = At(f.At, policy.Zone, now); err != nil {
		return s, err
	}
	if f.Rule != "" {
		if _, err := RuleIndex(policy, f.Rule); err != nil {
			return s, err
		}
	}
	if s.from, err = ParseInstant("--from", f.From, policy.Zone); err != nil {
		return s, err
	}
	if s.until, err = ParseInstant("--until", f.Until, policy.Zone); err != nil {
		return s, err
	}
	if !s.until.IsZero() && !s.until.After(s.from) {
		return s, fmt.Errorf("--until %s is not after --from %s", f.Until, f.From)
	}
	s.chosen, err = selecting(f, known)
	return s, err
}

// A Place is where a page of a listing ends: at a run, by what orders it. The zero place is
// before the first page.
type Place struct {
	order           int64 // see orderOf
	environment, id string
}

// String returns a text that ParsePlace reads.
func (p Place) String() string {
	return fmt.Sprintf("%d.%x.%x", p.order, p.environment, p.id)
}

// ParsePlace reads a place that String wrote; "" is the zero place.
func ParsePlace(text string) (p Place, err error) {
	if text == "" {
		return p, nil
	}
	parts := append(strings.Split(text, "."), "", "") // at least three
	order, _ := strconv.ParseInt(parts[0], 10, 64)
	environment, _ := hex.DecodeString(parts[1])
	id, _ := hex.DecodeString(parts[2])
	if p = (Place{order, string(environment), string(id)}); p.String() != text {
		return Place{}, fmt.Errorf("%q is not the place of a page", source.TextOf(text, 80))
	}
	return p, nil
}

// orderOf orders deployments from old to new: those that have not ended last, the others by
// their latest date, in nanoseconds.
func orderOf(d *rules.Deployment) int64 {
	if !d.Final() {
		return math.MaxInt64
	}
	_, last := span(d)
	return last.UnixNano()
}

// span returns the earliest and the latest date of a deployment; zero if it has none.
func span(d *rules.Deployment) (first, last time.Time) {
	dates := []time.Time{d.Started, d.Executed, d.Finished}
	dates = slices.DeleteFunc(dates, time.Time.IsZero)
	if len(dates) == 0 {
		return first, last
	}
	return slices.MinFunc(dates, time.Time.Compare), slices.MaxFunc(dates, time.Time.Compare)
}

// compare orders places as a listing has them, the newest first.
func (p Place) compare(other Place) int {
	return cmp.Or(cmp.Compare(other.order, p.order), strings.Compare(p.environment, other.environment), strings.Compare(other.id, p.id))
}

// Page returns what is selected after a place, the newest first: at most limit, or all for
// 0. next is the place of the next page, zero after the last.
func (s *Selection) Page(known []source.Known, after Place, limit int) (page []report.Listed, next Place) {
	type entry struct {
		at Place
		d  *rules.Deployment
		e  *rules.Environment
	}
	var list []entry
	for i := range known {
		for j := range known[i].Environments {
			e := &known[i].Environments[j].Environment
			if !s.chosen.Has(e) {
				continue
			}
			for k := range e.Deployments {
				d := &e.Deployments[k]
				at := Place{orderOf(d), d.EnvironmentID, d.ID}
				if s.between(d) && (after == Place{} || after.compare(at) < 0) {
					list = append(list, entry{at, d, e})
				}
			}
		}
	}
	slices.SortFunc(list, func(a, b entry) int {
		return cmp.Or(a.at.compare(b.at), b.d.Start().Compare(a.d.Start()))
	})
	var last Place
	for _, x := range list {
		one, ok := s.list(x.d, x.e)
		if !ok {
			continue
		}
		if limit > 0 && len(page) >= limit && x.at != last { // runs of one id are on one page
			return page, last
		}
		page, last = append(page, one), x.at
	}
	return page, Place{}
}

// between reports whether a deployment reaches from, and began before until; one that has
// not ended reaches everything.
func (s *Selection) between(d *rules.Deployment) bool {
	first, last := span(d)
	return (s.from.IsZero() || !d.Final() || !last.Before(s.from)) && (s.until.IsZero() || first.Before(s.until))
}

// RuleIndex returns the index of a rule by its name.
func RuleIndex(policy *engine.Policy, name string) (int, error) {
	var known []string
	for i, c := range policy.Rules {
		if c.Rule().Name == name {
			return i, nil
		}
		known = append(known, fmt.Sprintf("%q", c.Rule().Name))
	}
	return 0, fmt.Errorf("there is no rule %q: there is %s", name, strings.Join(known, ", "))
}

// selecting returns what --environment and --project select. Patterns that match nothing
// that is kept are refused.
func selecting(f Filter, known []source.Known) (chosen source.Selection, err error) {
	var given []string
	for _, flag := range []struct {
		name, text string
		to         *[]rules.Pattern
	}{{"--project", f.Project, &chosen.Projects}, {"--environment", f.Environment, &chosen.Environments}} {
		if flag.text == "" {
			continue
		}
		pattern, err := rules.ParsePattern(flag.text)
		if err != nil {
			return chosen, fmt.Errorf("%s: %w", flag.name, err)
		}
		*flag.to = []rules.Pattern{pattern}
		given = append(given, fmt.Sprintf("%s %q", flag.name, flag.text))
	}
	var names []string
	for i := range known {
		for j := range known[i].Environments {
			e := &known[i].Environments[j].Environment
			if chosen.Has(e) {
				return chosen, nil
			}
			names = append(names, report.Environment(e))
		}
	}
	if len(given) == 0 {
		return chosen, nil
	}
	return chosen, fmt.Errorf("nothing that is kept matches %s: there is %s", strings.Join(given, " and "), cmp.Or(strings.Join(names, ", "), "nothing yet"))
}

// list returns a deployment as it is listed; ok is false if it is not selected.
func (s *Selection) list(d *rules.Deployment, e *rules.Environment) (report.Listed, bool) {
	zone := s.policy.Zone
	was, there := d.AsOf(s.as)
	if !there {
		return report.Listed{}, false
	}
	d = &was
	one := report.Listed{Deployment: report.NewDeployment(d, zone), Breaks: []report.Broken{}}
	one.ProjectID, one.Project, one.Environment = e.ProjectID, e.Project, e.Name // the present ones
	if s.policy.Reads(e) {
		for _, b := range s.policy.Breaks(d, e, s.as) {
			if s.rule == "" || b.Rule == s.rule {
				one.Breaks = append(one.Breaks, report.Broken{Rule: b.Rule, At: b.At.In(zone)})
			}
		}
	}
	return one, !s.only || len(one.Breaks) > 0
}

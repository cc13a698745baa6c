package main

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/rules"
)

// A selection is what the flags select, under a policy.
type selection struct {
	policy      *engine.Policy
	from, until time.Time // see between
	chosen      source.Selection
	as          time.Time
	rule        string
	only        bool // breaches
}

func newSelection(f listFlags, policy *engine.Policy, known []source.Known) (s selection, err error) {
	s = selection{policy: policy, rule: f.rule, only: f.breaches || f.rule != ""}
	if s.as, err = instant(f.at, policy.Zone, clock()); err != nil {
		return s, err
	}
	if f.rule != "" {
		if _, err := ruleIndex(policy, f.rule); err != nil {
			return s, err
		}
	}
	if s.from, err = parseInstant("--from", f.from, policy.Zone); err != nil {
		return s, err
	}
	if s.until, err = parseInstant("--until", f.until, policy.Zone); err != nil {
		return s, err
	}
	if !s.until.IsZero() && !s.until.After(s.from) {
		return s, fmt.Errorf("--until %s is not after --from %s", f.until, f.from)
	}
	s.chosen, err = selecting(f, known)
	return s, err
}

// A place is where a page of a listing ends: at a run, by what orders it. The zero place is
// before the first page.
type place struct {
	order           int64 // see orderOf
	environment, id string
}

// String returns a text that parsePlace reads.
func (p place) String() string {
	return fmt.Sprintf("%d.%x.%x", p.order, p.environment, p.id)
}

// parsePlace reads a place that String wrote; "" is the zero place.
func parsePlace(text string) (p place, err error) {
	if text == "" {
		return p, nil
	}
	parts := append(strings.Split(text, "."), "", "") // at least three
	order, _ := strconv.ParseInt(parts[0], 10, 64)
	environment, _ := hex.DecodeString(parts[1])
	id, _ := hex.DecodeString(parts[2])
	if p = (place{order, string(environment), string(id)}); p.String() != text {
		return place{}, fmt.Errorf("%q is not the place of a page", source.TextOf(text, 80))
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
func (p place) compare(other place) int {
	return cmp.Or(cmp.Compare(other.order, p.order), strings.Compare(p.environment, other.environment), strings.Compare(other.id, p.id))
}

// page returns what is selected after a place, the newest first: at most limit, or all for
// 0. next is the place of the next page, zero after the last.
func (s *selection) page(known []source.Known, after place, limit int) (page []listedDeployment, next place) {
	type entry struct {
		at place
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
				at := place{orderOf(d), d.EnvironmentID, d.ID}
				if s.between(d) && (after == place{} || after.compare(at) < 0) {
					list = append(list, entry{at, d, e})
				}
			}
		}
	}
	slices.SortFunc(list, func(a, b entry) int {
		return cmp.Or(a.at.compare(b.at), b.d.Start().Compare(a.d.Start()))
	})
	var last place
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
	return page, place{}
}

// between reports whether a deployment reaches from, and began before until; one that has
// not ended reaches everything.
func (s *selection) between(d *rules.Deployment) bool {
	first, last := span(d)
	return (s.from.IsZero() || !d.Final() || !last.Before(s.from)) && (s.until.IsZero() || first.Before(s.until))
}

func ruleIndex(policy *engine.Policy, name string) (int, error) {
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
func selecting(f listFlags, known []source.Known) (chosen source.Selection, err error) {
	var given []string
	for _, flag := range []struct {
		name, text string
		to         *[]rules.Pattern
	}{{"--project", f.project, &chosen.Projects}, {"--environment", f.environment, &chosen.Environments}} {
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
			names = append(names, fullName(e))
		}
	}
	if len(given) == 0 {
		return chosen, nil
	}
	return chosen, fmt.Errorf("nothing that is kept matches %s: there is %s", strings.Join(given, " and "), cmp.Or(strings.Join(names, ", "), "nothing yet"))
}

func fullName(e *rules.Environment) string {
	return fmt.Sprintf("%s/%s (id %s)", e.Project, e.Name, e.ID)
}

// list returns a deployment as it is listed; ok is false if it is not selected.
func (s *selection) list(d *rules.Deployment, e *rules.Environment) (listedDeployment, bool) {
	zone := s.policy.Zone
	was, there := d.AsOf(s.as)
	if !there {
		return listedDeployment{}, false
	}
	d = &was
	one := listedDeployment{newDeploymentAnswer(d, zone), []broken{}}
	one.ProjectID, one.Project, one.Environment = e.ProjectID, e.Project, e.Name // the present ones
	if s.policy.Reads(e) {
		for _, b := range s.policy.Breaks(d, e, s.as) {
			if s.rule == "" || b.Rule == s.rule {
				one.Breaks = append(one.Breaks, broken{b.Rule, b.At.In(zone)})
			}
		}
	}
	return one, !s.only || len(one.Breaks) > 0
}

// Package query reads what people and programs ask for: instants, and a list of the
// deployments that are known, page by page.
package query

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/rules"
)

// A Filter says which deployments are listed, in the words of the flags of history. The zero
// value lists all.
type Filter struct {
	From, Until, At, Source, Environment, Project, Rule string
	Breaches                                            bool   // only what breaks a rule
	After                                               string // the end of the page before; "": list the first page
	Limit                                               int    // of a page; 0: list all
	Links                                               bool   // to the CI server
	Flag                                                string // what errors put before a name: "--" for a flag
}

// List returns what is selected of the deployments that are known as of now, unless the filter has
// another instant: the newest first, and where the page ends, "" for the last one.
func (f Filter) List(policy *engine.Policy, known []source.Known, now time.Time) (page []report.Listed, end string, err error) {
	as, badAs := At(f.At, policy.Zone, now)
	from, badFrom := ParseInstant(f.Flag+"from", f.From, policy.Zone)
	until, badUntil := ParseInstant(f.Flag+"until", f.Until, policy.Zone)
	after, badAfter := base64.RawURLEncoding.DecodeString(f.After)
	environments, badName := f.environments(known)
	switch {
	case f.Source != "" && policy.Config.Source(f.Source) == nil:
		err = policy.Config.NoSource(f.Source)
	case f.Rule != "" && policy.Rule(f.Rule) == nil:
		_, err = RuleIndex(policy, f.Rule)
	case badFrom == nil && badUntil == nil && !until.IsZero() && !until.After(from):
		err = fmt.Errorf("%suntil %s is not after %sfrom %s", f.Flag, f.Until, f.Flag, f.From)
	case badAfter != nil || f.After != "" && !strings.Contains(string(after), placeSeparator):
		err = fmt.Errorf("%safter: %q: want the next of the page before", f.Flag, source.TextOf(f.After, 80))
	}
	if err := cmp.Or(badAs, badFrom, badUntil, err, badName); err != nil {
		return nil, "", err
	}
	last := ""
	for _, r := range runs(environments, from, until, string(after)) {
		d, there := r.d.AsOf(as)
		breaches := f.breaks(policy, &d, r.e, as)
		if !there || (f.Breaches || f.Rule != "") && len(breaches) == 0 {
			continue
		}
		if f.Limit > 0 && len(page) >= f.Limit && r.place != last { // runs of one id are on one page
			return page, base64.RawURLEncoding.EncodeToString([]byte(last)), nil
		}
		d.ProjectID, d.Project, d.Environment = r.e.ProjectID, r.e.Project, r.e.Name // the present names
		page, last = append(page, report.NewListed(&d, breaches, policy.Zone, f.Links)), r.place
	}
	return page, "", nil
}

// environments returns those that source, project and environment select. It refuses names that nothing has.
func (f *Filter) environments(known []source.Known) (list []*rules.Environment, err error) {
	var selected source.Selection
	var given, names []string
	for _, flag := range []struct {
		name, text string
		to         *[]rules.Pattern
	}{{f.Flag + "project", f.Project, &selected.Projects}, {f.Flag + "environment", f.Environment, &selected.Environments}} {
		if flag.text == "" {
			continue
		}
		pattern, err := rules.ParsePattern(flag.text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", flag.name, err)
		}
		*flag.to = []rules.Pattern{pattern}
		given = append(given, fmt.Sprintf("%s %q", flag.name, flag.text))
	}
	for i := range known {
		for j := range known[i].Environments {
			e := &known[i].Environments[j].Environment
			names = append(names, report.Environment(e))
			if (f.Source == "" || f.Source == e.Source) && selected.Has(e) {
				list = append(list, e)
			}
		}
	}
	if list == nil && given != nil {
		err = fmt.Errorf("nothing that is stored matches %s: there is %s", strings.Join(given, " and "), cmp.Or(strings.Join(names, ", "), "nothing yet"))
	}
	return list, err
}

// breaks returns the breaches of a deployment that are selected.
func (f *Filter) breaks(policy *engine.Policy, d *rules.Deployment, e *rules.Environment, as time.Time) []rules.Breach {
	if !policy.Reads(e) {
		return nil
	}
	return slices.DeleteFunc(policy.Breaks(d, e, as), func(b rules.Breach) bool { return f.Rule != "" && b.Rule != f.Rule })
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

// A run is a deployment to an environment. Its place orders a listing, the greatest first: the latest
// date, or before all others while it has not ended; then what names it.
type run struct {
	place string
	d     *rules.Deployment
	e     *rules.Environment
}

const placeSeparator = "\n" // in no id

// runs returns the deployments that reach from and began before until, the newest first. One that has
// not ended reaches any instant. after is the place before the first one, or "".
func runs(environments []*rules.Environment, from, until time.Time, after string) (list []run) {
	for _, e := range environments {
		for i := range e.Deployments {
			d := &e.Deployments[i]
			first, last := span(d)
			if d.Final() && last.Before(from) || !until.IsZero() && !first.Before(until) {
				continue
			}
			date := "running" // greater than any date
			if d.Final() {
				date = last.UTC().Format("2006-01-02T15:04:05.000000000")
			}
			place := strings.Join([]string{date, e.ID, d.ID}, placeSeparator)
			if after == "" || place < after {
				list = append(list, run{place, d, e})
			}
		}
	}
	slices.SortFunc(list, func(a, b run) int {
		return cmp.Or(strings.Compare(b.place, a.place), b.d.Start().Compare(a.d.Start()))
	})
	return list
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

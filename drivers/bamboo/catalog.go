package bamboo

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/drivers/source/rest"
	"github.com/fridaycounter/fridaycounter/rules"
)

const (
	catalogAge   = 24 * time.Hour   // the list of environments is read again after this
	catalogRetry = 15 * time.Minute // or after this, when something is missing
	maxListed    = 20000            // environments of a server
	maxVisible   = 20               // environments that an error about a missing one shows
)

// catalog is which environments the server has, as far as the client knows.
type catalog struct {
	listed []rules.Environment // identity and present names; by project, name and id
	read   time.Time           // when it was read or last tried
	maxAge time.Duration       // how long it is good for; 0: it was never read
}

// selected returns the environments to read: those that are listed and selected under a
// name that they have, or ever had.
func (p *poll) selected(ctx context.Context) (list []rules.Environment) {
	c := &p.client.catalog
	if age := p.Now.Sub(c.read); c.maxAge > 0 && 0 <= age && age < c.maxAge {
		return p.selectedOfListed()
	}
	listed, err := p.listEnvironments(ctx)
	// A failure counts too: else a list that takes too long to make would, in each poll, leave
	// no time for the environments.
	c.read = p.Now
	switch cause := rest.Cause(err, ""); {
	case err == nil:
		slices.SortFunc(listed, func(a, b rules.Environment) int {
			return cmp.Or(cmp.Compare(a.Project, b.Project), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
		})
		c.listed, c.maxAge = listed, catalogAge
	case c.maxAge > 0 && !p.Over(ctx):
		p.Note("environments", "the list of environments could not be read again: %v", err)
		c.maxAge = catalogRetry
	default:
		p.Errs = append(p.Errs, cause)
		c.maxAge = min(c.maxAge, catalogRetry)
		if p.Over(ctx) || cause.Kind == source.Login {
			return nil
		}
		for _, k := range p.Selected() {
			list = append(list, k.Present())
		}
		return list
	}
	return p.selectedOfListed()
}

// selectedOfListed returns the selected environments of the catalog, and adds an error
// about what is missing.
func (p *poll) selectedOfListed() []rules.Environment {
	p.Answer.Listed = true
	c, selection := &p.client.catalog, &p.Opts.Selection
	var chosen, all, within []rules.Environment // within: of the selected projects
	for _, e := range c.listed {
		e.Source = p.Known.Name
		named := e
		if k := p.Known.Environment(e.ID); k != nil {
			named.FormerNames = append(slices.Clone(k.FormerNames), k.Name)
			named.FormerProjects = append(slices.Clone(k.FormerProjects), k.Project)
		}
		if selection.Has(&named) {
			chosen = append(chosen, e)
		}
		all = append(all, named)
	}
	matched := len(chosen) > 0 // also by what is gone, for good or not
	for i := range p.Known.Environments {
		k := &p.Known.Environments[i].Environment
		all, matched = append(all, *k), matched || selection.Has(k)
	}
	for i := range all {
		if all[i].Matches(selection.Projects, nil) {
			within = append(within, all[i])
		}
	}
	projects, _ := selection.Unmatched(all)
	_, environments := selection.Unmatched(within)
	if len(projects)+len(environments) > 0 || !matched {
		c.maxAge = catalogRetry
		p.Errs = append(p.Errs, &source.Error{Kind: source.Missing, Err: missing(projects, environments, within, c.listed)})
	}
	for _, k := range p.Selected() {
		if !slices.ContainsFunc(chosen, func(e rules.Environment) bool { return e.ID == k.ID }) {
			c.maxAge = catalogRetry
		}
	}
	return chosen
}

// listEnvironments asks which environments there are: by id where only ids are selected, else, or when
// an id cannot be viewed, with the list of everything.
func (p *poll) listEnvironments(ctx context.Context) ([]rules.Environment, error) {
	if ids, ok := p.selectedIDs(); ok {
		listed, err := p.listByID(ctx, ids)
		unseen := rest.IsStatus(err, http.StatusNotFound) || rest.IsStatus(err, http.StatusForbidden)
		if !unseen || p.Over(ctx) {
			return listed, err
		}
	}
	const call = "deploy/project/all"
	var projects boundedList[wireProject]
	if err := p.get(ctx, call, nil, &projects); err != nil {
		return nil, err
	}
	if projects == nil {
		return nil, fmt.Errorf("GET %s: the answer is null", p.show(call))
	}
	var listed []rules.Environment
	seen := map[string]bool{"": true}
	for _, project := range projects {
		if project.ID.text == "" {
			return nil, fmt.Errorf("GET %s: a project without an id", p.show(call))
		}
		name := p.Text(project.Name)
		for _, e := range project.Environments {
			if seen[e.ID.text] {
				continue
			}
			seen[e.ID.text] = true
			if len(listed) == maxListed {
				return nil, fmt.Errorf("GET %s: more than %d environments", p.show(call), maxListed)
			}
			listed = append(listed, rules.Environment{ID: e.ID.text, Name: p.Text(e.Name), ProjectID: project.ID.text, Project: name})
		}
	}
	return listed, nil
}

// selectedIDs returns the selected environments if all of them are ids.
func (p *poll) selectedIDs() ([]string, bool) {
	var ids []string
	for _, pattern := range p.Opts.Selection.Environments {
		n, err := strconv.ParseInt(pattern.String(), 10, 64)
		id := strconv.FormatInt(n, 10)
		if err != nil || n <= 0 || id != pattern.String() {
			return nil, false
		}
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return slices.Compact(ids), len(ids) > 0
}

func (p *poll) listByID(ctx context.Context, ids []string) ([]rules.Environment, error) {
	var listed []rules.Environment
	names := map[string]string{} // of projects, by which a rule may be limited
	for _, id := range ids {
		e, err := p.environmentByID(ctx, id)
		if err != nil {
			return nil, err
		}
		name, ok := names[e.ProjectID.text]
		if !ok {
			var project wireProject
			if err := p.get(ctx, "deploy/project/"+e.ProjectID.text, nil, &project); err != nil {
				return nil, err
			}
			name = p.Text(project.Name)
			names[e.ProjectID.text] = name
		}
		listed = append(listed, rules.Environment{ID: id, Name: p.Text(e.Name), ProjectID: e.ProjectID.text, Project: name})
	}
	return listed, nil
}

func (p *poll) environmentByID(ctx context.Context, id string) (e wireEnvironment, err error) {
	call := "deploy/environment/" + id
	if err = p.get(ctx, call, nil, &e); err == nil && e.ID.text != id {
		err = fmt.Errorf("GET %s: the answer is of another environment", p.show(call))
	}
	return e, err
}

// missing says that patterns match nothing that the server shows, and which of the names
// look like them: of projects all, of environments those within the selected projects.
func missing(projects, environments []string, within, listed []rules.Environment) error {
	var parts, names, nearby []string
	if len(projects) > 0 {
		parts = append(parts, "no deployment project "+quoted(projects))
	}
	if len(environments) > 0 || len(projects) == 0 {
		parts = append(parts, strings.TrimSpace("no environment "+quoted(environments)))
	}
	text := strings.Join(parts, ", ")
	for _, e := range listed {
		names = append(names, e.Project)
	}
	for _, e := range within {
		nearby = append(nearby, e.Name)
	}
	text += source.Hints(projects, names) + source.Hints(environments, nearby)
	text += ", or the login may not see it; names are compared exactly; visible:"
	for _, e := range listed[:min(maxVisible, len(listed))] {
		text += fmt.Sprintf(" %q / %q (%s),", e.Project, e.Name, e.ID)
	}
	return fmt.Errorf("%s %d in all", text, len(listed))
}

func quoted(names []string) string { return strings.Trim(fmt.Sprintf("%q", names), "[]") }

package bamboo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

const (
	catalogAge   = 24 * time.Hour   // the list of environments is read again after this
	catalogRetry = 15 * time.Minute // or after this, when something is missing
	maxHave      = 20               // environments that a MissingError lists
)

// catalog is which environments are configured and exist.
type catalog struct {
	chosen  []rules.Environment // ordered by project and name; coverage is not set
	gone    []rules.Environment // were chosen once and are not listed any more
	missing *MissingError       // nil: every pattern matches
	read    time.Time           // when it was read or last tried; zero: never
	valid   bool
	stale   bool // an environment answered 404
}

func (c *catalog) isDue(now time.Time) bool {
	age := now.Sub(c.read)
	switch {
	case !c.valid, age < 0, age >= catalogAge:
		return true
	case c.stale, c.missing != nil:
		return age >= catalogRetry
	}
	return false
}

// discover returns the environments to read. The error may come with some: what
// is missing is one, and the rest is read all the same.
func (p *poll) discover(ctx context.Context) ([]rules.Environment, error) {
	held := &p.client.catalog
	if !held.isDue(p.now) {
		return held.chosen, held.lack()
	}
	listed, err := p.list(ctx)
	if err != nil {
		if !held.valid && isForbidden(err) {
			p.hold() // nothing can be read without the list
		}
		if !held.valid || ctx.Err() != nil {
			return nil, err
		}
		// Not with each poll, lest a list that takes too long to make hides what
		// the environments have.
		held.read, held.stale = p.now, true
		if p.stops(ctx, err) {
			return nil, err
		}
		p.note(Note{NoteDiscovery, "", fmt.Sprintf("the list of environments could not be read again: %v", err)})
		return held.chosen, held.lack()
	}
	fresh := p.choose(listed)
	p.compare(*held, &fresh, listed)
	fresh.read, fresh.valid = p.now, true
	*held = fresh
	return held.chosen, held.lack()
}

// lack returns what is missing, as an error or nil.
func (c *catalog) lack() error {
	if c.missing == nil {
		return nil
	}
	return c.missing
}

// list asks which environments there are: by id where that is all that is
// configured, else, or when an id is not to be seen, with the list of everything.
func (p *poll) list(ctx context.Context) ([]rules.Environment, error) {
	if ids, ok := p.client.configuredIDs(); ok {
		listed, err := p.listByID(ctx, ids)
		var answer *StatusError
		notFound := errors.As(err, &answer) && answer.Status == http.StatusNotFound
		if !notFound && (p.halted || !isForbidden(err)) {
			return listed, err
		}
	}
	var projects *[]wireProject
	if err := p.get(ctx, "deploy/project/all", nil, &projects); err != nil {
		return nil, err
	}
	if projects == nil {
		return nil, errors.New("bamboo: GET " + p.client.show("deploy/project/all") + ": the answer is null")
	}
	var listed []rules.Environment
	seen := map[wireID]bool{}
	for _, project := range *projects {
		for _, e := range project.Environments {
			if e.ID == 0 || seen[e.ID] {
				continue
			}
			seen[e.ID] = true
			listed = append(listed, rules.Environment{
				ID: e.ID.String(), Name: e.Name, ProjectID: project.ID.String(), Project: project.Name,
			})
		}
	}
	return listed, nil
}

// configuredIDs returns the configured environments if all of them are ids.
func (c *Client) configuredIDs() ([]string, bool) {
	var ids []string
	for _, pattern := range c.opts.Environments {
		n, err := strconv.ParseInt(pattern.String(), 10, 64)
		if id := strconv.FormatInt(n, 10); err != nil || n <= 0 || id != pattern.String() {
			return nil, false
		} else if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids, len(ids) > 0
}

func (p *poll) listByID(ctx context.Context, ids []string) ([]rules.Environment, error) {
	var listed []rules.Environment
	names := map[wireID]string{} // of projects: a rule may be scoped by them
	for _, id := range ids {
		var e wireEnvironment
		if err := p.get(ctx, "deploy/environment/"+id, nil, &e); err != nil {
			return nil, err
		}
		if e.ID.String() != id {
			return nil, fmt.Errorf("bamboo: GET %s: the answer is of environment %s", p.client.show("deploy/environment/"+id), e.ID)
		}
		name, ok := names[e.ProjectID]
		if !ok {
			var project wireProject
			if err := p.get(ctx, "deploy/project/"+e.ProjectID.String(), nil, &project); err != nil {
				return nil, err
			}
			name = project.Name
			names[e.ProjectID] = name
		}
		listed = append(listed, rules.Environment{ID: id, Name: e.Name, ProjectID: e.ProjectID.String(), Project: name})
	}
	return listed, nil
}

// choose picks the configured environments, and says which pattern has none.
func (p *poll) choose(listed []rules.Environment) catalog {
	slices.SortFunc(listed, func(a, b rules.Environment) int {
		return cmp.Or(cmp.Compare(a.Project, b.Project), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	projects := newMatcher(p.client.opts.Projects)
	environments := newMatcher(p.client.opts.Environments)
	var fresh catalog
	for _, e := range listed {
		if projects.match(e.ProjectID, e.Project) && environments.match(e.ID, e.Name) {
			fresh.chosen = append(fresh.chosen, e)
		}
	}
	if len(fresh.chosen) == 0 && len(p.client.opts.Environments) == 0 {
		fresh.missing = newMissing(p.login, listed)
		fresh.missing.Why = "there is none at all"
	}
	if len(projects.idle()) > 0 || len(environments.idle()) > 0 {
		fresh.missing = newMissing(p.login, listed)
		fresh.missing.Projects, fresh.missing.Environments = projects.idle(), environments.idle()
	}
	return fresh
}

// compare says what changed since the list was read before. An environment that
// is gone stays an error for as long as the client lives: a deleted, renamed or
// hidden production must not make a better number.
func (p *poll) compare(old catalog, fresh *catalog, listed []rules.Environment) {
	var gone []string
	renamed := func(before, now rules.Environment) {
		if now.Name != before.Name || now.Project != before.Project {
			p.note(Note{NoteRenamed, before.ID, fmt.Sprintf("environment %s: %s / %s is now called %s / %s",
				before.ID, before.Project, before.Name, now.Project, now.Name)})
		}
	}
	for _, before := range slices.Concat(old.chosen, old.gone) {
		if at := slices.IndexFunc(fresh.chosen, func(e rules.Environment) bool { return e.ID == before.ID }); at >= 0 {
			renamed(before, fresh.chosen[at])
			continue
		}
		if at := slices.IndexFunc(fresh.chosen, func(e rules.Environment) bool {
			return e.ProjectID == before.ProjectID && e.Name == before.Name
		}); at >= 0 {
			p.note(Note{NoteRenamed, before.ID, fmt.Sprintf("environment %s / %s was made again: its id is now %s, not %s",
				before.Project, before.Name, fresh.chosen[at].ID, before.ID)})
			continue
		}
		if at := slices.IndexFunc(listed, func(e rules.Environment) bool { return e.ID == before.ID }); at >= 0 {
			renamed(before, listed[at]) // and so not chosen any more
		}
		fresh.gone = append(fresh.gone, before)
		gone = append(gone, p.login.scrub(before.Name))
	}
	if len(gone) == 0 {
		return
	}
	if fresh.missing == nil {
		fresh.missing = newMissing(p.login, fresh.chosen)
	}
	for _, name := range gone {
		if !slices.Contains(fresh.missing.Environments, name) {
			fresh.missing.Environments = append(fresh.missing.Environments, name)
		}
	}
	fresh.missing.Why = "it was there before; a restart accepts that it is gone"
}

func newMissing(l login, listed []rules.Environment) *MissingError {
	e := &MissingError{}
	for i, have := range listed {
		if i == maxHave {
			e.More = len(listed) - maxHave
			break
		}
		e.Have = append(e.Have, l.scrub(fmt.Sprintf("%s / %s (%s)", have.Project, have.Name, have.ID)))
	}
	return e
}

// matcher matches patterns and remembers which of them never did.
type matcher struct {
	patterns []rules.Pattern
	used     []bool
}

func newMatcher(patterns []rules.Pattern) *matcher {
	return &matcher{patterns, make([]bool, len(patterns))}
}

// match reports whether any pattern matches; none at all match everything.
func (m *matcher) match(id, name string) bool {
	hit := len(m.patterns) == 0
	for i, p := range m.patterns {
		if p.MatchAny(id, name) {
			m.used[i], hit = true, true
		}
	}
	return hit
}

func (m *matcher) idle() []string {
	var idle []string
	for i, p := range m.patterns {
		if !m.used[i] {
			idle = append(idle, p.String())
		}
	}
	return idle
}

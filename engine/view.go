package engine

import (
	"encoding/json"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

// SourceKey returns the key under which a store keeps what is known of a
// configuration's source: the server's address or the file's path. A relative path
// begins at dir. Which environments are read is not in it: facts are facts.
func SourceKey(c *schema.Config, dir string) string {
	if f := c.Source.File; f != nil {
		path := f.Path
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		if abs, err := filepath.Abs(path); err == nil {
			path = abs
		}
		return "file " + path
	}
	address := strings.TrimRight(c.Source.Bamboo.URL, "/")
	if u, err := url.Parse(address); err == nil {
		u.Host = strings.ToLower(u.Host)
		address = u.String()
	}
	return "bamboo " + address
}

// A view is the part of a store that a configuration judges: the environments
// that it reads, of its source.
type view struct {
	source       string // key
	projects     []rules.Pattern
	environments []rules.Pattern
	key          string // equal for two views exactly if they are the same
}

func newView(c *schema.Config, dir string) view {
	v := view{source: SourceKey(c, dir)}
	if b := c.Source.Bamboo; b != nil {
		v.projects, v.environments = b.Projects, b.Environments
	} else {
		v.environments = c.Source.File.Environments
	}
	// Patterns and a key are texts, so this cannot fail.
	key, _ := json.Marshal([]any{v.source, v.projects, v.environments})
	v.key = string(key)
	return v
}

// has reports whether the view has an environment, by the names that it had when
// it was last read.
func (v *view) has(e rules.Environment) bool {
	return matches(v.projects, e.ProjectID, e.Project) && matches(v.environments, e.ID, e.Name)
}

// Reads reports whether a configuration's source has an environment among those that
// it reads, by the names that it has now. dir is where the policy file is.
func Reads(c *schema.Config, dir string, e rules.Environment) bool {
	v := newView(c, dir)
	return v.has(e)
}

// matches reports whether one of the patterns matches; nil matches everything.
func matches(patterns []rules.Pattern, id, name string) bool {
	return patterns == nil || slices.ContainsFunc(patterns, func(p rules.Pattern) bool { return p.MatchAny(id, name) })
}

// of returns the environments of a list that the view has.
func (v *view) of(list []rules.Environment) []rules.Environment {
	var had []rules.Environment
	for _, e := range list {
		if v.has(e) {
			had = append(had, e)
		}
	}
	return had
}

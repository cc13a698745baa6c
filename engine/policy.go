package engine

import (
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine/facts"
	"github.com/fridaycounter/fridaycounter/engine/glass"
	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

// A Policy is a configuration with its rules compiled. It does not change, so any
// number of goroutines may use it.
type Policy struct {
	Config  *schema.Config
	Zone    *time.Location
	Rules   []*rules.Compiled // by name
	Sources []PolicySource    // by name
}

// A PolicySource is a source that a policy reads, and what of it.
type PolicySource struct {
	source.Key
	Selection source.Selection
}

// NewPolicy compiles a configuration. dir is where its file is: a relative path in it
// begins there.
func NewPolicy(c *schema.Config, dir string) (*Policy, error) {
	zone, err := c.Location()
	if err != nil {
		return nil, err
	}
	p := &Policy{Config: c, Zone: zone}
	for i := range c.Sources {
		p.Sources = append(p.Sources, newPolicySource(&c.Sources[i], dir))
	}
	for _, r := range c.Rules {
		p.Rules = append(p.Rules, rules.Compile(r, zone))
	}
	return p, nil
}

// newPolicySource returns a source of a policy.
func newPolicySource(s *schema.Source, dir string) PolicySource {
	if s.Kind == "file" {
		path := s.Path
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		path, _ = filepath.Abs(path) // fails only without a working directory
		return PolicySource{source.Key{Name: s.Name, Address: path}, s.Selection}
	}
	return PolicySource{source.Key{Name: s.Name, Address: address(s.URL)}, s.Selection}
}

// address returns a URL as it identifies a server: without its scheme, the host in lower
// case.
func address(text string) string {
	text = strings.TrimRight(text, "/")
	u, err := url.Parse(text)
	if err != nil {
		return text
	}
	return strings.ToLower(u.Host) + u.EscapedPath()
}

// Keys returns the sources that the policy reads.
func (p *Policy) Keys() []source.Key {
	keys := make([]source.Key, len(p.Sources))
	for i, s := range p.Sources {
		keys[i] = s.Key
	}
	return keys
}

// Environments returns those of the known sources that the policy judges.
func (p *Policy) Environments(known []source.Known) []rules.Environment {
	var list []rules.Environment
	for i, k := range p.known(known) {
		list = append(list, facts.Selected(&k, &p.Sources[i].Selection)...)
	}
	return list
}

// Rule returns the compiled rule of a name, nil if there is none.
func (p *Policy) Rule(name string) *rules.Compiled {
	for _, c := range p.Rules {
		if c.Rule().Name == name {
			return c
		}
	}
	return nil
}

// Longest returns the longest interval of the policy's polls.
func (p *Policy) Longest() time.Duration {
	var longest time.Duration
	for _, e := range p.Config.Poll {
		longest = max(longest, e.Every)
	}
	return longest
}

// MaxRuns is how many runs one policy keeps.
const MaxRuns = 200_000

// room returns how many more runs the policy may keep.
func (p *Policy) room(known []source.Known) int {
	room := MaxRuns
	for _, k := range p.known(known) {
		room -= k.Size()
	}
	return max(0, room)
}

// known returns what a list has of the policy's sources, in their order. Of one that it lacks
// nothing is known.
func (p *Policy) known(list []source.Known) []source.Known {
	own := make([]source.Known, len(p.Sources))
	for i, s := range p.Sources {
		own[i].Key = s.Key
		if at := slices.IndexFunc(list, func(k source.Known) bool { return k.Key == s.Key }); at >= 0 {
			own[i] = list[at]
		}
	}
	return own
}

// Reads reports whether the policy judges an environment of one of its sources.
func (p *Policy) Reads(e *rules.Environment) bool {
	return slices.ContainsFunc(p.Sources, func(s PolicySource) bool { return s.Name == e.Source && s.Selection.Has(e) })
}

// schedule is which entries of poll and brightness match at an instant.
type schedule struct {
	every time.Duration
	level led.Level
	quiet bool      // a window has made it darker than the last entry, or it is off
	until time.Time // holds before; zero: always
}

// at returns the schedule at an instant. Without a policy it is that of a glass on which
// nothing is known.
func (p *activePolicy) at(now time.Time) schedule {
	if p == nil {
		return schedule{level: glass.DefaultLevel}
	}
	var s schedule
	s.level, s.until = glass.Brightness(p.Config.Brightness, p.Zone, now)
	for _, e := range slices.Backward(p.Config.Poll) {
		in, until := e.During == nil, time.Time{} // no windows always match, as in the last entry
		if !in {
			in, until = rules.MatchWindows(e.During, p.Zone, now)
		}
		if s.until = soonest(s.until, until); in {
			s.every = e.Every
		}
	}
	s.quiet = s.level == led.Off || s.level < p.Config.Brightness[len(p.Config.Brightness)-1].Level
	return s
}

package schema

import (
	"fmt"
	"maps"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/drivers/source/mapping"
	"github.com/fridaycounter/fridaycounter/schema/internal/diagnose"
)

// sourcePath returns where a source stands: in sources by its name, or as the only one.
func (f *file) sourcePath(s *Source) diagnose.Path {
	if s.Named {
		return diagnose.Path{"sources", s.Name, s.Kind}
	}
	return diagnose.Path{"source", s.Kind}
}

// sources returns the sources, in the order of their names.
func (f *file) sources(r fields) (list []Source) {
	named, several := r["sources"].(fields)
	single, one := r["source"].(fields)
	if several && one {
		f.Report(diagnose.Path{"sources"}, "stands beside source: want one of the two", "")
		return nil
	}
	for kind := range single {
		named = fields{kind: single}
	}
	for _, name := range slices.Sorted(maps.Keys(named)) {
		for kind, of := range named[name].(fields) {
			s := Source{Name: name, Named: several, Kind: kind}
			f.decodeSource(of.(fields), &s)
			f.checkSource(&s)
			list = append(list, s)
		}
	}
	return list
}

// decodeSource sets a source of a kind. A preset becomes the http source that it stands for.
func (f *file) decodeSource(of fields, s *Source) {
	p := f.sourcePath(s)
	switch s.Kind {
	case "bamboo", "file":
		f.decode(p, of, reflect.ValueOf(s).Elem())
	case "http": // its feed is not in braces of its own
		var feed mapping.Feed
		both := struct {
			*Source
			*mapping.Feed
		}{s, &feed}
		f.decode(p, of, reflect.ValueOf(&both).Elem())
		s.Feeds = []mapping.Feed{feed}
	default:
		in := f.Value.LookupPath(cue.ParsePath(p.String()))
		out, err := fieldsOf(preset(f.Context, s.Kind, in).LookupPath(cue.ParsePath("out")))
		if err != nil {
			f.Report(p, fmt.Sprintf("cannot be turned into requests: %v", err), "")
			return
		}
		for _, name := range []string{"url", "auth", "ca_file", "insecure", "timeout", "headers", "projects", "environments"} {
			if v, ok := of[name]; ok && out[name] == nil {
				out[name] = v
			}
		}
		f.decode(p, out, reflect.ValueOf(s).Elem())
	}
}

// checkSource refuses what CUE lets through.
func (f *file) checkSource(s *Source) {
	p := f.sourcePath(s)
	if s.Kind != "file" {
		f.checkAddress(p.With("url"), s.URL, "the login", s.Insecure)
	}
	for i := range s.Feeds {
		f.checkRead(p, &s.Feeds[i].Read)
		if first := s.Feeds[i].First; first != nil {
			f.checkRead(p.With("first"), first)
		}
		if s.Kind == "http" {
			f.checkPaths(p, &s.Feeds[i])
		}
	}
	for name := range s.Headers {
		if slices.Contains([]string{"authorization", "cookie"}, strings.ToLower(name)) {
			f.Report(p.With("headers").With(name), "is a login: want auth", "")
		}
	}
}

// checkPaths refuses paths that ask for something else than they seem to.
func (f *file) checkPaths(p diagnose.Path, feed *mapping.Feed) {
	name := ""
	if feed.Index != nil {
		name = "name"
		f.checkPath(p.With("index").With("get"), feed.Index.Get, "")
	}
	f.checkPath(p.With("one"), feed.One, "id", name)
	check := func(p diagnose.Path, r *mapping.Read) {
		f.checkPath(p.With("get"), r.Get, name, "since", "offset", "end")
		if r.Post != nil {
			f.checkPath(p.With("post").With("path"), r.Post.Path, name, "since", "offset", "end")
		}
		f.checkPath(p.With("details"), r.Details, "id", name)
		if r.Check != nil {
			f.checkPath(p.With("check").With("get"), r.Check.Get, "environment", name)
		}
	}
	check(p, &feed.Read)
	if feed.First != nil {
		check(p.With("first"), feed.First)
	}
}

var placeholder = regexp.MustCompile(`\{(\w+)\}`)

// checkPath refuses what is no path with a query, and a placeholder that means nothing there.
// wanted is one that has to be there, or "".
func (f *file) checkPath(p diagnose.Path, path, wanted string, others ...string) {
	if path == "" {
		return
	}
	u, err := url.Parse(path)
	if err == nil {
		_, err = url.ParseQuery(u.RawQuery)
	}
	if err != nil || u.Fragment != "" {
		f.Report(p, fmt.Sprintf("%q is not a path and a query", path), "a special character in them is written as %3B")
		return
	}
	for _, m := range placeholder.FindAllStringSubmatch(path, -1) {
		if m[1] != wanted && !slices.Contains(others, m[1]) {
			f.Report(p, m[0]+" stands for nothing here", "")
			return
		}
	}
	if wanted != "" && !strings.Contains(path, "{"+wanted+"}") {
		f.Report(p, "has no {"+wanted+"}, so it always asks for the same", "")
	}
}

// checkRead refuses a request that is not whole. What a preset makes is.
func (f *file) checkRead(p diagnose.Path, r *mapping.Read) {
	switch {
	case r.Get == "" && r.Post == nil:
		f.Report(p, "asks for nothing: want get or post", "")
	case r.Get != "" && r.Post != nil:
		f.Report(p.With("post"), "stands beside get: want one of the two", "")
	}
	if o := r.Page.Offset; o != nil && o.Parameter == "" && (!r.Has("{offset}") || o.Size == 0) {
		f.Report(p.With("page").With("offset"), "has no parameter: want one, or {offset} and {end} in the path with a size", "")
	}
	f.checkStates(p, &r.States)
	for i := range r.Also {
		f.checkStates(p.With("also").With(strconv.Itoa(i)), &r.Also[i].States)
	}
}

// checkStates refuses a word that is in two lists.
func (f *file) checkStates(p diagnose.Path, s *mapping.States) {
	if word, list, i := s.Twice(); i >= 0 {
		f.Report(p.With("states").With(list).With(strconv.Itoa(i)), fmt.Sprintf("%q is in another list too", word), "")
	}
}

// checkAddress refuses an address that net/url does, and one without TLS to another host.
func (f *file) checkAddress(p diagnose.Path, address, sends string, insecure bool) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" {
		f.Report(p, fmt.Sprintf("%q is not a URL", address), "")
		return
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			f.Report(p, fmt.Sprintf("%q is not a port: want 1 to 65535", port), "")
		}
	}
	if plain := u.Scheme; (plain == "http" || plain == "mqtt") && !insecure && !source.IsLoopback(u.Hostname()) {
		f.Report(p, fmt.Sprintf("%s:// would send %s in clear text: want %ss://", plain, sends, plain), "insecure: true permits it")
	}
}

// NoSource returns the error for a name that no source has.
func (c *Config) NoSource(name string) error {
	return fmt.Errorf("the policy has no source %q: it has %s", name, strings.Join(c.SourceNames(), ", "))
}

// SourceNames returns the names of the sources.
func (c *Config) SourceNames() (names []string) {
	for _, s := range c.Sources {
		names = append(names, s.Name)
	}
	return slices.Clip(names)
}

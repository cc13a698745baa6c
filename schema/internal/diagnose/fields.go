package diagnose

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue/ast"
)

// synonyms are names that other programs give to our fields, each with ours among them.
var synonyms = [][]string{
	{"timezone", "location", "time_zone", "tz", "zone"},
	{"weekdays", "weekday", "days", "day", "days_of_week", "day_of_week"},
	{"from", "start_time", "start", "begin", "after"},
	{"to", "end_time", "end", "until", "before"},
	{"first", "start_date", "start", "from", "begin", "date", "day"},
	{"last", "end_date", "end", "to", "until"},
	{"forbid", "forbidden", "deny", "block", "freeze", "windows", "forbids"},
	{"except", "exclude", "excludes", "exceptions", "ignore", "allow"},
	{"every", "interval", "each", "period"},
	{"poll", "polling", "schedule"},
	{"during", "when", "active_time_intervals"},
	{"level", "intensity", "value"},
	{"environments", "environment", "envs", "env", "stages"},
	{"reason", "comment", "description", "why"},
	{"url", "server", "host", "base_url", "baseurl", "address"},
	{"port", "device", "spi", "bus"},
	{"timeout", "time_out", "scrape_timeout"},
	{"max7219", "max7221", "led", "matrix", "matrices"},
	{"source", "ci", "server"},
	{"auth", "authorization", "basic_auth", "credentials", "login"},
}

// lines are what to write in place of a field that has no counterpart.
var lines = map[string]string{
	"days_of_month":         `dates: [{first: "2026-12-20", last: "2026-12-31"}]`,
	"months":                `dates: [{first: "2026-12-01", last: "2026-12-31"}]`,
	"years":                 `dates: [{first: "2026-01-01", last: "2026-12-31"}]`,
	"times":                 `from: "09:00", to: "17:00"`,
	"time_intervals":        `rules: "no-friday-deploys": forbid: [{weekdays: ["Friday"], from: "16:00"}]`,
	"mute_time_intervals":   `rules: "no-friday-deploys": forbid: [{weekdays: ["Friday"], from: "16:00"}]`,
	"active_time_intervals": `rules: "no-friday-deploys": forbid: [{weekdays: ["Friday"], from: "16:00"}]`,
}

// unknownFields reports fields that the schema does not have.
func (f *File) unknownFields(fields []*ast.Field, s *Shape, p Path) {
	elsewhere := map[string][]string{} // names by where they belong
	for _, decl := range fields[:min(len(fields), maxDiagnostics)] {
		name, _, _ := ast.LabelName(decl.Label)
		if where := belongs(s, name); where != "" {
			elsewhere[where] = append(elsewhere[where], name)
		}
	}
	for _, decl := range fields {
		if f.Full() {
			return
		}
		name, _, _ := ast.LabelName(decl.Label)
		where := belongs(s, name)
		if names := elsewhere[where]; len(names) > 1 {
			if name == names[0] {
				f.Add(p, f.At(decl.Label.Pos()), strings.Join(names, ", ")+": no such fields here",
					fmt.Sprintf("they belong in %s: write %s: {…} around them", where, where))
			}
			continue
		}
		known, hint := f.correct(decl, name, s)
		if known != "" {
			f.misspelled[p.With(known).String()] = true
		}
		f.Add(p.With(name), f.At(decl.Label.Pos()), "no such field", hint)
	}
}

// correct returns the field that an unknown one stands for, and what to write.
func (f *File) correct(decl *ast.Field, name string, s *Shape) (known, hint string) {
	names := s.Names()
	if near := nearest(name, names, 1); near != "" {
		return near, `did you mean "` + near + `"?`
	}
	if write := f.translate(decl, name, names); write != "" {
		return "", "write " + write
	}
	for _, group := range synonyms {
		i := slices.IndexFunc(names, func(n string) bool { return n == group[0] })
		if i < 0 || !slices.Contains(group, strings.ToLower(name)) {
			continue
		}
		hint := "write " + group[0] + ":"
		if value := f.excerpt(decl.Value); value != "" && s.Fields[i].leaf() {
			hint += " " + value
		}
		return group[0], hint
	}
	if where := belongs(s, name); where != "" {
		known, _, _ = strings.Cut(where, ".")
		return known, "it belongs in " + where
	}
	if slices.Contains(synonyms[0], name) || f.shape.Field(name) != nil {
		return "", "it belongs at the top, beside rules"
	}
	if len(names) == 0 {
		return "", ""
	}
	return nearest(name, names, len(name)/3+1), SuggestOrList(name, names)
}

var startEnd = regexp.MustCompile(`start_time"?:\s*("[^"]*"),?\s*"?end_time"?:\s*("[^"]*")`)

// translate returns the line to write in place of a field of Alertmanager's or Grafana's time intervals.
func (f *File) translate(decl *ast.Field, name string, names []string) string {
	write := lines[name]
	ours, _, _ := strings.Cut(write, ":")
	if !slices.Contains(names, ours) {
		return ""
	}
	if m := startEnd.FindStringSubmatch(f.excerpt(decl.Value)); m != nil {
		write = fmt.Sprintf("from: %s, to: %s", m[1], m[2])
	}
	return write
}

// belongs returns where below a field of that name belongs, as source.bamboo; "" for nowhere.
func belongs(s *Shape, name string) string {
	type candidate struct {
		path string
		*Shape
	}
	queue := []candidate{{"", s}}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for _, field := range at.Fields {
			path, below := strings.TrimPrefix(at.path+"."+field.Name, "."), field.Shape
			if below.Any != nil {
				path, below = path+"."+strconv.Quote("NAME"), below.Any
			}
			if below.Of != nil {
				path, below = path+"[]", below.Of
			}
			if below.Field(name) != nil {
				return path
			}
			queue = append(queue, candidate{path, below})
		}
	}
	return ""
}

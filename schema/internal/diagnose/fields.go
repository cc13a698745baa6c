package diagnose

import (
	"fmt"
	"strconv"
	"strings"

	"cuelang.org/go/cue/ast"
)

// unknownFields reports fields that the schema does not have.
func (f *File) unknownFields(fields []*ast.Field, s *Shape, p Path) {
	elsewhere := map[string][]string{} // names by where they belong
	fields = fields[:min(len(fields), maxDiagnostics)]
	for _, decl := range fields {
		name, _, _ := ast.LabelName(decl.Label)
		if where := f.belongs(s, name, p); where != "" {
			elsewhere[where] = append(elsewhere[where], name)
		}
	}
	for _, decl := range fields {
		name, _, _ := ast.LabelName(decl.Label)
		where := f.belongs(s, name, p)
		f.said[p.With(name).String()] = len(elsewhere[where]) > 1
		switch names := elsewhere[where]; {
		case len(names) < 2:
			f.Add(p.With(name), f.At(decl.Label.Pos()), noSuchField, f.correct(decl, name, s, p))
		case name == names[0] && where == f.Kind.Elsewhere:
			f.Add(p, f.At(decl.Label.Pos()), strings.Join(names, ", ")+": no such fields here", "they belong in "+where)
		case name == names[0]:
			f.Add(p, f.At(decl.Label.Pos()), strings.Join(names, ", ")+": no such fields here",
				fmt.Sprintf("they belong in %s: write %s: {…} around them", where, strings.ReplaceAll(where, ".", ": ")))
		}
	}
}

// correct says what to write in place of an unknown field.
func (f *File) correct(decl *ast.Field, name string, s *Shape, p Path) string {
	names := s.Names()
	if near := nearest(name, names, 1); near != "" {
		return `did you mean "` + near + `"?`
	}
	if hint := f.foreign(name, f.excerpt(decl.Value), s); hint != "" {
		return hint
	}
	if where := f.belongs(s, name, p); where != "" {
		return "it belongs in " + where
	}
	if f.foreign(name, "", f.shape) != "" || f.shape.Field(name) != nil {
		return "it belongs at the top, beside timezone"
	}
	if len(names) == 0 {
		return ""
	}
	return SuggestOrList(name, names)
}

// foreign says what to write in place of a name that another program has for a field of the shape.
func (f *File) foreign(name, value string, s *Shape) string {
	for _, r := range mistakes().Fields {
		ours, _, isLine := strings.Cut(r.Write+r.Beside, ":")
		field, text := s.Field(ours), name+": "+value
		found := r.find(text)
		if field == nil || found == nil {
			continue
		}
		_, hint := r.explain(text, found)
		if r.Hint == "" && !isLine {
			hint += ":"
			if value != "" && field.leaf() {
				hint += " " + value
			}
		}
		return hint
	}
	return ""
}

// belongs returns where a field of that name belongs that stands at a path with a shape: below it, as
// source.bamboo, or in another file; "" for nowhere.
func (f *File) belongs(s *Shape, name string, p Path) string {
	for _, at := range s.places()[1:] {
		if at.Field(name) != nil {
			return at.path
		}
	}
	if f.Kind.Other == "" {
		return ""
	}
	for _, at := range (Kind{Definition: f.Kind.Other}).shape(f.schema).places() {
		isTop := len(p) == 0 && !strings.Contains(at.path, ".")
		isSame := len(p) > 0 && p[len(p)-1] == at.path[strings.LastIndexByte(at.path, '.')+1:]
		if at.Field(name) != nil && (isTop || isSame) {
			return f.Kind.Elsewhere
		}
	}
	return ""
}

// A place is a shape, and where below another it is, as rules."NAME".forbid[].
type place struct {
	path string
	*Shape
}

// places returns the shape and all below it, the higher ones first.
func (s *Shape) places() []place {
	list := []place{{"", s}}
	for i := 0; i < len(list); i++ {
		for _, field := range list[i].Fields {
			path, below := strings.TrimPrefix(list[i].path+"."+field.Name, "."), field.Shape
			if below.Any != nil {
				path, below = path+"."+strconv.Quote("NAME"), below.Any
			}
			if below.Of != nil {
				path, below = path+"[]", below.Of
			}
			list = append(list, place{path, below})
		}
	}
	return list
}

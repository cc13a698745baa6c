package schema

import (
	"encoding/json"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/parser"

	"github.com/fridaycounter/fridaycounter/schema/internal/diagnose"
)

// TestMirror ties the three shapes of the configuration: schema.cue, the mirror
// types that are decoded, and Config. The first two are compared field by field,
// with what is required; that nothing is lost on the way to Config is shown by
// changing one field of the file after the other.
func TestMirror(t *testing.T) {
	text, err := files.ReadFile("schema.cue")
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile("schema.cue", text)
	if err != nil {
		t.Fatal(err)
	}
	definitions := map[string][]ast.Expr{}
	for _, d := range file.Decls {
		if f, ok := d.(*ast.Field); ok {
			name, _, _ := ast.LabelName(f.Label)
			definitions[name] = append(definitions[name], f.Value)
		}
	}
	compare(t, definitions, "#Counter", definitions["#Counter"], reflect.TypeFor[rawCounter]())
	compare(t, definitions, "#Streak", definitions["#Streak"], reflect.TypeFor[Streak]())
}

// compare compares the fields of a struct of the schema with those of a type.
func compare(t *testing.T, definitions map[string][]ast.Expr, at string, exprs []ast.Expr, typ reflect.Type) {
	for typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	switch typ.Kind() {
	case reflect.Slice:
		for _, l := range literals[*ast.ListLit](definitions, exprs) {
			compare(t, definitions, at+"[]", []ast.Expr{l.Elts[0].(*ast.Ellipsis).Type}, typ.Elem())
		}
	case reflect.Map:
		for _, s := range literals[*ast.StructLit](definitions, exprs) {
			compare(t, definitions, at+".*", []ast.Expr{s.Elts[0].(*ast.Field).Value}, typ.Elem())
		}
	case reflect.Struct:
		want := map[string][]ast.Expr{}
		required := map[string]bool{}
		for _, s := range literals[*ast.StructLit](definitions, exprs) {
			for _, d := range s.Elts {
				f := d.(*ast.Field)
				name, _, _ := ast.LabelName(f.Label)
				if !strings.HasPrefix(name, "#") {
					want[name] = append(want[name], f.Value)
					required[name] = f.Constraint.String() == "!"
				}
			}
		}
		got := diagnose.FieldNames(typ)
		for name, values := range want {
			f, ok := diagnose.FieldNamed(typ, name)
			if !ok {
				t.Errorf("%s: the schema has %s, %v has not", at, name, typ)
				continue
			}
			if _, optional := diagnose.FieldName(f); optional == required[name] && typ.Name() != "Streak" {
				t.Errorf("%s.%s: required in the schema: %v, optional in %v: %v", at, name, required[name], typ, optional)
			}
			compare(t, definitions, at+"."+name, values, f.Type)
		}
		for _, name := range got {
			if want[name] == nil {
				t.Errorf("%s: %v has %s, the schema has not", at, typ, name)
			}
		}
	}
}

// literals returns the struct or list literals that the expressions consist of.
func literals[L ast.Expr](definitions map[string][]ast.Expr, exprs []ast.Expr) (found []L) {
	for _, e := range exprs {
		switch x := e.(type) {
		case L:
			found = append(found, x)
		case *ast.BinaryExpr:
			found = append(found, literals[L](definitions, []ast.Expr{x.X, x.Y})...)
		case *ast.Ident:
			found = append(found, literals[L](definitions, definitions[x.Name])...)
		}
	}
	return found
}

// TestTags holds the definition in a mirror field's tag to the schema's.
func TestTags(t *testing.T) {
	instances := build.NewContext()
	v := cuecontext.New().BuildInstance(diagnose.SchemaInstance(instances, files))
	if err := v.Err(); err != nil {
		t.Fatal(err)
	}
	seen := map[reflect.Type]bool{}
	var visit func(reflect.Type)
	visit = func(typ reflect.Type) {
		for slices.Contains([]reflect.Kind{reflect.Pointer, reflect.Slice, reflect.Map}, typ.Kind()) {
			typ = typ.Elem()
		}
		if typ.Kind() != reflect.Struct || seen[typ] {
			return
		}
		seen[typ] = true
		for i := range typ.NumField() {
			f := typ.Field(i)
			if def := f.Tag.Get("cue"); strings.HasPrefix(def, "#") && !v.LookupPath(cue.ParsePath(def)).Exists() {
				t.Errorf("%v.%s: the schema has no %s", typ, f.Name, def)
			}
			visit(f.Type)
		}
	}
	visit(reflect.TypeFor[rawCounter]())
}

// TestNothingLost changes every value of the sample and wants another Config.
func TestNothingLost(t *testing.T) {
	changes := []string{
		"Europe/Berlin => Europe/Paris", "ci.example => cd.example", `"Shop" => "Stop"`, "1736705 => 1736706",
		"1802241 => 1802242", `"wall" => "hall"`, "/etc/wall => /etc/hall", "example.pem => exemple.pem",
		`timeout: "10s" => timeout: "11s"`, `"Thursday"], from => "Wednesday"], from`, "16:00 => 16:01",
		`from: "16:00" => to: "16:00"`, `environments: ["/^Production/"] => environments: ["/^Prod/"]`,
		`environments: ["/^Production/"] => projects: ["/^Production/"]`,
		`["success", "failed"] => ["success"]`, "2026-01-01 => 2026-01-02", `version: "1.2.3" => version: "1.2.4"`,
		`version: "1.2.3" => id: "1.2.3"`, `version: "1.2.3" => project: "1.2.3"`, `version: "1.2.3" => environment: "1.2.3"`,
		`version: "1.2.3" => dates: [{first: "2026-01-01"}]`, "was down => was up", "2026-12-20 => 2026-12-21",
		"2027-01-06 => 2027-01-07", `measure: "triggered" => measure: "executed"`, `count:   "midnight" => count:   "survived"`,
		`every: "5m" => every: "6m"`, `every: "1h" => every: "2h"`, `["Thursday", "Friday"] => ["Friday"]`,
		"2025-01-01 => 2025-01-02", "columns: 4 => columns: 5", "rows:    1 => rows:    2", "SPI0.0 => SPI0.1",
		`"parola" => "generic"`, "rotate:  180 => rotate:  90", "mirror:  true => mirror:  false",
		"mirror:  true => mirror:  true, reversed: true", "mirror:  true => mirror:  true, serpentine: true",
		"mirror:  true => mirror:  true, bottom_up: true",
		"500kHz => 501kHz", `refresh: "5s" => refresh: "6s"`, "terminal: {} => ", `font: "narrow" => font: "auto"`,
		`overflow: "scroll" => overflow: "saturate"`, `for: "5s" => for: "6s"`, `level: "off" => level: 0`,
		`"Saturday", "Sunday" => "Sunday"`, "level: 1 => level: 2", `"19:00" => "19:01"`, `"07:00" => "07:01"`,
		"christmas: => advent:", `timeout: "10s" => insecure: true`,
		`auth: basic: {username: "wall", password: file: "/etc/wall/password"} => auth: token: env: "X"`,
	}
	sample := testFile(t, "sample.cue")
	seen := map[string]string{config(t, sample): "the sample"}
	for _, change := range changes {
		old, new, _ := strings.Cut(change, " => ")
		if strings.Count(sample, old) == 0 {
			t.Fatalf("the sample has no %s", old)
		}
		got := config(t, strings.Replace(sample, old, new, 1))
		if other := seen[got]; other != "" {
			t.Errorf("%s: the same Config as after: %s", change, other)
		}
		seen[got] = change
	}
}

// config returns the file's Config as marshal does.
func config(t *testing.T, file string) string {
	t.Helper()
	a := evaluate(request{Name: "counter.cue", File: []byte(file)})
	if len(a.Diagnostics) > 0 {
		t.Fatalf("%v in\n%s", &Error{Diagnostics: a.Diagnostics}, file)
	}
	return marshal(t, a.Config)
}

// marshal returns a Config as JSON, without its hash and positions.
func marshal(t interface{ Fatal(...any) }, c *Config) string {
	copied := *c
	copied.Hash = ""
	text, err := json.Marshal(copied)
	if err != nil {
		t.Fatal(err)
	}
	return position.ReplaceAllString(string(text), "")
}

var position = regexp.MustCompile(`,?"Source":\{"File":"[^"]*","Line":\d+,"Column":\d+\}`)

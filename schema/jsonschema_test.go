package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/parser"
	cuejsonschema "cuelang.org/go/encoding/jsonschema"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/fridaycounter/fridaycounter/schema/internal/diagnose"
)

// TestJSONSchema holds counter.schema.json to the CUE schema.
func TestJSONSchema(t *testing.T) {
	want := generateJSONSchema(t)
	if *update {
		if err := os.WriteFile("counter.schema.json", want, 0o644); err != nil {
			t.Fatal(err)
		}
	} else if !bytes.Equal(JSONSchema(), want) {
		t.Error("counter.schema.json differs from the schema: go test ./schema -run TestJSONSchema -update")
	}
}

// generateJSONSchema translates #Counter, and #Wall into a definition. CUE's generator leaves out how
// many fields a struct has, that a struct with such a bound is closed, and the defaults.
func generateJSONSchema(t *testing.T) []byte {
	t.Helper()
	schema := schemaWithComments(t)
	counter := schema.LookupPath(cue.ParsePath("#Counter"))
	root, wall := translated(t, counter), translated(t, schema.LookupPath(cue.ParsePath("#Wall")))
	root["title"], wall["title"] = "counter.cue", "wall.cue"
	defs := root["$defs"].(map[string]any)
	maps.Copy(defs, wall["$defs"].(map[string]any))
	delete(wall, "$defs")
	delete(wall, "$schema")
	defs["Wall"] = wall
	inline(root, defs)
	complete(t, counter, root)
	for name, def := range defs {
		path := cue.MakePath(cue.Def(name))
		if strings.HasPrefix(name, "_") {
			path = cue.MakePath(cue.Hid(name, ":schema"))
		}
		v := schema.LookupPath(path)
		if !v.Exists() {
			t.Fatalf("the schema has no %s", name)
		}
		complete(t, v, def.(map[string]any))
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(root); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// translated returns a definition as CUE's generator has it.
func translated(t *testing.T, v cue.Value) (root map[string]any) {
	t.Helper()
	expr, err := cuejsonschema.Generate(v, &cuejsonschema.GenerateConfig{Version: cuejsonschema.VersionDraft2020_12})
	if err != nil {
		t.Fatal(err)
	}
	text, err := cuecontext.New().BuildExpr(expr).MarshalJSON()
	if err == nil {
		err = json.Unmarshal(text, &root)
	}
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// inline puts the properties of a definition in place of a reference that stands beside others: each
// would refuse those of the other.
func inline(node any, defs map[string]any) {
	object, ok := node.(map[string]any)
	if !ok {
		return
	}
	if properties, ok := object["properties"].(map[string]any); ok && object["$ref"] != nil {
		of := defs[strings.TrimPrefix(object["$ref"].(string), "#/$defs/")].(map[string]any)
		maps.Copy(properties, of["properties"].(map[string]any))
		required, _ := object["required"].([]any)
		if more, ok := of["required"].([]any); ok {
			object["required"] = append(required, more...)
		}
		delete(object, "$ref")
	}
	for _, below := range object {
		inline(below, defs)
	}
}

// schemaWithComments returns the schema with its comments, which evaluation has no use for.
func schemaWithComments(t *testing.T) cue.Value {
	t.Helper()
	instance := build.NewContext().NewInstance("", nil)
	names, err := fs.Glob(files, "*.cue")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		file, err := parser.ParseFile(name, text, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		if err := instance.AddSyntax(file); err != nil {
			t.Fatal(err)
		}
	}
	if err := instance.Complete(); err != nil {
		t.Fatal(err)
	}
	return cuecontext.New().BuildInstance(instance)
}

// complete adds to the node of a value what CUE's generator leaves out.
func complete(t *testing.T, v cue.Value, node map[string]any) {
	t.Helper()
	if !v.Exists() {
		t.Fatalf("no value for %v", node)
	}
	if text, ok := node["description"].(string); ok {
		node["description"] = strings.TrimPrefix(strings.Join(strings.Fields(text), " "), "#")
	}
	if d, ok := v.Default(); ok && d.IsConcrete() && v.IncompleteKind() != cue.StructKind {
		var value any
		if err := d.Decode(&value); err != nil {
			t.Fatal(err)
		}
		node["default"] = value
	}
	simplifyAnyOf(node)
	if node["$ref"] != nil { // the definition is completed by itself
		return
	}
	properties, _ := node["properties"].(map[string]any)
	patterns, _ := node["patternProperties"].(map[string]any)
	if properties != nil || patterns != nil {
		node["additionalProperties"] = false
		for _, arg := range conjuncts(v) {
			if op, args := arg.Expr(); op == cue.CallOp && len(args) == 2 {
				n, _ := args[1].Int64()
				switch fmt.Sprint(args[0]) {
				case "struct.MinFields":
					node["minProperties"] = n
				case "struct.MaxFields":
					node["maxProperties"] = n
				}
			}
		}
	}
	for name, p := range properties {
		complete(t, child(v, cue.Str(name).Optional()), p.(map[string]any))
	}
	for name, p := range patterns {
		if p.(map[string]any)["$ref"] == nil {
			t.Fatalf("the fields %s are no definition", name)
		}
	}
	if items, ok := node["items"].(map[string]any); ok {
		complete(t, child(v, cue.AnyIndex), items)
	}
}

// conjuncts returns the values that v is the conjunction of.
func conjuncts(v cue.Value) []cue.Value {
	op, args := v.Expr()
	if op != cue.AndOp {
		return []cue.Value{v}
	}
	var all []cue.Value
	for _, a := range args {
		all = append(all, conjuncts(a)...)
	}
	return all
}

// child returns the value below v, which may be that of one conjunct only.
func child(v cue.Value, s cue.Selector) cue.Value {
	for _, c := range append(conjuncts(v), v) {
		if found := c.LookupPath(cue.MakePath(s)); found.Exists() {
			return found
		}
	}
	return cue.Value{}
}

// simplifyAnyOf removes the alternatives that are errors in CUE.
func simplifyAnyOf(node map[string]any) {
	anyOf, ok := node["anyOf"].([]any)
	if !ok {
		return
	}
	anyOf = slices.DeleteFunc(anyOf, func(a any) bool { return a == false })
	var enum []any
	for _, a := range anyOf {
		if c, ok := a.(map[string]any)["const"]; ok {
			enum = append(enum, c)
		}
	}
	switch {
	case len(anyOf) == 1:
		delete(node, "anyOf")
		for key, value := range anyOf[0].(map[string]any) {
			if node[key] == nil {
				node[key] = value
			}
		}
	case len(enum) == len(anyOf):
		delete(node, "anyOf")
		node["enum"] = enum
	default:
		node["anyOf"] = anyOf
	}
}

// TestJSONSchemaAccepts checks good policies, written as JSON.
func TestJSONSchemaAccepts(t *testing.T) {
	for name, file := range map[string]string{
		"the shipped policy": string(shipped(t)), "the sample": testFile(t, "sample.cue"), "what is published": testFile(t, "published.cue"),
		"a wall": testFile(t, "wall/wall.cue"), "the wall to begin with": string(wallStarter),
	} {
		t.Run(name, func(t *testing.T) {
			policy := asJSON(t, file)
			if err := validateJSON(t, policy); err != nil {
				t.Error(err)
			}
			// JSON is CUE: such a policy needs a wrapper only.
			config(t, jsonWrapper(policy)+policy)
		})
	}
}

// TestJSONSchemaRefuses makes one mistake after the other in the shipped policy. Whatever the
// JSON Schema refuses the program refuses too.
func TestJSONSchemaRefuses(t *testing.T) {
	refusedJSON(t, asJSON(t, testFile(t, "wall/wall.cue")), []wrongJSON{
		{`"topic":`, `"topik":`, "topik"},
		{`"fridaycounter/shop"`, `"fridaycounter/#"`, "/source/mqtt/topic"},
		{`"mqtts:`, `"https:`, "/source/mqtt/broker"},
		{`"kitchen"`, `"the kitchen"`, "/source/mqtt/name"},
		{`"modules":4`, `"modules":4,"web":{}`, "additional properties 'web' not allowed"},
		{`"timezone":`, `"poll":[{"every":"5m"}],"timezone":`, "additional properties 'poll' not allowed"},
		{`{"credential":"mqtt-password"}`, `"hunter2"`, "/source/mqtt/auth/password"},
	})
	refusedJSON(t, asJSON(t, testFile(t, "published.cue")), []wrongJSON{
		{`"frames":["32x8","64x8"]`, `"frames":["32"]`, "/display/mqtt/frames/0"},
		{`"64x8"`, `"32x8"`, "uniqueItems"},
		{`"#ff8800"`, `"red"`, "/display/awtrix/color"},
		{`"{weeks} weeks"`, `"weeks"`, "/display/awtrix/text"},
		{`"record"`, `"outage"`, "/notify/0/on/1"},
		{`["window"]`, `[]`, "minItems"},
	})
	refusedJSON(t, asJSON(t, string(shipped(t))), []wrongJSON{
		{`"timezone":`, `"timezon":`, "timezone"},
		{`"America/Los_Angeles"`, `"America/Los_Angles"`, "/timezone"},
		{`"Friday"`, `"friday"`, "weekdays/0"},
		{`"forbid":`, `"since":"x","forbid":`, "/since"},
		{`"forbid":`, `"forbidden":`, "additional properties 'forbidden' not allowed"},
		{`"5m"`, `"5 m"`, "/poll/0/every"},
		{`"1h"`, `"0h"`, "/poll/1/every"},
		{`"5m"`, `5`, "/poll/0/every"},
		{`"modules":2`, `"modules":0`, "/display/modules"},
		{`"modules":2`, `"modules":1.5`, "/display/modules"},
		{`"level":8`, `"level":16`, "/brightness/1/level"},
		{`"level":8`, `"level":"on"`, "/brightness/1/level"},
		{`"fc16"`, `"fc-16"`, "/display/max7219/wiring"},
		{`"SPI0.0"`, `"spi"`, "/display/max7219/port"},
		{`"07:00"`, `"7:00"`, "during/0/to"},
		{`"07:00"`, `"24:30"`, "during/0/to"},
		{`"https://bamboo.example.com"`, `"bamboo.example.com"`, "/source/bamboo/url"},
		{`"environments":["Production"]`, `"environments":[]`, "minItems"},
		{`"environments":["Production"],`, ``, "environments"},
		{`"credential":"bamboo-token"`, `"credential":"bamboo-token","env":"TOKEN"`, "maxProperties"},
		{`"credential":"bamboo-token"`, ``, "minProperties"},
		{`"credential":"bamboo-token"`, `"credential":"../token"`, "credential"},
		{`,"version":"fire-drill"`, ``, "minProperties"},
		{`"source":{`, `"source":{"file":{"path":"deployments.jsonl"},`, "maxProperties"},
		{`"no-friday-deploys":`, `" ":`, "additional properties ' ' not allowed"},
		{`"pages":[{"text":"0"`, `"pages":[{"text":0`, "/pages/0/text"},
		{`"pages":[{"text":"0"`, `"pages":[{"text":"0","colour":"red"`, "colour"},
	})
}

// A wrongJSON is an edit, and what the JSON Schema says to it.
type wrongJSON struct{ old, new, want string }

func refusedJSON(t *testing.T, policy string, edits []wrongJSON) {
	t.Helper()
	for _, c := range edits {
		if !strings.Contains(policy, c.old) {
			t.Fatalf("the policy has no %s:\n%s", c.old, policy)
		}
		wrong := strings.Replace(policy, c.old, c.new, 1)
		if err := validateJSON(t, wrong); err == nil || !strings.Contains(fmt.Sprintf("%#v", err), c.want) {
			t.Errorf("%s in place of %s: got %#v, want %s", c.new, c.old, err, c.want)
		}
		if a := evaluateFile(jsonWrapper(policy) + wrong); len(a.Diagnostics) == 0 {
			t.Errorf("%s in place of %s: the program takes it", c.new, c.old)
		}
	}
}

// TestJSONSchemaPatterns holds the regular expressions to what means the same in Go and in
// the browsers' JavaScript, which editors use.
func TestJSONSchemaPatterns(t *testing.T) {
	patterns := regexp.MustCompile(`"(?:pattern|\\\\S)": ("(?:[^"\\]|\\.)*")`).FindAllSubmatch(JSONSchema(), -1)
	if len(patterns) < 15 {
		t.Fatalf("found %d patterns only", len(patterns))
	}
	for _, p := range patterns {
		var pattern string
		if err := json.Unmarshal(p[1], &pattern); err != nil {
			t.Fatal(err)
		}
		plain := regexp.MustCompile(`\\[S\[\].\\]`).ReplaceAllString(pattern, "x")
		// A class that begins with a bracket, a group with a meaning, another escape.
		if bad := regexp.MustCompile(`\[\^?[\[\]]|\(\?|\\.`).FindString(plain); bad != "" {
			t.Errorf("%q has %q, which JavaScript takes another way", pattern, bad)
		}
	}
}

// jsonWrapper is what makes a counter.cue of a policy in JSON, or a wall.cue.
func jsonWrapper(policy string) string {
	definition := "#Counter"
	if !strings.Contains(policy, `"rules":`) {
		definition = "#Wall"
	}
	return "package counter\n\nimport \"github.com/fridaycounter/fridaycounter/schema\"\n\nschema." + definition + " & "
}

// asJSON returns a policy as JSON, as `cue export` writes it: with the defaults, and the
// pages computed.
func asJSON(t *testing.T, file string) string {
	t.Helper()
	r := request{IsWall: IsWall("", []byte(file))}
	opened, ok := diagnose.Open(r.kind(), "counter.cue", []byte(file))
	if !ok {
		t.Fatal(opened.Diagnostics())
	}
	text, err := opened.Value.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// validateJSON checks a policy in JSON as an editor does, which takes a format for a remark.
func validateJSON(t *testing.T, policy string) error {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(JSONSchema()))
	if err != nil {
		t.Fatal(err)
	}
	if err := compiler.AddResource("counter.schema.json", document); err != nil {
		t.Fatal(err)
	}
	root := "counter.schema.json"
	if strings.Contains(jsonWrapper(policy), "#Wall") {
		root += "#/$defs/Wall"
	}
	schema, err := compiler.Compile(root)
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(policy))
	if err != nil {
		t.Fatal(err)
	}
	return schema.Validate(value)
}

package schema

import (
	"fmt"
	"io/fs"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/token"
)

// A source is one counter.cue or counter_scenarios.cue, parsed and evaluated. It lives for one request,
// as its CUE context grows with every evaluation.
type source struct {
	kind    kind
	name    string
	text    []byte
	file    *ast.File
	wrapper ast.Expr         // schema.#Counter & {…}, or schema.#Scenarios & {…}
	bodies  []*ast.StructLit // what holds the fields of kind.root

	context     *cue.Context
	instance    *build.Instance // the whole file; nil if there is nothing to evaluate
	instances   *build.Context
	schema      *build.Instance
	definitions cue.Value // of schema, evaluated only to explain mistakes
	value       cue.Value // the whole file

	found findings
}

// open parses and evaluates the file. It reports whether the value may be used.
func open(k kind, name string, text []byte) (s *source, ok bool) {
	if s = read(k, name, text); s.instance == nil {
		return s, false
	}
	s.evaluate()
	return s, !s.found.any()
}

// read parses the file and checks what needs no evaluation.
func read(k kind, name string, text []byte) *source {
	s := &source{kind: k, name: name, text: text, context: cuecontext.New()}
	if !s.parse() {
		return s
	}
	s.checkFile()
	// CUE would take attributes its own way, and complain in its own words.
	if !s.checkAttributes() || s.wrapper == nil {
		return s
	}
	s.load()
	s.checkNames()
	if !s.kind.isScenarios() {
		s.checkLive()
	}
	return s
}

// load resolves the file's imports: nothing but the given bytes and the embedded
// schema, so no other package, no registry, no disk.
func (s *source) load() {
	s.instances = build.NewContext(build.Loader(func(_ token.Pos, path string) *build.Instance {
		if path != importPath {
			return nil
		}
		s.schema = schemaInstance(s.instances)
		return s.schema
	}))
	s.instance = s.instances.NewInstance("", nil)
	if err := s.instance.AddSyntax(s.file); err != nil {
		s.explain(err)
	} else if err := s.instance.Complete(); err != nil {
		s.explain(err)
	}
}

// evaluate lets CUE evaluate the whole file.
func (s *source) evaluate() {
	s.value = s.context.BuildInstance(s.instance)
	if err := s.value.Validate(cue.All(), cue.Concrete(true)); err != nil {
		s.explain(err)
	}
	if s.found.any() {
		s.checkAll()
	}
}

// schemaInstance parses the embedded schema. A broken one is a bug of ours.
func schemaInstance(instances *build.Context) *build.Instance {
	inst := instances.NewInstance("", nil)
	names, err := fs.Glob(files, "*.cue")
	if err != nil {
		panic(fmt.Sprintf("schema: list the embedded files: %v", err))
	}
	for _, name := range names {
		text, err := files.ReadFile(name)
		if err != nil {
			panic(fmt.Sprintf("schema: read the embedded files: %v", err))
		}
		file, err := parser.ParseFile(importPath+"/"+name, text)
		if err != nil {
			panic(fmt.Sprintf("schema: parse the embedded files: %v", err))
		}
		if err := inst.AddSyntax(file); err != nil {
			panic(fmt.Sprintf("schema: add the embedded files: %v", err))
		}
	}
	if err := inst.Complete(); err != nil {
		panic(fmt.Sprintf("schema: complete the embedded files: %v", err))
	}
	return inst
}

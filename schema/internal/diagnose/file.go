// Package diagnose evaluates counter.cue and counter_scenarios.cue, and says in a user's words
// what is wrong with them.
//
// [Open] parses and evaluates a file, and finds what the text alone shows. The caller reports what
// it finds in the values itself. [File.Diagnostics] has all of it, one for each mistake.
//
// The tests are those of package schema: testdata/mistakes.txt has the messages.
package diagnose

import (
	"errors"
	"fmt"
	"io/fs"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/token"

	"github.com/fridaycounter/fridaycounter/rules"
)

// ImportPath is what both files import.
const ImportPath = "github.com/fridaycounter/fridaycounter/schema"

// A Kind is one of the three files that people write.
type Kind struct {
	Name       string // its usual name, counter.cue
	Definition string // of the schema, which the file must satisfy
	Form       string // what stands in the file
	Package    string // its usual name, counter
	Init       string // the command that writes one
	Displays   string // of which it wants one
	Other      string // definition of a file that has what may be written here by mistake; "": none
	Elsewhere  string // that file
	Schema     fs.FS  // the schema's *.cue files
	Without    string // the one of them that is left out
}

// isScenarios reports whether the kind is that of counter_scenarios.cue.
func (k Kind) isScenarios() bool { return k.Definition == "#Scenarios" }

// A File is a file of the user's, parsed and evaluated. It lives for one request, since its CUE
// context grows with every evaluation.
type File struct {
	Kind    Kind
	Context *cue.Context
	Value   cue.Value // the whole file

	name    string
	text    []byte
	shown   []byte // the text as diagnostics show it, of the same length
	syntax  *ast.File
	wrapper ast.Expr         // schema.#Counter & {…}, or schema.#Scenarios & {…}
	bodies  []*ast.StructLit // what holds the fields of shape

	instance    *build.Instance // the whole file; nil if there is nothing to evaluate
	instances   *build.Context
	schema      *build.Instance
	shape       *Shape    // of the file
	streak      *Shape    // of #streak
	definitions cue.Value // of schema, evaluated only to explain mistakes

	index     map[string]*location // of what was walked, by path
	unsure    bool                 // the walk is behind a comprehension of a list, where the indexes are not known
	steps     int                  // references that were followed
	isIgnored bool                 // something stands in the file that CUE accepts and leaves out
	found     []finding
	said      map[string]bool // names that nothing defines, and about which something is said
}

// Open parses and evaluates a file. It reports whether Value may be used.
func Open(k Kind, name string, text []byte) (f *File, ok bool) {
	if f = Read(k, name, text); f.instance != nil {
		f.evaluate()
	}
	if len(f.found) > 0 && f.syntax != nil {
		f.checkText(true)
	}
	return f, len(f.found) == 0
}

// Read parses a file and checks what needs no evaluation.
func Read(k Kind, name string, text []byte) *File {
	f := &File{Kind: k, name: name, text: text, Context: cuecontext.New(), said: map[string]bool{}}
	f.instances = build.NewContext(build.Loader(func(_ token.Pos, path string) *build.Instance {
		if path == ImportPath {
			return f.schema
		}
		return nil
	}))
	f.schema = SchemaInstance(f.instances, k.Schema, k.Without)
	f.shape, f.streak = k.shape(f.schema), Kind{Definition: "#Streak"}.shape(f.schema)
	if f.shown = text; !k.isScenarios() {
		f.shown = f.hideLogins()
	}
	if !f.parse() {
		return f
	}
	if f.checkFile(); f.wrapper == nil {
		return f
	}
	if f.walk(); !f.isIgnored { // much follows from what is left out
		f.load()
	}
	return f
}

// Package returns the name of the file's CUE package, and where the file says it.
func (f *File) Package() (name string, at rules.Position) {
	return f.syntax.PackageName(), f.At(f.syntax.Pos())
}

// load resolves the file's imports: nothing but the given bytes and the embedded
// schema, so no other package, no registry, no disk.
func (f *File) load() {
	f.instance = f.instances.NewInstance("", nil)
	var err error = f.instance.AddSyntax(f.syntax)
	if err == nil {
		err = f.instance.Complete()
	}
	if err != nil {
		f.Explain(err, "")
	}
}

// evaluate lets CUE evaluate the whole file.
func (f *File) evaluate() {
	f.Value = f.Context.BuildInstance(f.instance)
	if err := f.Value.Validate(cue.All(), cue.Concrete(true)); err != nil {
		f.required()
		f.Explain(err, "")
	}
}

// SchemaInstance parses the schema's files, without one; "": all. A broken schema is a bug of ours.
func SchemaInstance(instances *build.Context, files fs.FS, without string) *build.Instance {
	instance := instances.NewInstance("", nil)
	names, err := fs.Glob(files, "*.cue")
	for _, name := range names {
		if name == without || err != nil {
			continue
		}
		text, readErr := fs.ReadFile(files, name)
		file, parseErr := parser.ParseFile(ImportPath+"/"+name, text, parser.ParseComments)
		err = errors.Join(readErr, parseErr, instance.AddSyntax(file))
	}
	if err = errors.Join(err, instance.Complete()); err != nil {
		panic(fmt.Sprintf("schema: load the embedded files: %v", err))
	}
	return instance
}

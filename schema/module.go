package schema

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"cuelang.org/go/cue/cuecontext"
	"golang.org/x/mod/semver"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema/internal/diagnose"
)

// repositoryModule is the CUE module of this repository, which has the schema itself.
const repositoryModule = "github.com/fridaycounter/fridaycounter"

// A module is a CUE module, as far as it matters to a policy in it.
type module struct {
	root     string // the directory that has cue.mod
	file     string // cue.mod/module.cue
	path     string // without the major version
	language string // version; "" if it is missing
	schema   string // version of the schema's module that it depends on; "" if it does not
	copied   string // directory of a copy of the schema, there or not
}

// findModule returns the CUE module that dir is in or, where there is none, one in dir.
func findModule(dir string) (module, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return module{}, fmt.Errorf("find the CUE module of %s: %w", dir, err)
	}
	for root := abs; ; root = filepath.Dir(root) {
		m := moduleIn(root)
		text, err := source.ReadFile(m.file, MaxFile)
		switch {
		case err == nil:
			return m, m.parse(text)
		case !errors.Is(err, fs.ErrNotExist):
			return module{}, fmt.Errorf("find the CUE module of %s: %w", dir, err)
		case root == filepath.Dir(root):
			return moduleIn(dir), nil
		}
	}
}

func moduleIn(root string) module {
	return module{
		root: root, file: filepath.Join(root, "cue.mod", "module.cue"),
		copied: filepath.Join(root, "cue.mod", "pkg", filepath.FromSlash(diagnose.ImportPath)),
	}
}

// parse reads a module.cue.
func (m *module) parse(text []byte) error {
	var file struct {
		Module   string
		Language struct{ Version string }
		Deps     map[string]struct{ V string }
	}
	if err := cuecontext.New().CompileBytes(text).Decode(&file); err != nil {
		return fmt.Errorf("read the CUE module: %s: %w", m.file, err)
	}
	m.language = file.Language.Version
	m.path, _, _ = strings.Cut(file.Module, "@")
	for name, dep := range file.Deps {
		if strings.HasPrefix(name, diagnose.ImportPath+"@") {
			m.schema = dep.V
		}
	}
	return nil
}

// A copy of the schema has a file that says in its first line which version it is.
const (
	versionFile = "version.cue"
	versionLine = "// Copied from fridaycounter %s by its command init, which brings it up to date.\n"
)

// copiedVersion returns the version of the copy of the schema, "" where it is not known.
func (m *module) copiedVersion() (version string) {
	text, _ := source.ReadFile(filepath.Join(m.copied, versionFile), MaxFile)
	_, _ = fmt.Sscanf(string(text), versionLine, &version)
	return version
}

// newerSchema returns a diagnostic if a file stands beside a newer schema than that of this
// program, whose version is given: the file may use fields that this program does not know.
func newerSchema(name, program string) []Diagnostic {
	target, err := filepath.EvalSymlinks(name)
	if err != nil {
		target = name
	}
	m, err := findModule(filepath.Dir(target))
	if err != nil {
		return nil
	}
	version := cmp.Or(m.schema, m.copiedVersion())
	if !newer(version, program) {
		return nil
	}
	return []Diagnostic{{
		Position: rules.Position{File: name},
		Message:  fmt.Sprintf("it is written for the schema of fridaycounter %s, and this is fridaycounter %s", version, program),
		Hint:     "upgrade this program: it may not know all fields",
	}}
}

// newer reports whether a version is newer than that of the program, or the program's is
// none of a release.
func newer(version, program string) bool {
	return semver.IsValid(version) && semver.Compare(version, program) > 0
}

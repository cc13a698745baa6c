package schema

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/parser"
	"golang.org/x/mod/semver"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/schema/internal/diagnose"
)

// minLanguage is the oldest CUE language version that can read the schema.
const minLanguage = "v0.14.0"

// An Installed says what [Init] did.
type Installed struct {
	Root                 string   // directory of the CUE module
	Schema               string   // version of the schema's module that Root depends on; "" where it has a copy
	Wrote, Updated, Kept []string // files, the policy first
	Needed               []string // files and directories without which plain cue vet fails in a clone
	Warnings             []string
}

// Init writes counter.cue and counter_scenarios.cue into dir, or wall.cue, and what plain
// `cue vet ./...` needs there without a network: cue.mod/module.cue and a copy of the schema
// below cue.mod/pkg. Version is that of this program.
//
// If dir is in a CUE module already, its module.cue stays as it is and the copy goes into
// that module. No copy is made where the module depends on that of the schema, since two
// make the import ambiguous. A policy that is there stays as it is, and so do scenarios;
// none are written beside a policy that is there. A copy that is there is brought up to
// date. On an error everything is as before.
func Init(dir, version string, wall bool) (Installed, error) {
	if dir == "" {
		return Installed{}, errors.New("write the policy: the directory has no name (hint: \".\" is the current one)")
	}
	m, err := findModule(dir)
	if err != nil {
		return Installed{}, err
	}
	i := installer{Installed: Installed{Root: m.root, Schema: m.schema}}
	if wall {
		i.team(output{filepath.Join(dir, "wall.cue"), wallStarter})
		i.packages(dir, wallKind())
	} else {
		i.team(output{filepath.Join(dir, "counter.cue"), starter}, output{filepath.Join(dir, "counter_scenarios.cue"), scenariosStarter})
		i.packages(dir, policyKind())
	}
	i.Needed = append(i.Needed, m.file)
	if _, err := os.Stat(m.file); errors.Is(err, fs.ErrNotExist) {
		i.generated(m.file, "module: \"fridaycounter.example/wall@v0\"\nlanguage: version: \""+minLanguage+"\"\n")
	} else if err := i.checkLanguage(m); err != nil {
		return Installed{}, err
	}
	switch {
	case m.path == repositoryModule:
		if !exists(filepath.Join(m.root, "schema", "schema.cue")) {
			i.warn("%s has the path of fridaycounter's own module, so that the schema cannot be found there (hint: give the module another path)", m.file)
		}
	case m.schema != "":
		if newer(m.schema, version) {
			i.warn("%s depends on the schema of fridaycounter %s, and this is %s (hint: upgrade this program: it may not know all fields)",
				m.file, m.schema, version)
		}
		if exists(m.copied) {
			i.warn("a copy of the schema beside the module makes the import ambiguous (hint: rm -r %s)", m.copied)
		}
	default:
		i.copySchema(m, version)
	}
	return i.Installed, writeAll(i.outputs)
}

// An installer collects what Init has to write.
type installer struct {
	Installed
	outputs []output
}

func (i *installer) warn(format string, args ...any) {
	i.Warnings = append(i.Warnings, fmt.Sprintf(format, args...))
}

// team keeps the team's files, or adds some to begin with: the others belong to the first.
func (i *installer) team(files ...output) {
	fresh := !exists(files[0].name)
	for _, o := range files {
		switch {
		case exists(o.name):
			i.Kept = append(i.Kept, o.name)
			if info, err := os.Stat(o.name); err != nil || info.IsDir() {
				i.warn("%s is a directory or a link to nothing, and not a file", o.name)
			}
		case fresh:
			i.Wrote = append(i.Wrote, o.name)
			i.outputs = append(i.outputs, o)
		default: // these scenarios are of another policy
			continue
		}
		i.Needed = append(i.Needed, o.name)
	}
}

// packages warns of files beside one of a kind that are of another package.
func (i *installer) packages(dir string, k diagnose.Kind) {
	names, _ := fs.Glob(os.DirFS(dir), "[^._]*.cue") // hidden ones cue vet does not read either
	var packages []string
	if !slices.Contains(names, k.Name) {
		packages = append(packages, k.Package) // the starter's
	}
	for _, name := range names {
		text, _ := source.ReadFile(filepath.Join(dir, name), MaxFile)
		if file, _ := parser.ParseFile(name, text, parser.PackageClauseOnly); file != nil && file.PackageName() != "" {
			packages = append(packages, file.PackageName())
		}
	}
	slices.Sort(packages)
	if packages = slices.Compact(packages); len(packages) > 1 {
		i.warn("%s has files of the packages %s, which cue vet refuses (hint: give each package a directory of its own)",
			dir, strings.Join(packages, " and "))
	}
}

// generated adds a file that is to be as this program has it.
func (i *installer) generated(name, text string) {
	old, err := os.ReadFile(name)
	switch {
	case err == nil && bytes.Equal(old, []byte(text)):
		return
	case err == nil:
		i.Updated = append(i.Updated, name)
	default:
		i.Wrote = append(i.Wrote, name)
	}
	i.outputs = append(i.outputs, output{name, []byte(text)})
}

// checkLanguage refuses a language version that cannot read the schema, and warns of one
// that this program does not know.
func (i *installer) checkLanguage(m module) error {
	switch known := cue.LanguageVersion(); {
	case !semver.IsValid(m.language):
		return fmt.Errorf("%s: no language version (hint: add the line language: version: %q)", m.file, minLanguage)
	case semver.Compare(m.language, minLanguage) < 0:
		return fmt.Errorf("%s: the language version %s is too old for the schema (hint: change it to %s or newer)", m.file, m.language, minLanguage)
	case semver.Compare(m.language, known) > 0:
		i.warn("%s: the language version %s is newer than %s, the newest that this program knows", m.file, m.language, known)
	}
	return nil
}

// copySchema adds the copy of the schema.
func (i *installer) copySchema(m module, version string) {
	if old := m.copiedVersion(); newer(old, version) {
		i.warn("%s was of fridaycounter %s, and is now of this program, %s", m.copied, old, version)
	}
	names, _ := fs.Glob(files, "*.cue") // fails only for a bad pattern
	for _, name := range names {
		text, _ := files.ReadFile(name) // it is embedded
		i.generated(filepath.Join(m.copied, name), string(text))
	}
	there, _ := fs.Glob(os.DirFS(m.copied), "*.cue")
	for _, name := range there {
		if name != versionFile && !slices.Contains(names, name) {
			stray := filepath.Join(m.copied, name)
			i.warn("%s is no file of the schema, but cue vet takes it for one (hint: rm %s)", stray, stray)
		}
	}
	i.generated(filepath.Join(m.copied, versionFile), fmt.Sprintf(versionLine, version)+"\npackage schema\n")
	i.Needed = append(i.Needed, m.copied)
}

// An output is a file to write.
type output struct {
	name string
	text []byte
}

// writeAll writes all files, with their directories. On an error it takes back what it did.
func writeAll(files []output) error {
	var undo []func() error
	for _, f := range files {
		made := f.name // the highest that is not there
		for dir := filepath.Dir(f.name); !exists(dir); dir = filepath.Dir(dir) {
			made = dir
		}
		old, err := os.ReadFile(f.name)
		if errors.Is(err, fs.ErrNotExist) && !exists(f.name) {
			undo = append(undo, func() error { return os.RemoveAll(made) })
			err = os.MkdirAll(filepath.Dir(f.name), 0o755)
		} else if err == nil {
			undo = append(undo, func() error { return os.WriteFile(f.name, old, 0o644) })
		}
		if err == nil {
			err = os.WriteFile(f.name, f.text, 0o644)
		}
		if err == nil {
			continue
		}
		for _, u := range slices.Backward(undo) {
			err = errors.Join(err, u())
		}
		return fmt.Errorf("write %s: %w", f.name, err)
	}
	return nil
}

func exists(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}

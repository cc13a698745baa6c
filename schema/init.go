package schema

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"cuelang.org/go/mod/modfile"
	"golang.org/x/mod/semver"

	"github.com/fridaycounter/fridaycounter/schema/internal/diagnose"
)

// minLanguage is the oldest CUE language version that can read the schema.
const minLanguage = "v0.14.0"

// An Installed says what Init did.
type Installed struct {
	Root                 string   // directory of the CUE module
	Wrote, Updated, Kept []string // files, the policy first
}

// Init writes counter.cue and counter_scenarios.cue into dir, and what plain `cue
// vet ./...` needs there to work without a network: cue.mod/module.cue and the
// schema below cue.mod/pkg.
// If dir is in a CUE module already, its module.cue stays as it is and the schema
// goes into that module, whose directory is Root; otherwise Root is dir. A
// counter.cue that is there stays as it is, and so do scenarios; none are written
// beside it, as they would be of another policy. The schema becomes that of this
// program. On an error everything is as before.
func Init(dir string) (Installed, error) {
	if dir == "" {
		return Installed{}, errors.New("write counter.cue: the directory has no name (hint: \".\" is the current one)")
	}
	root, module, err := moduleOf(dir)
	if err != nil {
		return Installed{}, err
	}
	done := Installed{Root: root}
	var w writer
	counter, scenarios := filepath.Join(dir, "counter.cue"), filepath.Join(dir, "counter_scenarios.cue")
	fresh := !exists(counter)
	done.policy(&w, counter, starter, true)
	done.policy(&w, scenarios, scenariosStarter, fresh)
	if module == "" {
		name := filepath.Join(root, "cue.mod", "module.cue")
		w.add(name, []byte("module: \"fridaycounter.example/wall@v0\"\nlanguage: version: \""+minLanguage+"\"\n"), false)
		done.Wrote = append(done.Wrote, name)
	}
	if module != modulePath {
		if err := done.schema(&w); err != nil {
			return Installed{}, err
		}
	}
	if err := w.write(); err != nil {
		return Installed{}, err
	}
	return done, nil
}

// policy keeps a file of the team's, or writes one to begin with, if that is wanted.
func (i *Installed) policy(w *writer, name string, text []byte, wanted bool) {
	switch {
	case exists(name):
		i.Kept = append(i.Kept, name)
	case wanted:
		w.add(name, text, false)
		i.Wrote = append(i.Wrote, name)
	}
}

// schema writes the files of the schema that are not there as this program has them.
func (i *Installed) schema(w *writer) error {
	names, err := fs.Glob(files, "*.cue")
	if err != nil {
		return fmt.Errorf("list the embedded schema: %w", err)
	}
	for _, embedded := range names {
		text, err := files.ReadFile(embedded)
		if err != nil {
			return fmt.Errorf("read the embedded schema: %w", err)
		}
		name := filepath.Join(i.Root, "cue.mod", "pkg", filepath.FromSlash(diagnose.ImportPath), embedded)
		old, err := os.ReadFile(name)
		switch {
		case err == nil && bytes.Equal(old, text):
			continue
		case err == nil:
			i.Updated = append(i.Updated, name)
		default:
			i.Wrote = append(i.Wrote, name)
		}
		w.add(name, text, true)
	}
	return nil
}

func exists(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}

// modulePath is the module that has the schema itself.
const modulePath = "github.com/fridaycounter/fridaycounter"

// moduleOf returns the directory and path of the CUE module that dir is in, or
// dir and "" if it is in none.
func moduleOf(dir string) (root, module string, err error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", "", fmt.Errorf("find the CUE module of %s: %w", dir, err)
	}
	for root := abs; ; root = filepath.Dir(root) {
		name := filepath.Join(root, "cue.mod", "module.cue")
		text, err := os.ReadFile(name)
		if err == nil {
			module, err := checkModule(name, text)
			return root, module, err
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", "", fmt.Errorf("find the CUE module of %s: %w", dir, err)
		}
		if root == filepath.Dir(root) {
			return dir, "", nil
		}
	}
}

// checkModule returns the module's path, and refuses a language version that
// cannot read the schema.
func checkModule(name string, text []byte) (string, error) {
	const missing = "%s: no language version (hint: add the line language: version: \"" + minLanguage + "\")"
	file, err := modfile.ParseNonStrict(text, name)
	switch {
	case err != nil && strings.Contains(err.Error(), "no language version"):
		return "", fmt.Errorf(missing, name)
	case err != nil:
		return "", fmt.Errorf("read the CUE module: %w", err)
	}
	version := ""
	if file.Language != nil {
		version = file.Language.Version
	}
	if semver.Compare(version, minLanguage) >= 0 {
		return file.ModuleRootPath(), nil
	}
	for i, line := range bytes.Split(text, []byte("\n")) {
		if bytes.Contains(line, []byte("version")) && bytes.Contains(line, []byte(version)) && version != "" {
			return "", fmt.Errorf("%s:%d: the language version %s is too old for the schema (hint: change %q to %s or newer)",
				name, i+1, version, bytes.TrimSpace(line), minLanguage)
		}
	}
	return "", fmt.Errorf(missing, name)
}

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
)

// minLanguage is the oldest CUE language version that can read the schema.
const minLanguage = "v0.14.0"

// Init writes counter.cue and counter_scenarios.cue into dir, and what plain `cue
// vet ./...` needs there to work without a network: cue.mod/module.cue and the
// schema below cue.mod/pkg.
// If dir is in a CUE module already, its module.cue stays as it is and the schema
// goes into that module, whose directory is root; otherwise root is dir. An
// existing counter.cue is never overwritten, and scenarios that are there stay as
// they are. On an error everything is as before.
func Init(dir string) (root string, err error) {
	if dir == "" {
		return "", errors.New("write counter.cue: the directory has no name (hint: \".\" is the current one)")
	}
	counter := filepath.Join(dir, "counter.cue")
	if _, err := os.Lstat(counter); err == nil {
		return "", fmt.Errorf("write %s: it exists and is kept (hint: take another directory, or move the file away)", counter)
	}
	root, module, err := moduleOf(dir)
	if err != nil {
		return "", err
	}
	var w writer
	if module == "" {
		w.add(filepath.Join(root, "cue.mod", "module.cue"),
			[]byte("module: \"fridaycounter.example/wall@v0\"\nlanguage: version: \""+minLanguage+"\"\n"), false)
	}
	if module != modulePath {
		names, err := fs.Glob(files, "*.cue")
		if err != nil {
			return "", fmt.Errorf("list the embedded schema: %w", err)
		}
		for _, name := range names {
			text, err := files.ReadFile(name)
			if err != nil {
				return "", fmt.Errorf("read the embedded schema: %w", err)
			}
			w.add(filepath.Join(root, "cue.mod", "pkg", filepath.FromSlash(importPath), name), text, true)
		}
	}
	w.add(counter, starter, false)
	scenarios := filepath.Join(dir, "counter_scenarios.cue")
	if _, err := os.Lstat(scenarios); errors.Is(err, fs.ErrNotExist) {
		w.add(scenarios, scenariosStarter, false)
	}
	if err := w.write(); err != nil {
		return "", err
	}
	return root, nil
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

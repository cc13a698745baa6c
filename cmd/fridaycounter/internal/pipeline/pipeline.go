// Package pipeline writes the job by which a CI service checks a change of the policy.
package pipeline

import (
	"bytes"
	"embed"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"text/template"
)

//go:embed github.yml gitlab.yml bamboo.yml
var templates embed.FS

// files are where the services read jobs from, in the root of a repository. GitLab reads its
// own file only, which includes this one.
var files = map[string]string{
	"github": ".github/workflows/counter.yml",
	"gitlab": "counter.gitlab-ci.yml",
	"bamboo": "bamboo-specs/bamboo.yml",
}

// Services returns the names that Write knows, in the order of help texts.
func Services() []string { return []string{"github", "gitlab", "bamboo"} }

// Write writes the job of one of the services for the policy in a directory, into the Git repository that
// has it or, without one, into the directory. It returns the file's name. A file that is there
// stays as it is; the error is fs.ErrExist then.
func Write(service, dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	root := repository(dir)
	below, err := filepath.Rel(root, dir)
	if err != nil {
		return "", err
	}
	parsed, err := template.ParseFS(templates, service+".yml")
	if err != nil {
		return "", err
	}
	var job bytes.Buffer
	if err := parsed.Execute(&job, map[string]string{"Dir": filepath.ToSlash(below)}); err != nil {
		return "", err
	}
	name := filepath.Join(root, files[service])
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return "", err
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if errors.Is(err, fs.ErrExist) {
		return name, err
	} else if err != nil {
		return "", err
	}
	_, err = f.Write(job.Bytes())
	return name, errors.Join(err, f.Close())
}

// repository returns the root of the Git repository that has a directory, else the directory.
func repository(dir string) string {
	for at := dir; ; at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, ".git")); err == nil {
			return at
		}
		if at == filepath.Dir(at) {
			return dir
		}
	}
}

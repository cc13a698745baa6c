package pipeline

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/encoding/yaml"
)

// TestWrite writes each job once, into the root of the repository, as YAML that enters the
// directory of the policy.
func TestWrite(t *testing.T) {
	for _, service := range Services() {
		for _, dir := range []string{".", "team wall/policy"} {
			root := t.TempDir()
			policy := filepath.Join(root, dir)
			for _, d := range []string{filepath.Join(root, ".git"), policy} {
				if err := os.MkdirAll(d, 0o755); err != nil {
					t.Fatal(err)
				}
			}
			name, err := Write(service, policy)
			if err != nil || name != filepath.Join(root, files[service]) {
				t.Fatalf("%s: got %s, %v", service, name, err)
			}
			job, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for document := range strings.SplitSeq(string(job), "\n---\n") {
				file, err := yaml.Extract(name, []byte(document))
				if err != nil {
					t.Fatalf("%s: %v", service, err)
				}
				if v := cuecontext.New().BuildFile(file); v.Err() != nil {
					t.Errorf("%s: %v", service, v.Err())
				}
			}
			for _, want := range []string{`"` + dir + `"`, "cue vet ./...", "fridaycounter vet counter.cue", "fridaycounter test counter.cue", "fridaycounter diff - counter.cue"} {
				if !strings.Contains(string(job), want) {
					t.Errorf("%s: the job has no %s:\n%s", service, want, job)
				}
			}
			if err := os.WriteFile(name, []byte("mine"), 0o644); err != nil {
				t.Fatal(err)
			}
			if again, err := Write(service, policy); again != name || !errors.Is(err, fs.ErrExist) {
				t.Errorf("%s: again: got %s, %v", service, again, err)
			}
			if kept, _ := os.ReadFile(name); string(kept) != "mine" {
				t.Errorf("%s: the job that was there is %q", service, kept)
			}
		}
	}
}

// TestWriteWithoutRepository writes into the directory itself.
func TestWriteWithoutRepository(t *testing.T) {
	dir := t.TempDir()
	if name, err := Write("gitlab", dir); err != nil || name != filepath.Join(dir, "counter.gitlab-ci.yml") {
		t.Errorf("got %s, %v", name, err)
	}
}

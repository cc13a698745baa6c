package policyfile

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/state"
)

// A person names the policy, or the wall, by its file or its directory; without a name it is the one
// here, else the installed one.
func TestFind(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	check := func(path, want string) {
		t.Helper()
		if got := Find(path); got != want {
			t.Errorf("%q: got %s, want %s", path, got, want)
		}
	}
	check("", filepath.Join(state.SystemConfig, "counter.cue"))
	check("other.cue", "other.cue")
	check("-", "-")
	check(dir, filepath.Join(dir, "counter.cue"))
	for _, name := range []string{"wall.cue", "counter.cue"} { // beside a counter.cue, wall.cue must be named
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		check("", name)
		check(dir, filepath.Join(dir, name))
	}
}

package policyfile

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/state"
)

// A person names the policy by its file or its directory; without a name it is the one here, else
// the installed one.
func TestFind(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	check := func(path, want string) {
		t.Helper()
		if got := Find(path); got != want {
			t.Errorf("%q: got %s, want %s", path, got, want)
		}
	}
	check("", state.SystemConfig)
	check("other.cue", "other.cue")
	check("-", "-")
	check(dir, filepath.Join(dir, "counter.cue"))
	if err := os.WriteFile("counter.cue", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	check("", "counter.cue")
}

package history_test

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// childEnv names what a process of this test binary does in place of the tests.
const childEnv = "HISTORY_TEST_CHILD"

func TestMain(m *testing.M) {
	children := map[string]func(args []string) error{
		"write":      writeUntilKilled,
		"convert":    convertUntilKilled,
		"read":       readAsAnother,
		"deny":       openAsStranger,
		"full":       fillDisk,
		"unreadable": openUnreadable,
		"add":        addAsAnother,
		"drop":       dropChown,
		"keep":       openWithoutChown,
	}
	if child := children[os.Getenv(childEnv)]; child != nil {
		if err := child(os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child returns a command that runs one of the children.
func child(t *testing.T, program, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Env = append(os.Environ(), childEnv+"="+name)
	return cmd
}

// self returns this test binary, copied to where every user may run it.
func self(t *testing.T) string {
	t.Helper()
	from, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	path := filepath.Join(t.TempDir(), "history.test")
	out, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	// The directories of tests are open to others, but their parent may not be.
	if err := os.Chmod(filepath.Dir(filepath.Dir(path)), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

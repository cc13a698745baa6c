package schema

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A cueCommand is the cue command that go.mod pins.
type cueCommand struct {
	registry string // for CUE_REGISTRY
	cache    string // for CUE_CACHE_DIR
}

// command returns the command that runs cue in dir.
func (c cueCommand) command(t testing.TB, dir string, args ...string) *exec.Cmd {
	t.Helper()
	// -n builds the tool, and prints where it is instead of running it.
	path, err := exec.Command("go", "tool", "-n", "cue").Output()
	if err != nil {
		t.Fatalf("build the cue command: %v", err)
	}
	cmd := exec.Command(strings.TrimSpace(string(path)), args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CUE_REGISTRY="+c.registry, "CUE_CACHE_DIR="+c.cache)
	return cmd
}

// run runs cue in dir and returns what it prints.
func (c cueCommand) run(t testing.TB, dir string, args ...string) (string, error) {
	t.Helper()
	out, err := c.command(t, dir, args...).CombinedOutput()
	return string(out), err
}

// must runs cue, which has to succeed.
func (c cueCommand) must(t testing.TB, dir string, args ...string) {
	t.Helper()
	if out, err := c.run(t, dir, args...); err != nil {
		t.Fatalf("cue %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// startRegistry starts an empty registry of CUE modules on the loopback interface. It ends
// by stop, or with the test.
func startRegistry(t *testing.T) (address string, stop func()) {
	t.Helper()
	cmd := cueCommand{}.command(t, ".", "mod", "registry", "127.0.0.1:0")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	line, err := lines.ReadString('\n')
	read := make(chan struct{})
	go func() {
		defer close(read)
		_, _ = io.Copy(io.Discard, lines)
	}()
	stop = func() {
		_ = cmd.Process.Kill()
		<-read
		_ = cmd.Wait()
	}
	t.Cleanup(stop)
	address, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	if err != nil || !ok {
		t.Fatalf("cue mod registry says %q, %v", line, err)
	}
	return address + "+insecure", stop
}

// moduleCache returns a directory for what cue downloads and makes read-only.
func moduleCache(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	t.Cleanup(func() {
		err := filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
			if err != nil || !d.IsDir() {
				return err
			}
			return os.Chmod(name, 0o700)
		})
		if err != nil {
			t.Error(err)
		}
	})
	return dir
}

// writeFiles writes files, by their names below dir.
func writeFiles(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

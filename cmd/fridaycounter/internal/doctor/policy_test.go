package doctor

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
)

// Files that run cannot read either.
func TestUnusablePolicyFile(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe.cue")
	if err := syscall.Mkfifo(pipe, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ path, text string }{
		{filepath.Join(dir, "none.cue"), "read " + dir + "/none.cue: no such file or directory -> name a file that can be read with --config, or make one"},
		{dir, "it is a directory: want a regular file -> put a file in its place"},
		{pipe, "it is a named pipe: want a regular file"},
	} {
		d := doctorOf(t, fakeMachine(tree(nil)), nil)
		d.Policy = c.path
		wantFinding(t, d.checkPolicy(t.Context()), Fail, c.text)
	}
}

// A file that no directory holds any more is a mounted one that was replaced.
func TestPolicyReplacedWhereItIsMounted(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("no /proc here")
	}
	file, err := os.Create(filepath.Join(t.TempDir(), "counter.cue"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	_, err = file.WriteString(`package counter

import "github.com/fridaycounter/fridaycounter/schema"

schema.#Counter & {
	#streak: _
	timezone: "UTC"
	source: file: path: "d.jsonl"
	rules: "no-friday-deploys": forbid: [{weekdays: ["Friday"]}]
	poll: [{every: "1h"}]
	display: {modules: 2, terminal: {}}
	pages: [{text: "\(#streak.weeks)"}]
	brightness: [{level: 8}]
}
`)
	if err := errors.Join(err, os.Remove(file.Name())); err != nil {
		t.Fatal(err)
	}
	d := doctorOf(t, fakeMachine(tree(nil)), nil)
	d.Policy = fmt.Sprintf("/proc/self/fd/%d", file.Fd())
	wantFinding(t, d.checkPolicy(t.Context()), Warn, "was replaced on the host, and this container still has the old one")
	if d.policy == nil {
		t.Error("there is no policy for the other checks")
	}
}

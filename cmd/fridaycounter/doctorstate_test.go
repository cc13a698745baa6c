package main

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/schema"
)

func TestDoctorStateDirectory(t *testing.T) {
	const path = "/var/lib/fridaycounter/history.db"
	var (
		above = owned(0, 0, 0o755)
		mine  = owned(990, 990, 0o750)
		file  = owned(990, 990, 0o640)
	)
	above.Mode |= fs.ModeDir
	mine.Mode |= fs.ModeDir
	for _, c := range []struct {
		name  string
		files fstest.MapFS
		uid   uint32
		gids  []uint32
		want  condition
		text  string
	}{
		{"the service's", fstest.MapFS{"var/lib": above, "var/lib/fridaycounter": mine, path[1:]: file}, 990, []uint32{990}, condOK, "fridaycounter:fridaycounter 0750"},
		{"root asks for it", fstest.MapFS{"var/lib": above, "var/lib/fridaycounter": mine, path[1:]: file}, 0, nil, condOK, "fridaycounter may write"},
		{"made by root", fstest.MapFS{"var/lib": above, "var/lib/fridaycounter": mine, path[1:]: owned(0, 0, 0o640)}, 0, nil, condFail, "chown -R fridaycounter: /var/lib/fridaycounter"},
		{"a member of the group", fstest.MapFS{"var/lib": above, "var/lib/fridaycounter": mine, path[1:]: file}, 1000, []uint32{990}, condWarn, "sudo -u fridaycounter"},
		{"a stranger", fstest.MapFS{"var/lib": above, "var/lib/fridaycounter": mine, path[1:]: file}, 1000, nil, condFail, "pi may not write /var/lib/fridaycounter"},
		{"not there", fstest.MapFS{"var/lib": above}, 1000, nil, condFail, "cannot be made"},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := tree(nil)
			for name, f := range c.files {
				files[name] = f
			}
			h := madeUp(files)
			h.uid, h.gids = c.uid, c.gids
			wantFinding(t, doctorOf(t, h, nil).stateDirectory(path), c.want, c.text)
		})
	}
}

// TestDoctorStateNowhere has places where root's rights do not help.
func TestDoctorStateNowhere(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	made := filepath.Join(t.TempDir(), "a", "b")
	for _, c := range []struct {
		name, state string
		disk        disk
		want        condition
		text        string
		history     condition
	}{
		{"a file", file, disk{}, condFail, file + " is not a directory -> name a directory", condSkip},
		{"below a file", filepath.Join(file, "a"), disk{}, condFail, "cannot be made: " + file + " is not a directory", condSkip},
		{"of the kernel", "/proc/x", disk{kernels: true}, condFail, "cannot be made: /proc is of the kernel", condSkip},
		{"read-only, not there", made, disk{readOnly: true}, condFail, "is mounted read-only", condSkip},
		{"read-only", t.TempDir(), disk{readOnly: true}, condWarn, "goes on from memory", condOK},
		{"not there yet", made, disk{}, condOK, "run makes it", condOK},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := madeUp(os.DirFS("/"))
			h.uid = 0
			h.disk = func(string) (disk, error) { return c.disk, nil }
			d := doctorOf(t, h, nil)
			d.user = subject{name: "root"}
			d.state = c.state
			found := d.lookAtState(t.Context())
			wantFinding(t, found[0], c.want, c.text)
			if found[1].Check != "history" || found[1].State != c.history {
				t.Errorf("got %v, want %s history", found[1], c.history)
			}
		})
	}
}

// TestDiskOf asks the real machine.
func TestDiskOf(t *testing.T) {
	h := &system{disk: diskOf}
	if got := h.refuses(t.TempDir()); got != "" {
		t.Errorf("got %q of a temporary directory", got)
	}
	if got, want := h.refuses("/proc"), "/proc is of the kernel, which keeps no files"; runtime.GOOS == "linux" && got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestDoctorHistory(t *testing.T) {
	config := &schema.Config{Source: schema.Source{File: &schema.File{Path: "d.jsonl"}}, Poll: []schema.Poll{{Every: time.Hour}}}
	d := doctorOf(t, madeUp(tree(nil)), config)
	path, err := d.historyPath()
	if err != nil {
		t.Fatal(err)
	}
	wantFinding(t, d.history(t.Context(), path), condOK, "none yet")
	file, err := history.Open(t.Context(), path, history.Opts{})
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	wantFinding(t, d.history(t.Context(), path), condWarn, "no whole answer")
	if _, err := file.Merge(t.Context(), engine.SourceKey(config, d.dir()), history.Answer{}, doctorNow.Add(-2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	wantFinding(t, d.history(t.Context(), path), condOK, "2 hours ago")
	d.host.now = func() time.Time { return doctorNow.AddDate(0, 0, 3) }
	wantFinding(t, d.history(t.Context(), path), condWarn, "3 days ago")
	wantFinding(t, d.history(t.Context(), filepath.Join(t.TempDir(), "a", "history.db")), condOK, "none yet")
}

func TestDoctorHistoryTrouble(t *testing.T) {
	wantFinding(t, historyTrouble(&history.Error{Path: "/x", Kind: history.Damaged, Op: "open"}), condFail, "the file is damaged -> fridaycounter run sets it aside")
	wantFinding(t, historyTrouble(&history.Error{Path: "/x", Kind: history.Denied, Op: "open"}), condWarn, "-> run as its owner")
	wantFinding(t, historyTrouble(context.DeadlineExceeded), condFail, "deadline")
}

func TestDoctorService(t *testing.T) {
	unit := map[string]string{"run/systemd/system/x": "", "lib/systemd/system/fridaycounter.service": "[Service]\n"}
	for _, c := range []struct {
		files map[string]string
		says  string
		err   error
		want  condition
		text  string
	}{
		{nil, "", nil, condSkip, "systemd does not run"},
		{map[string]string{"run/systemd/system/x": ""}, "", nil, condSkip, "not installed"},
		{unit, "active", nil, condOK, "active"},
		{unit, "failed", nil, condFail, "journalctl"},
		{unit, "activating", nil, condWarn, "journalctl"},
		{unit, "inactive", nil, condWarn, "enable --now"},
		{unit, "", errors.New("no such program"), condSkip, "systemctl"},
	} {
		h := madeUp(tree(c.files))
		h.command = func(context.Context, string, ...string) (string, error) { return c.says, c.err }
		wantFinding(t, doctorOf(t, h, nil).lookAtService(t.Context())[0], c.want, c.text)
	}
}

func TestDoctorWeb(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	answer := "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n"
	h := madeUp(tree(nil))
	h.dial = func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go func() {
			defer server.Close()
			buffer := make([]byte, 1024)
			_, _ = server.Read(buffer)
			_, _ = server.Write([]byte(answer))
		}()
		return client, nil
	}
	look := func(address string) finding {
		config := &schema.Config{Display: schema.Display{Web: &schema.Web{Listen: address}}}
		return doctorOf(t, h, config).lookAtWeb(t.Context())[0]
	}
	wantFinding(t, look("127.0.0.1:0"), condOK, "free")
	wantFinding(t, look(taken.Addr().String()), condOK, "a running counter answers")
	wantFinding(t, look("203.0.113.1:80"), condFail, "an address of this machine")
	answer = "SSH-2.0-x\r\n"
	wantFinding(t, look(taken.Addr().String()), condFail, "ss -ltnp")
}

func TestReachable(t *testing.T) {
	for listen, want := range map[string]string{"0.0.0.0:1": "127.0.0.1:1", ":1": "127.0.0.1:1", "[::]:1": "[::1]:1", "192.0.2.1:1": "192.0.2.1:1"} {
		if got := reachable(listen); got != want {
			t.Errorf("%s: got %s, want %s", listen, got, want)
		}
	}
}

func TestChart(t *testing.T) {
	var out strings.Builder
	c := &chart{w: &out}
	c.add(okay("clock", "it is set"), skipped("spi", "no\x1b[2J board"))
	if c.code() != exitOK {
		t.Errorf("got exit code %d, want %d", c.code(), exitOK)
	}
	c.add(warning("power", strings.Repeat("do this ", 12), "%s", strings.Repeat("many words ", 12)))
	if c.code() != exitWarned {
		t.Errorf("got exit code %d, want %d", c.code(), exitWarned)
	}
	c.add(failure("dns", "look", "no"))
	if c.code() != exitFailed {
		t.Errorf("got exit code %d, want %d", c.code(), exitFailed)
	}
	for line := range strings.Lines(out.String()) {
		if len(line) > chartWidth+1 || strings.Contains(line, "\x1b") {
			t.Errorf("the line %q is too wide or steers the terminal", line)
		}
	}
}

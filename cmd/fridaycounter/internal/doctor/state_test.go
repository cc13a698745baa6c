package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/host"
	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/schema"
)

func TestStateDirectory(t *testing.T) {
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
		uid   int
		gids  []int
		want  State
		text  string
	}{
		{"the service's", fstest.MapFS{"var/lib": above, "var/lib/fridaycounter": mine, path[1:]: file}, 990, []int{990}, OK, "fridaycounter:fridaycounter 0750"},
		{"root asks for it", fstest.MapFS{"var/lib": above, "var/lib/fridaycounter": mine, path[1:]: file}, 0, nil, OK, "fridaycounter may write"},
		{"made by root", fstest.MapFS{"var/lib": above, "var/lib/fridaycounter": mine, path[1:]: owned(0, 0, 0o640)}, 0, nil, Fail, "chown -R fridaycounter: /var/lib/fridaycounter"},
		{"a member of the group", fstest.MapFS{"var/lib": above, "var/lib/fridaycounter": mine, path[1:]: file}, 1000, []int{990}, Warn, "sudo -u fridaycounter"},
		{"a stranger", fstest.MapFS{"var/lib": above, "var/lib/fridaycounter": mine, path[1:]: file}, 1000, nil, Fail, "pi may not write /var/lib/fridaycounter"},
		{"not there", fstest.MapFS{"var/lib": above}, 1000, nil, Fail, "cannot be made"},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := tree(nil)
			for name, f := range c.files {
				files[name] = f
			}
			h := madeUp(files)
			h.uid, h.gids = c.uid, c.gids
			d := doctorOf(t, h, nil)
			d.State = filepath.Dir(path)
			wantFinding(t, d.checkState(t.Context()), c.want, c.text)
		})
	}
}

// TestDoctorStateNowhere has places where root's rights do not help.
func TestStateNowhere(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	made := filepath.Join(t.TempDir(), "a", "b")
	for _, c := range []struct {
		name, state string
		refuses     string
		want        State
		text        string
		history     State
	}{
		{"a file", file, "", Fail, file + " is not a directory -> name a directory", Skip},
		{"below a file", filepath.Join(file, "a"), "", Fail, "cannot be made: " + file + " is not a directory", Skip},
		{"of the kernel", "/proc/x", "/proc is of the kernel, which keeps no files", Fail, "cannot be made: /proc is of the kernel", Skip},
		{"read-only, not there", made, "/x is mounted read-only", Fail, "is mounted read-only", Skip},
		{"read-only", t.TempDir(), "/x is mounted read-only", Warn, "goes on from memory", OK},
		{"not there yet", made, "", OK, "run makes it", OK},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := madeUp(os.DirFS("/"))
			h.uid = 0
			h.refuses = func(string) string { return c.refuses }
			d := doctorOf(t, h, nil)
			d.user = subject{name: "root"}
			d.State = c.state
			found := findings(t, d, groupsOf(d, "state"))
			wantFinding(t, found[0], c.want, c.text)
			if found[1].Check != "history" || found[1].State != c.history {
				t.Errorf("got %v, want %s history", found[1], c.history)
			}
		})
	}
}

// TestDiskRefuses asks the real machine.
func TestDiskRefuses(t *testing.T) {
	if got := diskRefuses(t.TempDir()); got != "" {
		t.Errorf("got %q of a temporary directory", got)
	}
	if got, want := diskRefuses("/proc"), "/proc is of the kernel, which keeps no files"; runtime.GOOS == "linux" && got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestHistory(t *testing.T) {
	config := &schema.Config{Timezone: "UTC", Source: schema.Source{File: &schema.File{Path: "d.jsonl"}}, Poll: []schema.Poll{{Every: time.Hour}}}
	d := doctorOf(t, madeUp(tree(nil)), config)
	path, err := d.historyPath()
	if err != nil {
		t.Fatal(err)
	}
	wantFinding(t, d.checkHistory(t.Context()), OK, "none yet")
	file, err := history.Open(t.Context(), path, history.Opts{})
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	wantFinding(t, d.checkHistory(t.Context()), Warn, "no whole answer")
	policy, err := engine.NewPolicy(config, filepath.Dir(d.Policy))
	if err != nil {
		t.Fatal(err)
	}
	at := doctorNow.Add(-2 * time.Hour)
	known := source.Known{Key: policy.Sources[0].Key, FirstRead: at, Good: at}
	if err := file.Save(t.Context(), &known, known.All()); err != nil {
		t.Fatal(err)
	}
	wantFinding(t, d.checkHistory(t.Context()), OK, "2 hours ago")
	d.Machine.now = func() time.Time { return doctorNow.AddDate(0, 0, 3) }
	wantFinding(t, d.checkHistory(t.Context()), Warn, "3 days ago")
	d.State = filepath.Join(t.TempDir(), "a")
	wantFinding(t, d.checkHistory(t.Context()), OK, "none yet")
}

func TestHistoryTrouble(t *testing.T) {
	wantFinding(t, historyFailure(&history.Error{Path: "/x", Kind: history.Damaged, Op: "open"}), Fail, "the file is damaged -> fridaycounter run sets it aside")
	wantFinding(t, historyFailure(&history.Error{Path: "/x", Kind: history.Denied, Op: "open"}), Warn, "-> run as its owner")
	wantFinding(t, historyFailure(context.DeadlineExceeded), Fail, "deadline")
}

func TestService(t *testing.T) {
	unit := map[string]string{"run/systemd/system/x": "", "lib/systemd/system/fridaycounter.service": "[Service]\n"}
	for _, c := range []struct {
		files map[string]string
		says  string
		err   error
		want  State
		text  string
	}{
		{nil, "", nil, Skip, "systemd does not run"},
		{map[string]string{"run/systemd/system/x": ""}, "", nil, Skip, "not installed"},
		{unit, "active", nil, OK, "active"},
		{unit, "failed", nil, Fail, "journalctl"},
		{unit, "activating", nil, Warn, "journalctl"},
		{unit, "inactive", nil, Warn, "enable --now"},
		{unit, "", errors.New("no such program"), Skip, "systemctl"},
	} {
		h := madeUp(tree(c.files))
		h.command = func(context.Context, string, ...string) (string, error) { return c.says, c.err }
		wantFinding(t, doctorOf(t, h, nil).checkService(t.Context()), c.want, c.text)
	}
}

func TestWeb(t *testing.T) {
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
	look := func(address string) Finding {
		config := &schema.Config{Display: schema.Display{Web: &schema.Web{Listen: address}}}
		return doctorOf(t, h, config).checkWeb(t.Context())
	}
	wantFinding(t, look("127.0.0.1:0"), OK, "free")
	wantFinding(t, look(taken.Addr().String()), OK, "a running counter answers")
	wantFinding(t, look("203.0.113.1:80"), Fail, "an address of this machine")
	answer = "SSH-2.0-x\r\n"
	wantFinding(t, look(taken.Addr().String()), Fail, "ss -ltnp")
}

func TestReachable(t *testing.T) {
	for listen, want := range map[string]string{"0.0.0.0:1": "127.0.0.1:1", ":1": "127.0.0.1:1", "[::]:1": "[::1]:1", "192.0.2.1:1": "192.0.2.1:1"} {
		if got := reachable(listen); got != want {
			t.Errorf("%s: got %s, want %s", listen, got, want)
		}
	}
}

// TestDoctorFileOfTheService is root, who asks for the service's user.
func TestFileOfTheService(t *testing.T) {
	dir := t.TempDir()
	file, none := filepath.Join(dir, "d.jsonl"), filepath.Join(dir, "none.jsonl")
	line := `{"id":"1","project":"shop","environment":"Production","state":"SUCCESS","started":"2027-01-14T12:00:00Z","finished":"2027-01-14T12:04:00Z"}`
	if err := os.WriteFile(file, []byte(line+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, path string
		mode       fs.FileMode
		want       State
		text       string
	}{
		{"for all", file, 0o644, OK, file + ": 1 deployment, 1 environment; the newest began 24 hours ago"},
		{"of root", file, 0o600, Fail, "fridaycounter may not read " + file + ", which is root:root 0600 -> sudo chmod a+r " + file},
		{"not there", none, 0, Fail, "read " + none + ": no such file or directory -> let the CI append to it"},
		{"below a file", file + "/d.jsonl", 0, Fail, "read " + file + "/d.jsonl: not a directory"},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := tree(nil)
			files[host.Rooted(file)] = owned(0, 0, c.mode)
			h := madeUp(files)
			h.uid = 0
			d := doctorOf(t, h, &schema.Config{Timezone: "UTC", Source: schema.Source{File: &schema.File{Path: c.path}}})
			got := d.checkFile(t.Context())
			wantFinding(t, got, c.want, c.text)
			if strings.Contains(got.Hint, "chmod") && c.mode == 0 {
				t.Errorf("got the hint %q for a file that is not there", got.Hint)
			}
		})
	}
}

// TestDoctorPolicyFile has files that run cannot read either, or never reads again.
func TestPolicyFile(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe.cue")
	if err := syscall.Mkfifo(pipe, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ path, text string }{
		{filepath.Join(dir, "none.cue"), "read " + dir + "/none.cue: no such file or directory -> name a file that can be read with --config, or make one"},
		{dir, "it is a directory: want a regular file"},
		{pipe, "it is a named pipe: want a regular file"},
	} {
		d := doctorOf(t, madeUp(tree(nil)), nil)
		d.Policy = c.path
		wantFinding(t, d.checkPolicy(t.Context()), Fail, c.text)
	}
}

// TestDoctorPolicyReplaced has a file that no directory holds any more, as a mounted one
// that was replaced.
func TestPolicyReplaced(t *testing.T) {
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
	d := doctorOf(t, madeUp(tree(nil)), nil)
	d.Policy = fmt.Sprintf("/proc/self/fd/%d", file.Fd())
	wantFinding(t, d.checkPolicy(t.Context()), Warn, "was replaced on the host, and this container still has the old one")
	if d.config == nil {
		t.Error("there is no policy for the other checks")
	}
}

package doctor

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/host"
	"github.com/fridaycounter/fridaycounter/schema"
)

// Root asks for the service's user.
func TestFile(t *testing.T) {
	dir := t.TempDir()
	file, none := filepath.Join(dir, "d.jsonl"), filepath.Join(dir, "none.jsonl")
	line := `{"id":"1","project":"shop","environment":"Production","state":"SUCCESS","started":"2027-01-14T12:00:00Z","finished":"2027-01-14T12:04:00Z"}`
	if err := os.WriteFile(file, []byte(line+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	pipe := filepath.Join(dir, "pipe.jsonl")
	if err := syscall.Mkfifo(pipe, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, path string
		mode       fs.FileMode
		want       Result
		text       string
	}{
		{"for all", file, 0o644, OK, file + ": 1 deployment, 1 environment; the newest began 24 hours ago"},
		{"of root", file, 0o600, Fail, "fridaycounter may not read " + file + ", which is root:root 0600 -> sudo chmod a+r " + file},
		{"not there", none, 0, Fail, "read " + none + ": no such file or directory -> let the CI create it"},
		{"below a file", file + "/d.jsonl", 0, Fail, "read " + file + "/d.jsonl: not a directory -> correct source: file: path"},
		{"a directory", dir, 0, Fail, "it is a directory: want a regular file -> correct source: file: path"},
		{"a pipe", pipe, 0, Fail, "it is a named pipe: want a regular file -> correct source: file: path"},
		{"a device", "/dev/null", 0, Fail, "it is a device: want a regular file -> correct source: file: path"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := fakeMachine(fstest.MapFS{host.Rooted(file): owned(0, 0, c.mode)})
			m.user = service
			d := doctorOf(t, m, &schema.Config{Timezone: "UTC", Sources: []schema.Source{{Name: "file", Kind: "file", Path: c.path}}})
			got := d.at().checkFile(t.Context())
			wantFinding(t, got, c.want, c.text)
			if strings.Contains(got.Hint, "chmod") && c.mode == 0 {
				t.Errorf("got the hint %q for a file that is not there", got.Hint)
			}
		})
	}
}

func TestCredential(t *testing.T) {
	dir := t.TempDir()
	open, closed, empty := filepath.Join(dir, "open"), filepath.Join(dir, "closed"), filepath.Join(dir, "empty")
	for path, mode := range map[string]os.FileMode{open: 0o644, closed: 0o600} {
		if err := os.WriteFile(path, []byte(doctorToken+"\n"), mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(empty, []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	loads := func(file string) string { return "[Service]\nLoadCredential=bamboo-token:" + file + "\n" }
	for _, c := range []struct {
		name string
		auth schema.Credential
		unit string
		want Result
		text string
	}{
		{"a file", schema.Credential{File: closed}, "", OK, "can be read"},
		{"a file for all", schema.Credential{File: open}, "", Fail, "chmod 600 " + open},
		{"an empty file", schema.Credential{File: empty}, "", Fail, "the secret is empty"},
		{"no file", schema.Credential{File: dir + "/none"}, "", Fail, dir + "/none: no such file or directory -> make the file"},
		{"a variable that is not set", schema.Credential{Env: "NONE"}, "", Fail, "NONE"},
		{"beside the service", schema.Credential{Credential: "bamboo-token"}, "", Skip, "only for the service"},
		{"as the service loads it", schema.Credential{Credential: "bamboo-token"}, loads(closed), OK, "from " + closed},
		{"as the service loads it, for all", schema.Credential{Credential: "bamboo-token"}, loads(open), Fail, "chmod 600"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := atBamboo(t, "https://nowhere.example.com")
			files := tree(map[string]string{"usr/lib/systemd/system/fridaycounter.service": c.unit})
			for _, path := range []string{open, closed} {
				files[host.Rooted(path)] = &fstest.MapFile{Mode: 0o600}
			}
			d.Machine.FS = files
			d.Machine.unit = host.FindUnit(d.Machine.Files, "")
			d.policy.Config.Sources[0].Auth.Token = &c.auth
			all := lookNow(t, d)
			wantFinding(t, all["credential"], c.want, c.text)
			if d.policy.Config.Sources[0].Auth.Token.File != c.auth.File {
				t.Error("the policy was changed")
			}
		})
	}
}

// Root can read what the service cannot.
func TestCredentialOfTheService(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte(doctorToken), 0o600); err != nil {
		t.Fatal(err)
	}
	d := atBamboo(t, "https://nowhere.example.com")
	d.Machine.FS, d.Machine.user = fstest.MapFS{host.Rooted(path): owned(0, 0, 0o600)}, service
	d.policy.Config.Sources[0].Auth.Token = &schema.Credential{File: path}
	wantFinding(t, lookNow(t, d)["credential"], Fail, "chown fridaycounter "+path)
}

// Below home directories the service sees nothing, whatever the modes are: the policy, the file of
// deployments and the secret are judged alike.
func TestProtectHomeHidesFiles(t *testing.T) {
	const unit = "etc/systemd/system/fridaycounter.service"
	for _, c := range []struct {
		name string
		user account
		unit map[string]string
		want string // "" if the file can be read as far as doctor sees
	}{
		{"root asks for the service", service, map[string]string{unit: "ProtectHome=yes\n"}, "the service cannot see /home/pi/d.jsonl: ProtectHome= of /" + unit + " hides home directories"},
		{"pi asks, with the policy of the service", pi, map[string]string{unit: "ProtectHome=tmpfs\n"}, "ProtectHome="},
		{"visible", service, map[string]string{unit: "ProtectHome=read-only\n"}, ""},
		{"changed by systemctl edit", service, map[string]string{unit: "ProtectHome=yes\n", unit + ".d/override.conf": "[Service]\nProtectHome=no\n"}, ""},
		{"without the service", service, nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := tree(c.unit)
			files["home/pi/d.jsonl"] = owned(0, 0, 0o644)
			m := fakeMachine(files)
			m.user = c.user
			f, hidden := doctorOf(t, m, nil).unreadable("/home/pi/d.jsonl", "chmod %s")
			if hidden != (c.want != "") || hidden && f.Result != Fail || !strings.Contains(f.Found, c.want) {
				t.Errorf("got %v %q, want %q", hidden, f.Found, c.want)
			}
		})
	}
}

// A hint names a field as it stands in the file, also where a source in sources is named as its kind.
func TestHintsNameTheField(t *testing.T) {
	for _, c := range []struct {
		source schema.Source
		want   string
	}{
		{schema.Source{Name: "bamboo", Kind: "bamboo"}, "source: bamboo: url"},
		{schema.Source{Name: "bamboo", Kind: "bamboo", Named: true}, "sources: bamboo: bamboo: url"},
		{schema.Source{Name: "shop", Kind: "github", Named: true}, "sources: shop: github: url"},
	} {
		d := doctorOf(t, fakeMachine(tree(nil)), &schema.Config{Sources: []schema.Source{c.source}})
		if got := d.at().place("url"); got != c.want {
			t.Errorf("%+v: got %s, want %s", c.source, got, c.want)
		}
	}
}

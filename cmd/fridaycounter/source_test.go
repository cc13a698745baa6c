package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/jsonl"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/schema"
)

// What was in the file stays known when the file is cut short, and the loss is told.
func TestFileSourceLosesAnEnvironment(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deployments.jsonl")
	write := func(lines ...string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	file, err := jsonl.Open(jsonl.Opts{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	s := &fileSource{file: file, path: path}
	known := new(engine.Memory).Known(t.Context(), "")
	blue := `{"id":"1","project":"shop","environment":"Blue","started":"2026-03-02T10:00:00Z","state":"success"}`
	green := `{"id":"2","project":"shop","environment":"Green","started":"2026-03-13T10:00:00Z","state":"success"}`
	for _, c := range []struct {
		name  string
		lines []string
		want  string // in the error; "" for none
	}{
		{"both", []string{blue, green}, ""},
		{"one lost", []string{blue}, "has no deployment to Green any more"},
		{"still lost", []string{blue}, "has no deployment to Green any more"},
		{"back", []string{blue, green}, ""},
	} {
		write(c.lines...)
		_, err := s.Poll(t.Context(), known, time.Now())
		if got := errorText(err); c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// Lines that are taken out at the beginning leave the coverage as it was, while one
// of those that are left is known.
func TestFileSourceKeepsItsCoverage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deployments.jsonl")
	line := func(id int, month string) string {
		return fmt.Sprintf(`{"id":"%d","project":"shop","environment":"Production","started":"2026-%s-02T10:00:00Z","state":"success"}`+"\n", id, month)
	}
	file, err := jsonl.Open(jsonl.Opts{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	s := &fileSource{file: file, path: path}
	var m engine.Memory
	for _, c := range []struct{ name, text, want string }{
		{"at first", line(1, "01") + line(2, "02"), "2026-01-02"},
		{"rotated", line(2, "02") + line(3, "03"), "2026-01-02"},
		{"all new", line(4, "04"), "2026-04-02"},
	} {
		if err := os.WriteFile(path, []byte(c.text), 0o644); err != nil {
			t.Fatal(err)
		}
		a, err := s.Poll(t.Context(), m.Known(t.Context(), ""), time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if got := a.Environments[0].CompleteFrom.Format(time.DateOnly); got != c.want {
			t.Errorf("%s: complete from %s, want %s", c.name, got, c.want)
		}
		if _, err := m.Merge(t.Context(), "", a, nil, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
}

// A systemd credential is read from $CREDENTIALS_DIRECTORY, or beside the service from
// where that gets it.
func TestSystemdCredential(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"given/token": "given", "running/token": "running", "file": "of the file"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name, given, beside, file string
		want, wrong               string
	}{
		{name: "the service's own", given: dir + "/given", beside: dir + "/running", want: "given"},
		{name: "the running service's", beside: dir + "/running", want: "running"},
		{name: "that of the unit", file: dir + "/file", want: "of the file"},
		{name: "that of the unit, which is not there", file: dir + "/none", wrong: "no such file"},
		{name: "no service", wrong: "root can ask"},
	} {
		o := opener{
			getenv: func(string) string { return c.given },
			beside: func(name string) (string, string) {
				if name != "token" {
					t.Errorf("%s: asked for %q", c.name, name)
				}
				return c.beside, c.file
			},
		}
		got, err := o.secret(schema.Credential{Credential: "token"})
		if got != c.want || !strings.Contains(errorText(err), c.wrong) {
			t.Errorf("%s: got %q, %v, want %q and %q", c.name, got, err, c.want, c.wrong)
		}
	}
}

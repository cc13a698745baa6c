package rest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReadSecretFile(t *testing.T) {
	dir := t.TempDir()
	for _, test := range []struct {
		name, content string
		mode          os.FileMode
		want          string // or "error: " and part of it
	}{
		{"plain", "s3cret", 0o600, "s3cret"},
		{"newline", "s3cret\n", 0o600, "s3cret"},
		{"read only", "s3cret\n", 0o400, "s3cret"},
		{"spaces stay", " s3cret ", 0o600, " s3cret "},
		{"two newlines", "s3cret\n\n", 0o600, "error: control character or more than one line"},
		{"two lines", "s3cret\nother\n", 0o600, "error: control character or more than one line"},
		{"CRLF", "s3cret\r\n", 0o600, "error: Unix line ends"},
		{"BOM", "\ufeffs3cret", 0o600, "error: byte order mark"},
		{"tab", "s3\tcret", 0o600, "error: control character"},
		{"NUL", "s3\x00cret", 0o600, "error: control character"},
		{"delete", "s3\x7fcret", 0o600, "error: control character"},
		{"empty", "", 0o600, "error: is empty"},
		{"only a newline", "\n", 0o600, "error: is empty"},
		{"large", strings.Repeat("s", maxSecret+1), 0o600, "error: too long"},
		{"group can read", "s3cret", 0o640, "error: others can use it (mode 0640): chmod 600 it"},
		{"all can read", "s3cret", 0o604, "error: others can use it (mode 0604)"},
		{"group can write", "s3cret", 0o620, "error: others can use it (mode 0620)"},
	} {
		path := filepath.Join(dir, test.name)
		if err := os.WriteFile(path, []byte(test.content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, test.mode); err != nil {
			t.Fatal(err)
		}
		check := func(got string, err error) {
			t.Helper()
			want, isError := strings.CutPrefix(test.want, "error: ")
			switch {
			case isError && (err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3")):
				t.Errorf("%s: got %q, %v, want the error %q without the secret", test.name, got, err, want)
			case !isError && (err != nil || got != want):
				t.Errorf("%s: got %q, %v, want %q", test.name, got, err, want)
			}
		}
		check(ReadSecretFile(path, ""))
		if test.mode&0o077 == 0 {
			check(ReadSystemdSecret(dir, test.name))
		} else if got, err := ReadSystemdSecret(dir, test.name); err != nil || got != "s3cret" {
			t.Errorf("%s: got %q, %v: systemd guards the directory, not the mode", test.name, got, err)
		}
	}
}

func TestReadSecretRefusals(t *testing.T) {
	dir := t.TempDir()
	outside := filepath.Join(t.TempDir(), "outside")
	if err := os.WriteFile(outside, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(outside, 0o644); err != nil {
		t.Fatal(err)
	}
	getenv := func(name string) string { return map[string]string{"GOOD": "x", "BAD": "a\nb"}[name] }
	for name, test := range map[string]struct {
		read func() (string, error)
		want string
	}{
		"no directory":    {func() (string, error) { return ReadSystemdSecret("", "token") }, "$CREDENTIALS_DIRECTORY is not set"},
		"no credential":   {func() (string, error) { return ReadSystemdSecret(dir, "token") }, "no such file"},
		"path":            {func() (string, error) { return ReadSystemdSecret(dir, "../token") }, "want a plain name"},
		"dots":            {func() (string, error) { return ReadSystemdSecret(dir, "..") }, "want a plain name"},
		"empty name":      {func() (string, error) { return ReadSystemdSecret(dir, "") }, "want a plain name"},
		"directory":       {func() (string, error) { return ReadSecretFile(dir, "") }, "want a regular file"},
		"outside":         {func() (string, error) { return ReadSecretFile(outside, dir) }, "others can use it"},
		"unset variable":  {func() (string, error) { return ReadSecretEnv("NONE", getenv) }, "NONE: is not set or empty"},
		"broken variable": {func() (string, error) { return ReadSecretEnv("BAD", getenv) }, "BAD: the secret holds a control character"},
	} {
		if got, err := test.read(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %q, %v, want %q", name, got, err, test.want)
		}
	}
	if got, err := ReadSecretEnv("GOOD", getenv); got != "x" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

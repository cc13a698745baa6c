package sources

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fridaycounter/fridaycounter/schema"
)

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
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
		o := Opener{
			Getenv: func(string) string { return c.given },
			ServiceCredential: func(name string) (string, string) {
				if name != "token" {
					t.Errorf("%s: asked for %q", c.name, name)
				}
				return c.beside, c.file
			},
		}
		got, err := o.Secret(schema.Credential{Credential: "token"})
		if got != c.want || !strings.Contains(errorText(err), c.wrong) {
			t.Errorf("%s: got %q, %v, want %q and %q", c.name, got, err, c.want, c.wrong)
		}
	}
}

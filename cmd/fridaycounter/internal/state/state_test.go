package state

import (
	"strings"
	"testing"

	"github.com/fridaycounter/fridaycounter/drivers/history"
)

// The history is in the directory that is given, else in the service's, else in the user's.
func TestPath(t *testing.T) {
	t.Setenv("HOME", "/home/ann")
	for _, c := range []struct {
		name, dir string
		env       map[string]string
		want      string
	}{
		{"given", "/given", map[string]string{"STATE_DIRECTORY": "/service"}, "/given/history.db"},
		{"the service's", "", map[string]string{"STATE_DIRECTORY": "/service", "XDG_STATE_HOME": "/xdg"}, "/service/history.db"},
		{"the user's", "", map[string]string{"XDG_STATE_HOME": "/xdg"}, "/xdg/fridaycounter/history.db"},
		{"below home", "", nil, "/home/ann/.local/state/fridaycounter/history.db"},
	} {
		if got := Path(c.dir, "counter.cue", func(name string) string { return c.env[name] }); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

// An installed counter has its history in a place that no environment says, as has that of each team.
func TestSystemDir(t *testing.T) {
	for policy, want := range map[string]string{
		"/etc/fridaycounter/counter.cue":      "/var/lib/fridaycounter",
		"/etc/fridaycounter/wall.cue":         "/var/lib/fridaycounter",
		"/etc/fridaycounter/shop/counter.cue": "/var/lib/fridaycounter/shop",
		"/etc/fridaycounter/other.cue":        "",
		"/etc/fridaycounter/a/b/counter.cue":  "",
		"/etc/counter.cue":                    "",
		"counter.cue":                         "",
		"-":                                   "",
	} {
		if got := systemDir(policy); got != want {
			t.Errorf("%s: got %q, want %q", policy, got, want)
		}
		if got, want := Installed(policy), want == SystemDir; got != want {
			t.Errorf("%s is installed: got %v, want %v", policy, got, want)
		}
		if got, want := Team(policy), strings.TrimPrefix(strings.TrimPrefix(want, SystemDir), "/"); got != want {
			t.Errorf("%s is of team %q, want %q", policy, got, want)
		}
	}
}

// Without a home directory the error says what to do.
func TestNoHome(t *testing.T) {
	t.Setenv("HOME", "")
	path := Path("", "counter.cue", func(string) string { return "" })
	nothing := func(*history.Store) error { return nil }
	_, err := Open(t.Context(), path, "counter.cue", nil, nil)
	for _, err := range []error{Read(t.Context(), path, nothing), Write(t.Context(), path, nothing), err} {
		if err == nil || !strings.Contains(err.Error(), "name a directory with --state") {
			t.Errorf("%q: got %v", path, err)
		}
	}
}

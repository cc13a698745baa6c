package wallservice

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/engine/wall"
	"github.com/fridaycounter/fridaycounter/schema"
)

// Which kind of file there is, and what is taken for one that cannot be read.
func TestIs(t *testing.T) {
	const wallFile, counterFile = "package wall\nschema.#Wall & {typo:}\n", "package counter\nschema.#Counter & {}\n"
	for _, c := range []struct {
		name, file string
		state      []string // files of the state directory, each newer than those before
		want       bool
	}{
		{"a wall, with a mistake", wallFile, nil, true},
		{"a counter", counterFile, []string{"wall.json"}, false},
		{"no file", "", nil, false},
		{"no file, where a wall ran", "", []string{"wall.json"}, true},
		{"no file, where a counter ran later", "", []string{"wall.json", "history.db"}, false},
		{"no file, where a wall ran later", "", []string{"history.db", "wall.json"}, true},
		{"a file that lost its content, where a wall ran", "\n", []string{"wall.json"}, true},
		{"nonsense, where a wall ran", "schema.# &", []string{"wall.json"}, true},
		{"nonsense", "schema.# &", nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "office.cue")
			for i, name := range c.state {
				write(t, filepath.Join(dir, name), "")
				if err := os.Chtimes(filepath.Join(dir, name), time.Time{}, time.Unix(int64(i), 0)); err != nil {
					t.Fatal(err)
				}
			}
			if c.file != "" {
				write(t, path, c.file)
			}
			if got := Is(path, filepath.Join(dir, "history.db")); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// A name that would publish elsewhere is refused before anything is sent.
func TestNames(t *testing.T) {
	for _, name := range []string{"kitchen/x", "+", "#", "a#"} {
		s := schema.WallSource{MQTT: schema.MQTT{Broker: "mqtt://127.0.0.1", Topic: "t"}, Name: name}
		if _, err := (broker{}).connect(s, nil, nil); err == nil {
			t.Errorf("the name %q: got no error", name)
		}
	}
}

func TestStatusLine(t *testing.T) {
	s := wall.Status{Text: "42"}
	if got, want := statusLine(s, "wall.cue"), "shows 42"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	s.Stale, s.Refused, s.Faulty = errors.New("the counter is not online"), errors.New("typo"), []string{"max7219 SPI0.0"}
	want := "shows 42; stale: the counter is not online; wall.cue is refused; does not work: max7219 SPI0.0"
	if got := statusLine(s, "wall.cue"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

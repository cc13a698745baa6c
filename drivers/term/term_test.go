package term_test

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/term"
)

func picture(t *testing.T, text string, width int, level led.Level) led.Picture {
	t.Helper()
	line, err := led.Fit(text, width, 8, led.FontAuto, led.Saturate)
	if err != nil {
		t.Fatal(err)
	}
	f := led.NewFrame(width, 8)
	line.Draw(f, 0)
	return led.Picture{Frame: f, Level: level}
}

func TestPipe(t *testing.T) {
	var out strings.Builder
	d := term.New(&out, term.Opts{})
	for _, step := range []func() error{
		func() error { return d.Show(picture(t, "1", 8, 3)) },
		func() error { return d.Show(picture(t, "1", 8, 3)) }, // unchanged
		func() error { return d.Caption("one week\nsince Friday\x1b[2J") },
		func() error { return d.Show(picture(t, "2", 8, 3)) },
		func() error { return d.Show(led.Picture{Level: led.Off}) },
		d.Halt,
		d.Halt,
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	const want = `...##...
..###...
...##...
...##...
...##...
...##...
..####..
........

..####..
.##..##.
.....##.
....##..
...##...
..##....
.######.
........
one week
since Friday[2J

........
........
........
........
........
........
........
........
one week
since Friday[2J
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// screen is a terminal of 40 columns that knows what term writes, and nothing else.
type screen struct {
	lines    []string
	x, y     int
	hidden   bool
	noWrap   bool
	red      map[string]int // colours of the lit dots
	colour   string
	unknown  []string
	wrote    int
	rejected error
}

var escape = regexp.MustCompile(`^\x1b\[(\??)([0-9;]*)([A-Za-z])`)

func (s *screen) Write(b []byte) (int, error) {
	if s.rejected != nil {
		return 0, s.rejected
	}
	s.wrote++
	for rest := string(b); rest != ""; {
		if m := escape.FindStringSubmatch(rest); m != nil {
			s.obey(m[1]+m[2]+m[3], m[2])
			rest = rest[len(m[0]):]
			continue
		}
		r := []rune(rest)[0]
		rest = rest[len(string(r)):]
		s.put(r)
	}
	return len(b), nil
}

func (s *screen) obey(code, number string) {
	switch {
	case code == "?25l", code == "?25h":
		s.hidden = code == "?25l"
	case code == "?7l", code == "?7h":
		s.noWrap = code == "?7l"
	case strings.HasSuffix(code, "m"):
		s.colour = code
	case strings.HasSuffix(code, "A"):
		n, _ := strconv.Atoi(number)
		s.y = max(0, s.y-n)
	case code == "K":
		s.lines[s.y] = string([]rune(s.lines[s.y])[:s.x])
	case code == "J":
		s.lines = append(s.lines[:s.y], string([]rune(s.lines[s.y])[:s.x]))
	default:
		s.unknown = append(s.unknown, code)
	}
}

func (s *screen) put(r rune) {
	for len(s.lines) <= s.y {
		s.lines = append(s.lines, "")
	}
	switch {
	case r == '\r':
		s.x = 0
	case r == '\n':
		s.y++
		s.x = 0
		if len(s.lines) <= s.y {
			s.lines = append(s.lines, "")
		}
	case r < ' ':
		s.unknown = append(s.unknown, fmt.Sprintf("%q", r))
	case s.x >= 40 && s.noWrap:
	default:
		if s.x >= 40 {
			s.x, s.y = 0, s.y+1
		}
		line := []rune(s.lines[s.y])
		for len(line) <= s.x {
			line = append(line, ' ')
		}
		line[s.x] = r
		s.lines[s.y] = string(line)
		s.x++
		if r == '●' {
			s.red[s.colour]++
		}
	}
}

// shows compares the screen: what was there before, the picture, the caption.
func (s *screen) shows(t *testing.T, p led.Picture, caption ...string) {
	t.Helper()
	want := []string{"$ fridaycounter demo"}
	for line := range strings.Lines(p.Frame.String()) {
		if p.Level == led.Off {
			line = strings.ReplaceAll(line, "#", ".")
		}
		line = strings.NewReplacer(".", "· ", "#", "● ", "\n", "").Replace(line)
		want = append(want, line)
	}
	want = append(append(want, caption...), "")
	if diff := cmp.Diff(want, s.lines); diff != "" {
		t.Errorf("the screen (-want +got):\n%s", diff)
	}
	if len(s.unknown) > 0 {
		t.Errorf("got codes %q", s.unknown)
	}
	if s.noWrap {
		t.Error("lines are cut for the next program too")
	}
}

func TestTerminal(t *testing.T) {
	for _, o := range []term.Opts{{Color: true}, {Color: true, TrueColor: true}} {
		s := &screen{red: make(map[string]int)}
		if _, err := s.Write([]byte("$ fridaycounter demo\r\n")); err != nil {
			t.Fatal(err)
		}
		d := term.New(s, o)
		check := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		check(d.Caption("starting"))
		if s.hidden {
			t.Error("something was drawn before the first picture")
		}
		seven, twelve := picture(t, "7", 16, 0), picture(t, "12", 16, 15)
		check(d.Show(seven))
		s.shows(t, seven, "starting")
		check(d.Show(twelve))
		s.shows(t, twelve, "starting")
		if !s.hidden {
			t.Error("the cursor is not hidden")
		}
		check(d.Caption("a line that is much longer than the terminal is wide\nand another"))
		s.shows(t, twelve, "a line that is much longer than the term", "and another")
		check(d.Caption("short"))
		s.shows(t, twelve, "short")
		wrote := s.wrote
		check(d.Show(twelve))
		check(d.Caption("short"))
		if s.wrote != wrote {
			t.Error("an unchanged picture was drawn again")
		}
		check(d.Show(led.Picture{Level: led.Off}))
		s.shows(t, led.Picture{Frame: twelve.Frame, Level: led.Off}, "short")
		check(d.Show(picture(t, "5", 8, 1)))
		s.shows(t, picture(t, "5", 8, 1), "short")
		check(d.Halt())
		check(d.Halt())
		if s.hidden {
			t.Error("the cursor stays hidden")
		}
		s.shows(t, picture(t, "5", 8, 1), "short")
		s.lines, s.x, s.y = []string{"$ fridaycounter demo"}, 0, 1 // what comes after the end is drawn below
		check(d.Show(picture(t, "6", 8, 1)))
		s.shows(t, picture(t, "6", 8, 1), "short")
	}
}

// TestWrap keeps the words of a caption whole where the terminal's width is known, and the glass
// where it was.
func TestWrap(t *testing.T) {
	s := &screen{red: make(map[string]int)}
	d := term.New(s, term.Opts{Color: true, Columns: func() int { return 40 }})
	if _, err := s.Write([]byte("$ fridaycounter demo\r\n")); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		caption string
		lines   []string
	}{
		{"hotfix of shop to Production on Friday 13 March 2026, 16:49 PDT resets the number",
			[]string{"hotfix of shop to Production on Friday", "13 March 2026, 16:49 PDT resets the", "number"}},
		{"short  words\nand  two", []string{"short  words", "and  two"}},
		{strings.Repeat("x", 50) + " y", []string{strings.Repeat("x", 40), "y"}},
		{strings.Repeat("x", 38) + " é", []string{strings.Repeat("x", 38) + " é"}},
	} {
		if err := d.Caption(step.caption); err != nil {
			t.Fatal(err)
		}
		seven := picture(t, "7", 16, 3)
		if err := d.Show(seven); err != nil {
			t.Fatal(err)
		}
		s.shows(t, seven, step.lines...)
	}
}

// TestWriteAbove: a log on the same terminal stands above the glass, which stays whole.
func TestWriteAbove(t *testing.T) {
	s := &screen{red: make(map[string]int)}
	d := term.New(s, term.Opts{Color: true})
	if _, err := d.Write([]byte("$ fridaycounter demo\r\n")); err != nil {
		t.Fatal(err)
	}
	seven := picture(t, "7", 16, 0)
	for _, f := range []func() error{
		func() error { return d.Show(seven) },
		func() error { return d.Caption("under it") },
		func() error { _, err := fmt.Fprintln(d, "a line of the log"); return err },
		func() error { _, err := fmt.Fprint(d, "two\nmore\n"); return err },
	} {
		if err := f(); err != nil {
			t.Fatal(err)
		}
	}
	got := strings.Join(s.lines[:4], "\n")
	if want := "$ fridaycounter demo\na line of the log\ntwo\nmore"; got != want {
		t.Errorf("above the glass: got %q, want %q", got, want)
	}
	s.lines = append(s.lines[:1], s.lines[4:]...)
	s.shows(t, seven, "under it")

	var pipe bytes.Buffer
	d = term.New(&pipe, term.Opts{})
	if _, err := d.Write([]byte("plain\n")); err != nil || pipe.String() != "plain\n" {
		t.Errorf("in a pipe: got %q, %v", pipe.String(), err)
	}
}

// TestLevels: brighter levels are brighter reds.
func TestLevels(t *testing.T) {
	for _, tt := range []struct {
		opts term.Opts
		want []string
	}{
		{term.Opts{Color: true}, []string{"38;5;88m", "38;5;124m", "38;5;160m", "38;5;196m"}},
		{term.Opts{Color: true, TrueColor: true}, []string{"38;2;110;0;0m", "38;2;148;16;8m", "38;2;187;32;16m", "38;2;226;48;24m"}},
	} {
		for i, want := range tt.want {
			s := &screen{red: make(map[string]int)}
			if err := term.New(s, tt.opts).Show(picture(t, "8", 8, led.Level(4*i))); err != nil {
				t.Fatal(err)
			}
			if len(s.red) != 1 || s.red[want] == 0 {
				t.Errorf("level %d: got %v, want %s", 4*i, s.red, want)
			}
		}
	}
}

func TestWriteErrors(t *testing.T) {
	broken := errors.New("broken pipe")
	for _, o := range []term.Opts{{}, {Color: true}} {
		s := &screen{red: make(map[string]int), rejected: broken}
		d := term.New(s, o)
		p := picture(t, "7", 8, 3)
		for range 2 { // it is not taken for drawn
			if err := d.Show(p); !errors.Is(err, broken) || err.Error() != "term: broken pipe" {
				t.Errorf("got %v, want term: broken pipe", err)
			}
		}
		if err := d.Show(led.Picture{Level: 3}); err == nil || err.Error() != "term: show a picture: it has no frame" {
			t.Errorf("got %v for a picture without a frame", err)
		}
	}
}

func TestDetect(t *testing.T) {
	for _, tt := range []struct {
		terminal bool
		env      map[string]string
		want     term.Opts
	}{
		{true, map[string]string{"TERM": "xterm-256color"}, term.Opts{Color: true}},
		{true, map[string]string{"TERM": "xterm", "COLORTERM": "truecolor"}, term.Opts{Color: true, TrueColor: true}},
		{true, map[string]string{"TERM": "xterm", "COLORTERM": "24bit"}, term.Opts{Color: true, TrueColor: true}},
		{true, map[string]string{"TERM": "dumb", "COLORTERM": "truecolor"}, term.Opts{}},
		{true, map[string]string{"TERM": "xterm", "NO_COLOR": "1"}, term.Opts{}},
		{false, map[string]string{"TERM": "xterm", "COLORTERM": "truecolor"}, term.Opts{}},
	} {
		if got := term.Detect(tt.terminal, func(name string) string { return tt.env[name] }); got.Color != tt.want.Color || got.TrueColor != tt.want.TrueColor {
			t.Errorf("%t, %v: got %+v, want %+v", tt.terminal, tt.env, got, tt.want)
		}
	}
}

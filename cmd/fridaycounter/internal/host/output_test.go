package host

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/engine/glass"
)

var _ glass.Display = (*Display)(nil)

// weeks is a picture of a number.
func weeks(t *testing.T, n int) led.Picture {
	t.Helper()
	line, err := led.Fit(fmt.Sprint(n), 16, 8, led.FontAuto, led.Saturate)
	if err != nil {
		t.Fatal(err)
	}
	f := led.NewFrame(16, 8)
	line.Draw(f, 0)
	return led.Picture{Frame: f, Level: 8}
}

// newOutput returns an output whose standard output and standard error are terminals or
// are not.
func newOutput(stdout, stderr io.Writer, terminal bool) *Output {
	return NewOutput(stdout, stderr, func(any) bool { return terminal }, func(string) string { return "" })
}

// closeAfter closes a pipe when a display that is halted already has drawn all pictures,
// and the log is written.
func closeAfter(o *Output, d *Display, out *os.File) {
	<-d.ended
	o.log.flush(time.Minute)
	out.Close()
}

// After a terminal took nothing for a while, the newest picture is drawn last, after at
// most one of those that nobody saw. Show waits half a second at most.
func TestDisplayOnABlockedTerminal(t *testing.T) {
	r, out := fullPipe(t)
	o := newOutput(out, out, false)
	d := o.OpenDisplay()
	for i := range 4 {
		began := time.Now()
		picture := weeks(t, 96+i)
		if err := d.Show(picture); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("Show took %s", took)
		}
		picture.Frame.Set(0, 0, true) // it is the caller's own
	}
	o.Logger().Info("a line of the log")
	began := time.Now()
	if err := d.Halt(); err != nil {
		t.Error(err)
	}
	o.Close()
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("the end took %s", took)
	}
	go closeAfter(o, d, out)
	got := readAll(t, r)
	if !strings.Contains(got, `msg="a line of the log"`) {
		t.Errorf("got no line of the log:\n%s", got)
	}
	for i, want := range []bool{true, false, false, true} { // the first one was being drawn
		if picture := weeks(t, 96+i).Frame.String(); strings.Contains(got, picture) != want {
			t.Errorf("got\n%swith this: %t, want %t\n%s", got, !want, want, picture)
		}
	}
}

// An error of a picture is returned, and the same picture may be tried again.
func TestDisplayError(t *testing.T) {
	out := &failing{times: 2}
	d := newOutput(out, io.Discard, false).OpenDisplay()
	picture := weeks(t, 7)
	var got []string
	for range 4 {
		got = append(got, fmt.Sprint(d.Show(picture)))
	}
	want := []string{"term: input/output error", "term: input/output error", "<nil>", "<nil>"}
	if err := d.Halt(); err != nil {
		t.Error(err)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) || strings.TrimLeft(out.String(), "\n") != picture.Frame.String() {
		t.Errorf("got %q and\n%s, want %q", got, out.String(), want)
	}
}

// What another geometry draws comes after all of the one before, and after its end.
func TestDisplayOfAnotherGeometry(t *testing.T) {
	r, out := fullPipe(t)
	o := newOutput(out, out, true)
	first := o.OpenDisplay()
	for i := range 2 {
		if err := first.Show(weeks(t, i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := first.Halt(); err != nil { // it gives up waiting
		t.Fatal(err)
	}
	second := o.OpenDisplay()
	if err := second.Show(led.Picture{Frame: led.NewFrame(8, 8), Level: 8}); err != nil {
		t.Fatal(err)
	}
	if err := second.Halt(); err != nil {
		t.Fatal(err)
	}
	go closeAfter(o, second, out)
	cursor := strings.Join(regexp.MustCompile(`\x1b\[\?25[lh]`).FindAllString(readAll(t, r), -1), "")
	const hide, show = "\x1b[?25l", "\x1b[?25h"
	if want := hide + hide + show + hide + show; cursor != want {
		t.Errorf("got %q, want %q", cursor, want)
	}
}

// Halt gives the cursor back.
func TestDisplayHalt(t *testing.T) {
	var out failing
	d := newOutput(&out, io.Discard, true).OpenDisplay()
	if err := errors.Join(d.Show(weeks(t, 7)), d.Show(led.Picture{Level: led.Off}), d.Halt()); err != nil || !strings.HasSuffix(out.String(), "\x1b[?25h") {
		t.Errorf("got %v and %q, want the cursor back at the end", err, out.String())
	}
}

// A terminal is 100 columns wide and has a long memory. It knows what a display and a log
// write.
type terminal struct {
	mu   sync.Mutex
	rows []string
	x, y int
}

const columns = 100

var escape = regexp.MustCompile(`^\x1b\[\??([0-9;]*)([A-Za-z])`)

func (s *terminal) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for rest := string(b); rest != ""; {
		if code := escape.FindStringSubmatch(rest); code != nil {
			rest = rest[len(code[0]):]
			s.obey(code[2], code[1])
			continue
		}
		r := []rune(rest)[0]
		rest = rest[len(string(r)):]
		s.put(r)
	}
	return len(b), nil
}

func (s *terminal) obey(code, number string) {
	switch code {
	case "A":
		n, _ := strconv.Atoi(number)
		s.y = max(0, s.y-n)
	case "J", "K":
		if code == "J" && len(s.rows) > s.y {
			s.rows = s.rows[:s.y+1]
		}
		if s.y < len(s.rows) {
			s.rows[s.y] = string([]rune(s.rows[s.y])[:min(s.x, len([]rune(s.rows[s.y])))])
		}
	}
}

func (s *terminal) put(r rune) {
	switch r {
	case '\r':
		s.x = 0
	case '\n':
		s.x, s.y = 0, s.y+1
	default:
		if s.x == columns {
			s.x, s.y = 0, s.y+1
		}
		for len(s.rows) <= s.y {
			s.rows = append(s.rows, "")
		}
		row := []rune(s.rows[s.y])
		for len(row) <= s.x {
			row = append(row, ' ')
		}
		row[s.x] = r
		s.rows[s.y] = string(row)
		s.x++
	}
}

// Whatever the log and the display write at the same time, each line of the log stands on
// the terminal, whole and in its order, and the newest picture below.
func TestLogStandsAbovePicture(t *testing.T) {
	for seed := range uint64(8) {
		screen := &terminal{}
		o := newOutput(screen, screen, true)
		log := o.Logger()
		random := rand.New(rand.NewPCG(seed, 0))
		var writing sync.WaitGroup
		const lines = 60
		long := strings.Repeat("wide ", 5+random.IntN(40))
		pauses := random.Perm(lines)
		writing.Go(func() {
			for i, pause := range pauses {
				time.Sleep(time.Duration(pause) * time.Microsecond)
				log.Info(fmt.Sprintf("line %d of %s.", i, long))
			}
		})
		last := led.Picture{}
		for range 3 { // geometries
			d := o.OpenDisplay()
			for range random.IntN(30) {
				last = weeks(t, random.IntN(100))
				if err := d.Show(last); err != nil {
					t.Fatal(err)
				}
			}
			if err := d.Halt(); err != nil {
				t.Fatal(err)
			}
		}
		writing.Wait()
		d := o.OpenDisplay()
		last = weeks(t, 42)
		if err := d.Show(last); err != nil {
			t.Fatal(err)
		}
		log.Info("the last line.")
		o.log.flush(time.Minute) // the machine may be busy
		if err := d.Halt(); err != nil {
			t.Fatal(err)
		}
		<-d.ended
		var whole []string
		for _, row := range screen.rows {
			whole = append(whole, row+strings.Repeat(" ", max(0, columns-len([]rune(row)))))
		}
		text := strings.Join(whole, "")
		at := 0
		for i := range lines {
			found := strings.Index(text[at:], fmt.Sprintf(" line %d of %s.", i, long))
			if found < 0 {
				t.Fatalf("seed %d: line %d is torn or missing on\n%s", seed, i, strings.Join(screen.rows, "\n"))
			}
			at += found
		}
		if at = strings.Index(text, "the last line."); at < 0 {
			t.Fatalf("seed %d: the last line is torn or missing", seed)
		}
		want := strings.NewReplacer(".", "· ", "#", "● ").Replace(strings.TrimSpace(last.Frame.String()))
		got := strings.Join(screen.rows[max(0, len(screen.rows)-8):], "\n")
		if strings.ReplaceAll(got, " ", "") != strings.ReplaceAll(want, " ", "") {
			t.Errorf("seed %d: got below\n%s\nwant\n%s", seed, got, want)
		}
	}
}

// A pipe, such as the journal, gets slog's text and pictures of plain characters.
func TestOutputInAPipe(t *testing.T) {
	var stdout, stderr bytes.Buffer
	o := newOutput(&stdout, &stderr, false)
	o.Logger().Warn("polling failed", "source", "bamboo")
	d := o.OpenDisplay()
	frame := led.NewFrame(8, 2)
	frame.Set(1, 0, true)
	if err := errors.Join(d.Show(led.Picture{Frame: frame, Level: 8}), d.Halt()); err != nil {
		t.Fatal(err)
	}
	o.Close()
	if got, want := stdout.String(), ".#......\n........\n"; got != want {
		t.Errorf("got the picture %q, want %q", got, want)
	}
	if got, want := stderr.String(), "level=WARN msg=\"polling failed\" source=bamboo\n"; !strings.HasSuffix(got, want) || !strings.HasPrefix(got, "time=") {
		t.Errorf("got the log %q, want time= and %q", got, want)
	}
}

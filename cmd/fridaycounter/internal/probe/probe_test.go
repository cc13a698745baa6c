package probe

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"cuelang.org/go/cue/format"
	"github.com/google/go-cmp/cmp"
	"periph.io/x/conn/v3/physic"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/max7219"
	"github.com/fridaycounter/fridaycounter/drivers/max7219/chainsim"
)

// walls calls f with every wall that somebody can build.
func walls(f func(o max7219.Opts)) {
	shapes := []struct{ columns, rows int }{{2, 1}, {2, 2}, {1, 1}, {4, 1}, {8, 1}, {4, 2}, {3, 3}}
	if testing.Short() {
		shapes = shapes[:2]
	}
	for _, s := range shapes {
		for _, wiring := range []max7219.Wiring{max7219.FC16, max7219.Generic, max7219.Parola, max7219.ICStation} {
			for _, rotate := range []int{0, 90, 180, 270} {
				for flags := range 16 {
					f(max7219.Opts{
						Columns: s.columns, Rows: s.rows, Wiring: wiring, Rotate: rotate,
						Mirror: flags&1 != 0, Reversed: flags&2 != 0, Serpentine: flags&4 != 0, BottomUp: flags&8 != 0,
					})
				}
			}
		}
	}
}

// TestEveryWiring holds the printed display to showing everything upright, on
// every wall, whatever the chips held before.
func TestEveryWiring(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 219))
	blocks, cases, most := map[string]max7219.Opts{}, 0, 0
	walls(func(o max7219.Opts) {
		u := &fakeUser{t: t, wall: chainsim.New(o)}
		u.wall.Scramble(r)
		block, err := u.ask(o.Columns, o.Rows)
		if err != nil {
			t.Fatalf("%+v: %v\n%s", o, err, u.terminal.String())
		}
		port, found := readBlock(t, block)
		if port != "SPI0.0" || found.Columns != o.Columns || found.Rows != o.Rows {
			t.Fatalf("%+v: got\n%s", o, block)
		}
		showsUpright(t, r, u.wall, o, found)
		blocks[block] = found
		cases, most = cases+1, max(most, u.questions)
	})
	if most > 10 {
		t.Errorf("got %d questions, want at most 10", most)
	}
	t.Logf("%d walls, %d displays, at most %d questions", cases, len(blocks), most)
	asFormatted(t, blocks)
	asEvaluated(t, blocks)
}

// showsUpright shows a text and noise by the options that were found.
func showsUpright(t *testing.T, r *rand.Rand, w *chainsim.Wall, built, found max7219.Opts) {
	t.Helper()
	d, err := max7219.New((&chainsim.Host{Chain: w.Chain}).Open, found)
	if err != nil {
		t.Fatal(err)
	}
	text, noise := led.NewFrame(8*w.Columns, 8*w.Rows), led.NewFrame(8*w.Columns, 8*w.Rows)
	line := fit(t, "FRLJ2547"[:w.Columns/w.Rows], text.Width(), text.Height())
	line.Draw(text, 0)
	for i := range noise.Width() * noise.Height() {
		noise.Set(i%noise.Width(), i/noise.Width(), r.IntN(2) == 0)
	}
	for _, f := range []*led.Frame{text, noise} {
		if err := d.Show(led.Picture{Frame: f, Level: 3}); err != nil {
			t.Fatal(err)
		}
		if !w.Glass().Equal(f) {
			t.Fatalf("built %+v, found %+v (-want +got):\n%s", built, found, cmp.Diff(f.String(), w.Glass().String()))
		}
	}
}

// asFormatted holds displays to how cue fmt writes them.
func asFormatted(t *testing.T, blocks map[string]max7219.Opts) {
	t.Helper()
	for block := range blocks {
		got, err := format.Source([]byte(block))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(got), block); diff != "" {
			t.Fatalf("cue fmt (-want +got):\n%s", diff)
		}
	}
}

// asEvaluated holds some of the displays, in a whole policy, to what the counter
// makes of them.
func asEvaluated(t *testing.T, blocks map[string]max7219.Opts) {
	t.Helper()
	sample := 12 // each starts a process
	if testing.Short() {
		sample = 2
	}
	texts := slices.Sorted(maps.Keys(blocks))
	for i := range sample {
		block := texts[i*len(texts)/sample]
		want := blocks[block]
		c, err := newEvaluator().Evaluate(t.Context(), "counter.cue", fmt.Appendf(nil, `package counter

import "github.com/fridaycounter/fridaycounter/schema"

schema.#Counter & {
	#streak:  _
	timezone: "Europe/Berlin"
	source: bamboo: {url: "https://bamboo.example.com", environments: ["Production"]}
	rules: "no-friday-deploys": forbid: [{weekdays: ["Friday"]}]
	poll: [{every: "1h"}]
	pages: [{text: "\(#streak.weeks)", overflow: "scroll"}]
	brightness: [{level: 8}]
	%s
}
`, block))
		if err != nil {
			t.Fatal(err)
		}
		m := c.Display.MAX7219
		got := max7219.Opts{
			Columns: c.Display.Columns, Rows: c.Display.Rows, Wiring: max7219.Wiring(m.Wiring), Rotate: m.Rotate,
			Mirror: m.Mirror, Reversed: m.Reversed, Serpentine: m.Serpentine, BottomUp: m.BottomUp,
		}
		if diff := cmp.Diff(want, got); diff != "" || m.Port != "SPI0.0" || m.Speed != int64(physic.MegaHertz/physic.Hertz) {
			t.Errorf("%s (-want +got):\n%s", block, diff)
		}
	}
}

// TestDialogue shows a whole dialogue: four columns and two rows of fc16, the
// chain back and forth from the left, and somebody who wrong.
func TestDialogue(t *testing.T) {
	u := &fakeUser{t: t, wall: chainsim.New(max7219.Opts{
		Columns: 4, Rows: 2, Wiring: max7219.FC16, Rotate: 180, Reversed: true, Serpentine: true,
	}), wrong: []string{
		"How many=11", "Picture=9", "Picture=", "Picture=1", "Now it shows=up", "Which module of the row=2", "In which row=2", "Does it read=n",
	}}
	block, err := u.ask(4, 2)
	if err != nil {
		t.Fatal(err)
	}
	got := "$ fridaycounter probe --columns 4 --rows 2\n" + u.terminal.String() + block
	const path = "testdata/dialogue.txt"
	if os.Getenv("UPDATE_SCRIPTS") != "" {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got), UPDATE_SCRIPTS=1 writes it:\n%s", path, diff)
	}
}

// TestWrongNumberOfModules says four modules of chains that have more or fewer.
func TestWrongNumberOfModules(t *testing.T) {
	for _, tt := range []struct {
		modules int
		want    string
	}{
		{1, "module 4 stays dark: the chain is shorter than 4, or broken (hint: count the modules; if there are 4,"},
		{3, "module 4 stays dark: the chain is shorter than 4"},
		{5, "2 modules are lit, not one: the chain is longer than 4"},
		{7, "2 modules are lit, not one: the chain is longer than 4"},
		{8, "2 modules are lit, not one: the chain is longer than 4"},
		{12, "3 modules are lit, not one: the chain is longer than 4"},
	} {
		u := &fakeUser{t: t, wall: chainsim.New(max7219.Opts{Columns: tt.modules, Wiring: max7219.FC16})}
		_, err := u.ask(4, 1)
		if err == nil || !strings.HasPrefix(err.Error(), "probe: "+tt.want) {
			t.Errorf("%d modules: got %v, want %s", tt.modules, err, tt.want)
		}
	}
	u := &fakeUser{t: t, wall: chainsim.New(max7219.Opts{Columns: 4, Wiring: max7219.FC16}), wrong: []string{"How many=1", "How many=0", "0 and not 1=y"}}
	if _, err := u.ask(4, 1); err == nil || !strings.HasPrefix(err.Error(), "probe: module 1 stays dark") {
		t.Errorf("a first module that is broken: got %v", err)
	}
}

// TestOneModuleAtATime watches every LED of a long chain: never more than one
// module's are lit until the wall is shown, and then one module more at a time.
func TestOneModuleAtATime(t *testing.T) {
	w := chainsim.New(max7219.Opts{Columns: 8, Rows: 1, Wiring: max7219.Generic, Rotate: 90})
	u := &fakeUser{t: t, wall: w}
	before := 0
	w.OnLoad = func() {
		lit := strings.Count(u.glass(), "#")
		if !strings.Contains(u.terminal.String(), "whole wall") {
			before = 0
		}
		if lit > before+64 {
			t.Errorf("got %d LEDs lit, %d a moment ago", lit, before)
		}
		before = lit
		for chip := range w.Len() {
			if w.Level(chip) > 2 {
				t.Errorf("module %d: got level %d", chip+1, w.Level(chip))
			}
		}
	}
	if _, err := u.ask(8, 1); err != nil {
		t.Fatal(err)
	}
}

// TestPortBreaks pulls the cable of the port between two questions.
func TestPortBreaks(t *testing.T) {
	u := &fakeUser{t: t, wall: chainsim.New(max7219.Opts{Columns: 2, Wiring: max7219.FC16})}
	broken := errors.New("broken")
	host := &chainsim.Host{Chain: u.wall.Chain, Fail: func(string) (int, error) {
		if u.questions > 3 {
			return 0, broken
		}
		return 0, nil
	}}
	var out strings.Builder
	err := Run(t.Context(), Options{Port: "SPI0.0", Open: host.Open, Columns: 2, Rows: 1, Answers: u, Questions: u, Result: &out})
	if !errors.Is(err, broken) || out.String() != "" {
		t.Errorf("got %v and %q", err, out.String())
	}
}

// TestDeclined lights nothing for somebody who does not want to begin.
func TestDeclined(t *testing.T) {
	for _, answer := range []string{"n", "No"} {
		u := &fakeUser{t: t, wall: chainsim.New(max7219.Opts{Columns: 2, Rows: 1, Wiring: max7219.FC16}), wrong: []string{"Enter begins=" + answer}}
		if _, err := u.ask(2, 1); !errors.Is(err, errEnded) || u.questions > 0 {
			t.Errorf("%s: got %v after %d questions, want %v at once", answer, err, u.questions, errEnded)
		}
	}
}

// TestOneModule asks nothing that one module has one answer to.
func TestOneModule(t *testing.T) {
	u := &fakeUser{t: t, wall: chainsim.New(max7219.Opts{Columns: 1, Rows: 1, Wiring: max7219.FC16})}
	if _, err := u.ask(1, 1); err != nil {
		t.Fatal(err)
	}
	if text := u.terminal.String(); strings.Contains(text, "In which row") || strings.Contains(text, "Which module") {
		t.Errorf("got the question where it is:\n%s", text)
	}
}

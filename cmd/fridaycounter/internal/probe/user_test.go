package probe

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/max7219"
	"github.com/fridaycounter/fridaycounter/drivers/max7219/chainsim"
)

// A fakeUser answers a probe by what is on its terminal and on the wall, and by
// nothing else. It is the terminal and the keyboard in one: what it types is echoed.
type fakeUser struct {
	t         *testing.T
	wall      *chainsim.Wall
	wrong     []string // answers, typed once each at the question that they begin with: "Picture=9"
	questions int      // that were asked, without those answered wrong

	terminal strings.Builder
	typed    []byte // not read yet
}

// Write is the terminal.
func (u *fakeUser) Write(text []byte) (int, error) { return u.terminal.Write(text) }

// Read is the keyboard: the probe reads when it has asked.
func (u *fakeUser) Read(into []byte) (int, error) {
	if len(u.typed) == 0 {
		screen := u.terminal.String()
		answer := u.answer(screen[strings.LastIndexByte(screen, '\n')+1:], screen)
		fmt.Fprintln(&u.terminal, answer)
		u.typed = []byte(answer + "\n")
	}
	n := copy(into, u.typed)
	u.typed = u.typed[n:]
	return n, nil
}

func (u *fakeUser) answer(question, screen string) string {
	for i, e := range u.wrong {
		if start, answer, _ := strings.Cut(e, "="); strings.HasPrefix(question, start) {
			u.wrong = append(u.wrong[:i:i], u.wrong[i+1:]...)
			return answer
		}
	}
	u.questions++
	lit := u.lit()
	switch {
	case question == "Enter begins: ":
		u.questions--
		return ""
	case question == "How many modules are lit? ":
		return strconv.Itoa(len(lit))
	case strings.HasSuffix(question, "and not 1, for sure? (y/n) "):
		u.questions--
		said, _, _ := strings.Cut(question, " ")
		return yesNo(said == strconv.Itoa(len(lit)))
	case strings.HasPrefix(question, "Does it read so"):
		return yesNo(u.glass() == u.announced(screen))
	case strings.HasPrefix(question, "Light each one alone"):
		return "y"
	}
	if len(lit) != 1 {
		u.t.Fatalf("%q is asked while %d modules are lit", question, len(lit))
	}
	column, row := lit[0]%u.wall.Columns, lit[0]/u.wall.Columns
	switch {
	case strings.HasPrefix(question, "Picture"):
		return strconv.Itoa(u.which(screen, u.module(column, row)))
	case strings.HasPrefix(question, "Now it shows an arrow"):
		return yesNo(u.module(column, row) == "...##...\n..####..\n.######.\n##.##.##\n...##...\n...##...\n...##...\n...##...\n")
	case strings.Contains(question, ": does the F stand upright, at "):
		place := fmt.Sprintf("at place %d from the left", column+1)
		if u.wall.Rows > 1 {
			place += fmt.Sprintf(" in row %d", row+1)
		}
		return yesNo(strings.Contains(question, place+"?") && u.which(screen, u.module(column, row)) == 1)
	case strings.HasPrefix(question, "In which row"):
		return strconv.Itoa(row + 1)
	case strings.HasPrefix(question, "Which module of the row"):
		return strconv.Itoa(column + 1)
	}
	u.t.Fatalf("there is no answer to %q", question)
	return ""
}

func yesNo(yes bool) string {
	if yes {
		return "y"
	}
	return "n"
}

// lit returns the modules in which a LED is lit, row by row.
func (u *fakeUser) lit() (all []int) {
	for i := range u.wall.Columns * u.wall.Rows {
		if strings.Contains(u.module(i%u.wall.Columns, i/u.wall.Columns), "#") {
			all = append(all, i)
		}
	}
	return all
}

func (u *fakeUser) glass() string { return u.wall.Glass().String() }

func (u *fakeUser) module(column, row int) string {
	glass, f := u.wall.Glass(), led.NewFrame(8, 8)
	for i := range 64 {
		f.Set(i%8, i/8, glass.At(8*column+i%8, 8*row+i/8))
	}
	return f.String()
}

// which returns the number of a picture in the printed gallery.
func (u *fakeUser) which(screen, picture string) int {
	_, text, _ := strings.Cut(screen, "How does the F stand on it?\n\n")
	lines := strings.Split(text, "\n")
	found := 0
	for band := range 2 {
		for i := range 4 {
			shown := ""
			for y := range 8 {
				shown += strings.ReplaceAll(lines[10*band+1+y][17*i+2:17*i+17], " ", "") + "\n"
			}
			if shown == picture {
				if found != 0 {
					u.t.Fatalf("pictures %d and %d are the same", found, 4*band+i+1)
				}
				found = 4*band + i + 1
			}
		}
	}
	if found == 0 {
		u.t.Fatalf("no picture is\n%s", picture)
	}
	return found
}

// announced draws the text that the wall is said to show.
func (u *fakeUser) announced(screen string) string {
	text := screen[strings.LastIndex(screen, "Now the whole wall:\n\n"):]
	f := led.NewFrame(8*u.wall.Columns, 8*u.wall.Rows)
	for row, line := range strings.Split(text, "\n")[2 : 2+u.wall.Rows] {
		for column, letter := range strings.Fields(line) {
			one, single := led.NewFrame(8, 8), fit(u.t, letter, 8, 8)
			single.Draw(one, 0)
			for i := range 64 {
				f.Set(8*column+i%8, 8*row+i/8, one.At(i%8, i/8))
			}
		}
	}
	return f.String()
}

func fit(t *testing.T, text string, width, height int) led.Line {
	t.Helper()
	line, err := led.Fit(text, width, height, led.Font8x8, led.Saturate)
	if err != nil {
		t.Fatal(err)
	}
	return line
}

// ask runs a probe of columns and rows for the user, and returns its output.
func (u *fakeUser) ask(columns, rows int) (stdout string, err error) {
	var out strings.Builder
	host := &chainsim.Host{Chain: u.wall.Chain, MaxTx: 4096, Align: 128}
	err = Run(u.t.Context(), Options{
		Port: "SPI0.0", Open: host.Open, Columns: columns, Rows: rows, Level: 2,
		Answers: u, Questions: u, Result: &out,
	})
	for chip := range u.wall.Len() {
		if u.wall.Level(chip) != led.Off {
			u.t.Errorf("module %d is not dark at the end", chip+1)
		}
	}
	return out.String(), err
}

// readBlock reads what display wrote, strictly.
func readBlock(t *testing.T, block string) (port string, o max7219.Opts) {
	t.Helper()
	m := regexp.MustCompile(`^display: \{\n\t(?:modules: (\d+)|columns: (\d+)\n\trows:    (\d+))\n\tmax7219: \{port: "(\S+)", wiring: "(\w+)"(?:, rotate: (\d+))?(, mirror: true)?(, reversed: true)?(, serpentine: true)?(, bottom_up: true)?\}\n\}\n$`).FindStringSubmatch(block)
	if m == nil {
		t.Fatalf("not a display:\n%s", block)
	}
	number := func(text string) int { n, _ := strconv.Atoi(text); return n }
	o = max7219.Opts{
		Columns: number(m[1]) + number(m[2]), Rows: max(1, number(m[3])),
		Wiring: max7219.Wiring(m[5]), Rotate: number(m[6]), Mirror: m[7] != "", Reversed: m[8] != "", Serpentine: m[9] != "", BottomUp: m[10] != "",
	}
	return m[4], o
}

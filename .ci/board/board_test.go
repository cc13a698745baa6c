package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/max7219"
	"github.com/fridaycounter/fridaycounter/drivers/max7219/chainsim"
)

func TestReadTrace(t *testing.T) {
	for _, tt := range []struct {
		name string
		line string
		want []event
		err  string
	}{
		{"a transfer", "   fridaycounter-137     [000] .....    19.470245: spi_transfer_start: spi0.0 eb0886cc len=2 tx=[0f-00] rx=[]",
			[]event{{19470245 * time.Microsecond, "spi_transfer_start", "spi0.0 eb0886cc len=2 tx=[0f-00] rx=[]"}}, ""},
		{"a mark", "            init-1       [000] .n...    71.028775: tracing_mark_write: step endless",
			[]event{{71028775 * time.Microsecond, "tracing_mark_write", "step endless"}}, ""},
		{"a name with a space and a dash", " kworker/u2:1-x y-31 [000] ..... 1.000000: spi_set_cs: spi0.0 activate, cs_high",
			[]event{{time.Second, "spi_set_cs", "spi0.0 activate, cs_high"}}, ""},
		{"a heading", "#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION", nil, ""},
		{"complete", "# entries-in-buffer/entries-written: 1575/1575   #P:1", nil, ""},
		{"events were lost", "# entries-in-buffer/entries-written: 1574/1575   #P:1", nil, "1574 of 1575 events"},
		{"something else", "random: crng init done", nil, "not an event"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := readTrace([]string{tt.line})
			if !says(err, tt.err) {
				t.Fatalf("got error %v, want %q", err, tt.err)
			}
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(event{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestSent(t *testing.T) {
	for _, tt := range []struct {
		text string
		want []byte
		err  string
	}{
		{"spi0.0 eb0886cc len=4 tx=[01-ab-0c-55] rx=[]", []byte{1, 0xab, 0xc, 0x55}, ""},
		{"spi0.0 eb0886cc len=66 tx=[01-ab] rx=[]", nil, "want a shorter chain"},
		{"spi0.0 eb0886cc len=1 tx=[abc] rx=[]", nil, "odd length"},
		{"spi0.0 eb0886cc", nil, "no bytes"},
	} {
		got, err := event{text: tt.text}.sent()
		if !says(err, tt.err) || !cmp.Equal(got, tt.want) {
			t.Errorf("%s: got %x and error %v, want %x and %q", tt.text, got, err, tt.want, tt.err)
		}
	}
}

// TestPlay plays what one chip is told.
func TestPlay(t *testing.T) {
	const high, low = "spi_set_cs spi0.0 deactivate, cs_high", "spi_set_cs spi0.0 activate, cs_high"
	all := []string{"spi_message_submit spi0.0"}
	for _, register := range chainsim.Registers() {
		all = append(all, low, fmt.Sprintf("spi_transfer_start spi0.0 len=2 tx=[%02x-00] rx=[]", register), high)
	}
	all = append(all, "spi_message_done spi0.0 len=26/26")
	one := func(frame ...string) []string {
		return append(append([]string{"spi_message_submit spi0.0"}, frame...), "spi_message_done spi0.0 len=2/2")
	}
	const word = "spi_transfer_start spi0.0 len=2 tx=[0c-01] rx=[]"
	for _, tt := range []struct {
		name   string
		events []string
		whole  bool
		err    string
	}{
		{"one register", one(low, word, high), false, ""},
		{"every register", all, true, ""},
		{"the port at rest first", append([]string{high}, one(low, word, high)...), false, ""},
		{"half a word", one(low, "spi_transfer_start spi0.0 len=1 tx=[0c] rx=[]", high), false, "a frame of 1 bytes"},
		{"two words", one(low, word, word, high), false, "a frame of 4 bytes"},
		{"not all was sent", append(one(low, word, high)[:4], "spi_message_done spi0.0 len=1/2"), false, "want len=2/2"},
		{"no message", []string{word}, false, "no message"},
		{"a message without an end", all[:5], false, "did not end"},
		{"a message within a message", append(all[:1:1], all...), false, "did not end"},
		{"an end without a message", all[len(all)-1:], false, "did not begin"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			events := []event{{0, "tracing_mark_write", "step one"}}
			for _, line := range tt.events {
				name, text, _ := strings.Cut(line, " ")
				events = append(events, event{time.Second, name, text})
			}
			got, err := play(events, chainsim.New(max7219.Opts{Columns: 1, Wiring: max7219.Wiring(board)}))
			if !says(err, tt.err) {
				t.Fatalf("got error %v, want %q", err, tt.err)
			}
			if tt.err == "" && (len(got) != 1 || got[0].whole != tt.whole || got[0].step != "one" || got[0].bytes != 2*got[0].frames) {
				t.Errorf("got %+v, want one message of step one, whole: %v", got, tt.whole)
			}
		})
	}
}

// TestProcesses tells the counter and its children from all else on the board.
func TestProcesses(t *testing.T) {
	const exec, exit = "sched_process_exec", "sched_process_exit"
	trace := []event{
		{1, exec, "filename=/bin/fridaycounter pid=1 old_pid=1"}, // the demo's Bamboo
		{2, exec, "filename=/bin/fridaycounter pid=2 old_pid=2"},
		{3, exec, "filename=/proc/self/exe pid=3 old_pid=3"}, // a tool of busybox
		{4, exec, "filename=/proc/self/exe pid=4 old_pid=4"}, // a child
		{5, exit, "comm=sleep pid=3 prio=120"},
		{6, exit, "comm=exe pid=5 prio=120"}, // a thread of it
		{9, exit, "comm=exe pid=4 prio=120"},
	}
	if got := begin(trace); got != 2 {
		t.Errorf("the counter began at %d, want 2", got)
	}
	if got := children(trace); !slices.Equal(got, []time.Duration{5}) {
		t.Errorf("children took %v, want one of 5 ns", got)
	}
}

func TestReadConsole(t *testing.T) {
	const good = "noise\r\n== board\r\nLinux 6.1\r\n== devices\r\n153 /dev/spidev0.0\r\nCharacter devices:\r\n153 spi\r\n== log\r\nearly\r\nstep one\r\na\r\nb\r\n" +
		"== memory\r\nfirst VmRSS:\t   14408 kB\r\n== counters\r\nmessages:48\r\n== trace\r\n# tracer: nop\r\n== end\r\n"
	c, err := readConsole(good)
	if err != nil {
		t.Fatal(err)
	}
	want := &console{board: "Linux 6.1", log: map[string][]string{"": {"early"}, "one": {"a", "b"}},
		memory: map[string]int{"first VmRSS": 14408}, counters: map[string]int{"messages": 48},
		devices: devices{map[int]string{153: "spi"}, 153}}
	if diff := cmp.Diff(want, c, cmp.AllowUnexported(console{}, event{}, devices{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for broken, want := range map[string]string{
		strings.Replace(good, "== end", "", 1):  "did not tell its end",
		strings.Replace(good, ":48", ": no", 1): "want a name, a colon and a number",
	} {
		if _, err := readConsole(broken); !says(err, want) {
			t.Errorf("got error %v, want %q", err, want)
		}
	}
}

// TestJudge holds the judge to saying no.
func TestJudge(t *testing.T) {
	glass := func(text string, corner bool) chainsim.Snapshot {
		g := chainsim.Snapshot{Frame: picture(text), Levels: levels(8)}
		g.Frame.Set(8*modules-1, 7, corner)
		return g
	}
	dark := chainsim.Snapshot{Frame: picture(""), Levels: levels(led.Off)}
	shows := func(whole bool, before chainsim.Snapshot, shown ...chainsim.Snapshot) *message {
		return &message{step: "s", whole: whole, before: before, shown: shown}
	}
	one, two := glass("1", false), glass("2", false)
	lit := glass("1", true)
	blinking := []*message{shows(false, one, lit), shows(false, lit, one), shows(false, one, lit), shows(false, lit, one)}
	for _, tt := range []struct {
		name     string
		chapter  chapter
		before   string
		messages []*message
		want     string
	}{
		{"another picture", chapter{text: "2"}, "1", []*message{shows(false, one, two)}, ""},
		{"blinking", chapter{text: "1", refused: true}, "1", blinking, ""},
		{"dark at last", chapter{}, "1", []*message{shows(false, one, dark)}, ""},
		{"nothing", chapter{text: "1"}, "1", nil, "nothing was sent"},
		{"the wrong picture", chapter{text: "1"}, "1", []*message{shows(false, one, two)}, "belongs neither"},
		{"the old picture", chapter{text: "2"}, "1", []*message{shows(true, one, one)}, "at its end"},
		{"no blinking", chapter{text: "1", refused: true}, "1", []*message{shows(false, one, lit)}, "want it to blink"},
		{"blinking for nothing", chapter{text: "1"}, "1", blinking, "no file is refused"},
		{"a change of nothing", chapter{text: "1", still: true}, "1", []*message{shows(false, one, one)}, "want none"},
		{"nothing again", chapter{text: "2", again: true}, "1", []*message{shows(false, one, two)}, "written again"},
		{"black and awake", chapter{}, "1", []*message{shows(false, one, glass("", false))}, "brightness 8: want -1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.chapter.step = "s"
			j := new(judge)
			j.chapter(tt.chapter, tt.before, false, tt.messages)
			found(t, j, tt.want)
		})
	}
	for _, tt := range []struct {
		name     string
		messages []*message
		want     string
	}{
		{"as it should be", []*message{shows(true, dark, one), shows(true, one, one), shows(false, one, two)}, ""},
		{"an ioctl for nothing", []*message{shows(true, dark, one), shows(false, one, one)}, "for the same picture"},
		{"flicker", []*message{shows(true, dark, one), shows(true, one, dark, one)}, "flickered"},
		{"an unknown chip", []*message{shows(false, dark, one)}, "the first ioctl"},
		{"too often", []*message{shows(true, dark, one), shows(true, one, one), shows(true, one, one)}, "at most 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			j := new(judge)
			j.messages(tt.messages)
			found(t, j, tt.want)
		})
	}
}

func found(t *testing.T, j *judge, want string) {
	t.Helper()
	all := strings.Join(j.faults, "\n")
	if want == "" && all != "" || !strings.Contains(all, want) {
		t.Errorf("got faults %q, want %q", all, want)
	}
}

func levels(l led.Level) []led.Level { return slices.Repeat([]led.Level{l}, modules) }

// says reports whether err has the text; "" stands for no error.
func says(err error, text string) bool {
	if text == "" {
		return err == nil
	}
	return err != nil && strings.Contains(err.Error(), text)
}

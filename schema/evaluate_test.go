package schema

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/rules"
)

func TestShipped(t *testing.T) {
	file := shipped(t)
	got, err := newEvaluator().Evaluate(t.Context(), "counter.cue", file)
	if err != nil {
		t.Fatal(err)
	}
	friday := []time.Weekday{time.Friday}
	want := &Config{
		Timezone: "America/Los_Angeles",
		Sources: []Source{{
			Name: "bamboo", Kind: "bamboo",
			Selection: source.Selection{Environments: []rules.Pattern{pattern(t, "Production")}},
			URL:       "https://bamboo.example.com",
			Auth:      Auth{Token: &Credential{Credential: "bamboo-token"}},
			Timeout:   30 * time.Second,
		}},
		Rules: []rules.Rule{{
			Name:   "no-friday-deploys",
			Forbid: []rules.Window{{Weekdays: friday, To: 1440, Position: rules.Position{File: "counter.cue", Line: 34, Column: 39}}},
			Count:  rules.CountElapsed,
			Except: []rules.Exception{{
				Version: ptr(pattern(t, "fire-drill")), Reason: "practice: nothing was deployed",
				Position: rules.Position{File: "counter.cue", Line: 35, Column: 39},
			}},
			Position: rules.Position{File: "counter.cue", Line: 34, Column: 9},
		}},
		Poll: []Poll{
			{Every: 5 * time.Minute, During: []rules.Window{{Weekdays: friday, To: 1440, Position: rules.Position{File: "counter.cue", Line: 39, Column: 26}}}},
			{Every: time.Hour},
		},
		Display: Display{Columns: 2, Rows: 1, MAX7219: &MAX7219{Port: "SPI0.0", Wiring: "fc16", Speed: 1_000_000, Refresh: 10 * time.Second}},
		Pages:   []Page{{Font: led.FontAuto, Overflow: led.Saturate, For: 10 * time.Second}},
		Brightness: []Brightness{
			{Level: 1, During: []rules.Window{{From: 1140, To: 420, Position: rules.Position{File: "counter.cue", Line: 56, Column: 23}}}},
			{Level: 8},
		},
		Package:   "counter",
		Hash:      fmt.Sprintf("%x", sha256.Sum256(file)),
		Positions: map[string]rules.Position{"timezone": {File: "counter.cue", Line: 17, Column: 12}},
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b rules.Pattern) bool { return a.String() == b.String() })); diff != "" {
		t.Error(diff)
	}
	if _, err := got.Location(); err != nil {
		t.Error(err)
	}
}

func ptr[T any](v T) *T { return &v }

func pattern(t *testing.T, text string) rules.Pattern {
	t.Helper()
	p, err := rules.ParsePattern(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPages(t *testing.T) {
	file := []byte(testFile(t, "sample.cue"))
	live := Live{
		Streak:  Streak{Rule: "christmas", Weeks: 3, Days: 21, Known: true},
		Streaks: map[string]Streak{"christmas": {Weeks: 3, Days: 21, Known: true}, "of another file": {}},
	}
	for text, font := range map[string]led.Font{"12": led.FontAuto, "0": led.Font8x8} {
		weeks, _ := strconv.Atoi(text)
		live.Streaks["fridays"] = Streak{Weeks: weeks, Known: true}
		pages, err := newEvaluator().Pages(t.Context(), "counter.cue", file, live)
		want := []Page{
			{Text: text, Font: font, Overflow: led.Saturate, For: 10 * time.Second},
			{Text: "days 21", Font: led.FontNarrow, Overflow: led.Scroll, For: 5 * time.Second},
		}
		if diff := cmp.Diff(want, pages); err != nil || diff != "" {
			t.Error(err, diff)
		}
	}
}

// TestPagesThatComeAndGo has a page only while deploying is forbidden.
func TestPagesThatComeAndGo(t *testing.T) {
	file := bytes.Replace(shipped(t), []byte(`pages: [{text: "\(#streak.weeks)"}]`),
		[]byte(`pages: [{text: "\(#streak.weeks)"}, if #streak.forbidden {text: "NO"}]`), 1)
	e := newEvaluator()
	if _, err := e.Evaluate(t.Context(), "counter.cue", file); err != nil {
		t.Fatal(err)
	}
	live := Live{Streak: Streak{Weeks: 1, Known: true, Forbidden: true}}
	pages, err := e.Pages(t.Context(), "counter.cue", file, live)
	if err != nil || len(pages) != 2 || pages[1].Text != "NO" {
		t.Errorf("got %v, %v, want two pages", pages, err)
	}
}

// TestLiveNumbers shows every number of #streak, -1 among them.
func TestLiveNumbers(t *testing.T) {
	const text = `"\(#streak.record) \(#streak.previous) \(#streaks["no-friday-deploys"].hours_to_window)"`
	file := strings.Replace(string(shipped(t)), `pages: [{text: "\(#streak.weeks)"}]`, "#streaks: _\npages: [{text: "+text+`, overflow: "scroll"}]`, 1)
	e := newEvaluator()
	if _, err := e.Evaluate(t.Context(), "counter.cue", []byte(file)); err != nil {
		t.Fatal(err)
	}
	s := Streak{Known: true, Weeks: 1, Record: 41, Previous: 3, HoursToWindow: -1}
	got, err := e.Pages(t.Context(), "counter.cue", []byte(file), Live{Streak: s, Streaks: map[string]Streak{"no-friday-deploys": s}})
	if want := "41 3 -1"; err != nil || len(got) != 1 || got[0].Text != want {
		t.Errorf("got %v, %v, want %s", got, err, want)
	}
}

// TestNoWindowToCome has a page that forgets that hours_to_window may be -1.
func TestNoWindowToCome(t *testing.T) {
	file := strings.Replace(string(shipped(t)), `#streak.weeks`, `[for h in [#streak.hours_to_window] if h >= 0 {h}][0]`, 1)
	got := vet(t, file)
	if want := "when weeks is at least 52 and no window is to come"; !strings.Contains(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestStandsAlone plants files that CUE would read and a registry that it would
// ask, and wants neither.
func TestStandsAlone(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"stray.cue":           "package counter\n\ntimezone: \"UTC\"\n",
		"cue.mod/module.cue":  "module: \"team.example/x@v0\"\nlanguage: version: \"v0.14.0\"\ndeps: \"other.example/y@v0\": v: \"v0.0.1\"\n",
		"secret.txt":          "canary",
		"holidays/dates.cue":  "package holidays\n\nFirst: \"2026-12-24\"\n",
		"cue.mod/pkg/a.b/c.x": "canary",
	} {
		name = filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	connections, registry := countingRegistry(t)
	e := newEvaluator()
	command := e.Command
	e.Command = func(ctx context.Context) *exec.Cmd {
		cmd := command(ctx)
		cmd.Dir = dir
		cmd.Env = append(cmd.Env, "CUE_REGISTRY="+registry, "CUE_CACHE_DIR="+dir)
		return cmd
	}
	file := string(shipped(t))
	if _, err := e.Evaluate(t.Context(), "counter.cue", []byte(file)); err != nil {
		t.Error(err)
	}
	for _, test := range []struct{ old, new, want string }{
		{"import \"github", "import \"team.example/x/holidays\"\nimport \"github", `the package "team.example/x/holidays" cannot be imported`},
		{"import \"github", "import \"other.example/y\"\nimport \"github", `the package "other.example/y" cannot be imported`},
		{"modules: 2", "modules: 2 @embed(file=secret.txt)", "@embed cannot be used"},
		{"package counter", "@extern(embed)\npackage counter", "@extern cannot be used"},
		{"\ttimezone: \"America/Los_Angeles\"\n", "", `missing: want the field "timezone"`},
	} {
		_, err := e.Evaluate(t.Context(), "counter.cue", []byte(strings.Replace(file, test.old, test.new, 1)))
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%q: got %v, want %s", test.new, err, test.want)
		}
	}
	if n := connections.Load(); n != 0 {
		t.Errorf("%d connections to the registry, want none", n)
	}
}

// TestEndings runs other programs in the child's place.
func TestEndings(t *testing.T) {
	tests := []struct {
		name, script string
		want         string
	}{
		{"killed", "kill -9 $$", "counter.cue: the child process that evaluated it was killed, perhaps because memory ran out"},
		{"segfault", "kill -11 $$", "counter.cue: the child process that evaluated it ended: signal: segmentation fault"},
		{"says why", "echo no such subcommand >&2; exit 3", "counter.cue: the child process that evaluated it ended: exit status 3: no such subcommand"},
		{"hangs", "exec sleep 60", "evaluate counter.cue: no answer of the child process within 2s: the machine is busy or was asleep"},
		{"hangs with a child of its own", "sleep 60", "evaluate counter.cue: no answer of the child process within 2s: the machine is busy or was asleep"},
		{"memory", "echo fatal error: runtime: out of memory >&2; exit 2", "counter.cue: evaluating it needs more memory than a child process may have"},
		{"stack", "echo runtime: goroutine stack exceeds >&2; exit 2", "counter.cue: it is nested or recurses too deeply to evaluate"},
		{"babbles", "head -c 2000000 /dev/zero", "counter.cue: evaluates to more than 1048576 bytes"},
		{"garbage", "echo hello", "evaluate counter.cue: read the child's answer: invalid character 'h' looking for beginning of value"},
		{"silent", "exit 0", "evaluate counter.cue: read the child's answer: unexpected end of JSON input"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			command := func(ctx context.Context) *exec.Cmd { return exec.CommandContext(ctx, "sh", "-c", test.script) }
			e := &Evaluator{Command: command, wallClock: 2 * time.Second}
			_, err := e.Evaluate(t.Context(), "counter.cue", []byte("package counter"))
			if err == nil || err.Error() != test.want {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
	e := &Evaluator{Command: func(ctx context.Context) *exec.Cmd { return exec.CommandContext(ctx, "/nonexistent/fridaycounter") }}
	if _, err := e.Evaluate(t.Context(), "counter.cue", nil); err == nil || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want ErrNotExist", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := newEvaluator().Evaluate(ctx, "counter.cue", shipped(t)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	_, err := newEvaluator().Evaluate(t.Context(), "counter.cue", make([]byte, MaxFile+1))
	if want := "counter.cue: 65537 bytes are more than the 65536 that counter.cue may have"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// TestSlowMachine stops the child for as long as a loaded machine might, which is longer than its CPU
// time. The file is good, and stays so.
func TestSlowMachine(t *testing.T) {
	t.Parallel()
	e := newEvaluator()
	command := e.Command
	e.Command = func(ctx context.Context) *exec.Cmd {
		cmd := command(ctx)
		cmd.Path, cmd.Args = "/bin/sh", []string{"sh", "-c", `exec 3<&0; "$0" <&3 & child=$!; kill -STOP $child; sleep 4; kill -CONT $child; wait $child`, cmd.Path}
		return cmd
	}
	begin := time.Now()
	if _, err := e.Evaluate(t.Context(), "counter.cue", shipped(t)); err != nil {
		t.Error(err)
	}
	if took := time.Since(begin); took < cpuTime/slowness {
		t.Errorf("took %v: the child was not stopped", took)
	}
}

func TestWriteWithCaret(t *testing.T) {
	file := bytes.Replace(shipped(t), []byte(`weekdays: ["Friday"]}]}`), []byte(`weekdays: ["Frday"]}]}`), 1)
	_, err := newEvaluator().Evaluate(t.Context(), "counter.cue", file)
	var refused *Error
	if !errors.As(err, &refused) {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if err := refused.Write(&got, true); err != nil {
		t.Fatal(err)
	}
	want := `counter.cue:39:38: poll[0].during[0].weekdays[0]: "Frday" is not a weekday: want Monday to Sunday (did you mean "Friday"?)
    		{every: "5m", during: [{weekdays: ["Frday"]}]},
    		                                   ^
`
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Error(diff)
	}
	if want := (&Display{Columns: 2, Rows: 1}); refused.Display == nil || refused.Display.Columns != want.Columns {
		t.Errorf("got the display %+v, want that of the file", refused.Display)
	}
}

// TestSecretsAreBlottedOut writes a secret where only its place belongs.
func TestSecretsAreBlottedOut(t *testing.T) {
	for _, edit := range []string{
		`auth: token: credential: "bamboo-token" => auth: token: "canary"`,
		`auth: token: credential: "bamboo-token" => auth: token: credental: "canary"`,
		`auth: token: credential: "bamboo-token" => auth: "canary"`,
		`auth: token: credential: "bamboo-token" => auth: basic: {username: "x", password: "canary"}`,
		`auth: token: credential: "bamboo-token" => auth: basic: {username: "x", password: "canary" & "other"}`,
		`auth: token: credential: "bamboo-token" => aut: token: "canary"`,
		`auth: token: credential: "bamboo-token" => token: "canary"`,
		`auth: token: credential: "bamboo-token" => auth: basic: "canary"`,
		`auth: token: credential: "bamboo-token" => auth: token: 'canary'`,
		`auth: token: credential: "bamboo-token" => auth: token: canary`,
		`auth: token: credential: "bamboo-token" => auth: token: 12canary`,
		`auth: token: credential: "bamboo-token" => auth: token: "canary`,
		`auth: token: credential: "bamboo-token" => auth: token: can canary`,
		`auth: token: credential: "bamboo-token" => auth: "token": canary-canary: 1`,
		`auth: token: credential: "bamboo-token" => auth: location: "canary"`,
		`auth: token: credential: "bamboo-token" => auth: basic: {username: "x", password: env: "A"}, auth: basic: username: "canary"`,
		`auth: token: credential: "bamboo-token" => auth: token: credential: "a", "canary"`,
		`auth: token: credential: "bamboo-token" => auth: token: ä-canary`,
		`auth: token: credential: "bamboo-token" => auth: basic: {username: "x", password: can$canary}`,
		`auth: token: credential: "bamboo-token" => auth: basic: {username: "x", password: "can\(canary)"}`,
		`auth: token: credential: "bamboo-token" => auth: token: abc-12canary`,
		`auth: token: credential: "bamboo-token" => auth: token: abc#canary`,
		`auth: token: credential: "bamboo-token" => apikey: canary`,
		`auth: token: credential: "bamboo-token" => Authorization: Bearer canary`,
		`auth: token: credential: "bamboo-token" => pin: canary`,
		`auth: token: credential: "bamboo-token" => auth: basic: {username: "x", password: "can\(0canary)"}`,
		`auth: token: credential: "bamboo-token" => auth: token: can!canary`,
		`auth: token: credential: "bamboo-token" => auth: token: "canary\d"`,
		`auth: token: credential: "bamboo-token" => auth: token: canary=3`,
		`auth: token: credential: "bamboo-token" => auth: token: credential: #canary`,
		`auth: token: credential: "bamboo-token" => token canary`,
		`auth: token: credential: "bamboo-token" => _secret: "canary", auth: token: _secret`,
		"auth: token: credential: \"bamboo-token\" => auth: {\n token: {\n x: can canary\n}}",
		"auth: token: credential: \"bamboo-token\" => auth: token: \"\"\"\n canary\\d\n \"\"\"",
		`auth: token: credential: "bamboo-token" => auth: token: credential: =~"canary"`,
		`https:// => https://wall:canary@`,
		`https:// => ftp://canary@`,
	} {
		old, new, _ := strings.Cut(edit, " => ")
		blottedOut(t, string(shipped(t)), old, new)
		old = strings.Replace(old, `auth: token: credential: "bamboo-token"`, `auth: {username: "walls", password: credential: "mqtt-password"}`, 1)
		blottedOut(t, testFile(t, "wall/wall.cue"), strings.Replace(old, "https://", "mqtts://", 1), strings.Replace(new, "https://", "mqtts://", 1))
	}
	for _, new := range []string{
		`webhook: url: "https://canary.example.com/canary"`, `webhook: "https://example.com/canary"`, `webhook: url: https://example.com/canary`,
		`webhook: url: "https://example.com/canary", webhook: url: "https://example.com/canary2"`, `webhook: url: 'https://example.com/canary'`,
		`webhook: url: "https://example.com/canary`, `webhok: url: "https://example.com/canary"`, `slack: "https://example.com/canary"`,
		`url: "https://example.com/canary"`, `webhook: url: credential: "https://example.com/canary"`, `webhook: url: env: canary`,
		`"webhook": {"url": "https://example.com/canary"}`, `webhook: ["https://example.com/canary"]`, `webhook: url: "example.com/canary"`,
		"webhook: {\n\turl: \"https://example.com/canary\"\n}", `webhook: {uri: "https://example.com/canary"}`, `webhook: url: token: "canary"`,
	} {
		blottedOut(t, testFile(t, "published.cue"), `webhook: url: credential: "chat-url"`, new)
	}
}

// blottedOut wants a file to be refused after an edit, and no canary in what is said, with a caret.
func blottedOut(t *testing.T, file, old, new string) {
	t.Helper()
	if !strings.Contains(file, old) {
		t.Fatalf("the file has no %s", old)
	}
	a := evaluateFile(strings.Replace(file, old, new, 1))
	var got bytes.Buffer
	if err := (&Error{Diagnostics: a.Diagnostics}).Write(&got, true); err != nil {
		t.Fatal(err)
	}
	if len(a.Diagnostics) == 0 || strings.Contains(got.String(), "canary") {
		t.Errorf("%s:\n%s", new, &got)
	}
}

// TestManyRules holds a policy that is larger than any team's to the child's limits.
func TestManyRules(t *testing.T) {
	var rules strings.Builder
	for i := range 40 {
		fmt.Fprintf(&rules, "\trules: \"rule-%d\": {forbid: [{weekdays: [\"Friday\"]}, {dates: [{first: \"2026-12-20\", last: \"2027-01-06\"}]}], except: [{id: \"%d\", reason: \"drill\"}]}\n", i, i)
	}
	file := strings.Replace(string(shipped(t)), "\tpages: [", "\t#streaks: _\n"+rules.String()+"\tpages: [for s in #streaks {text: \"\\(s.weeks)\"}, ", 1)
	e := newEvaluator()
	if c, err := e.Evaluate(t.Context(), "counter.cue", []byte(file)); err != nil || len(c.Rules) != 41 {
		t.Fatal(err)
	}
	live := Live{Streak: Streak{Weeks: 7, Known: true}, Streaks: map[string]Streak{"rule-3": {Weeks: 3, Known: true}}}
	if pages, err := e.Pages(t.Context(), "counter.cue", []byte(file), live); err != nil || len(pages) != 42 || pages[41].Text != "7" {
		t.Errorf("got %v, %v, want 42 pages", pages, err)
	}
}

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/google/go-cmp/cmp"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/picture"
)

// A tab is Debian's Chromium on the page of a testCounter.
type tab struct {
	*testCounter
	ctx context.Context
}

// browse starts the browser. The test fails for whatever the page's console says.
func (s *testCounter) browse() *tab {
	t := s.t
	path, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("chromium is not installed")
		}
		t.Skip("chromium is not installed: apt install chromium")
	}
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.WindowSize(1280, 1000))
	allocated, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, stop := chromedp.NewContext(allocated)
	t.Cleanup(stop)
	b := &tab{s, ctx}
	do(b, chromedp.Evaluate[chromedp.Void]("0")) // starts it
	stderr, end := context.WithCancel(ctx)
	messages, read := chromedp.Console(stderr), make(chan struct{})
	go func() {
		defer close(read)
		for m, err := range messages {
			if err != nil {
				return
			}
			t.Errorf("the console says %s", m)
		}
	}()
	t.Cleanup(func() {
		end()
		<-read
	})
	return b
}

// do takes a step in the browser.
func do[T any](b *tab, step chromedp.Action[T]) T {
	b.t.Helper()
	ctx, stop := context.WithTimeout(b.ctx, 60*time.Second)
	defer stop()
	if b.ctx.Value(started{}) == nil {
		// The browser lives as long as the context of the first step.
		b.ctx, ctx = context.WithValue(b.ctx, started{}, true), b.ctx
	}
	v, err := chromedp.Run(ctx, step)
	if err != nil {
		b.t.Fatal(err)
	}
	return v
}

type started struct{}

// value evaluates an expression in the page.
func value[T any](b *tab, expression string) T {
	b.t.Helper()
	return do(b, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// call calls a command of the DevTools protocol.
func call[P, R any](b *tab, command cdp.Command[P, R], parameters P) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, command, parameters); err != nil {
		b.t.Fatal(err)
	}
}

// wait waits until an expression of the page is true.
func (b *tab) wait(expression string) {
	b.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !value[bool](b, expression); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			b.t.Fatalf("it does not come true that %s; the page says\n%s", expression, value[string](b, "document.body.innerText"))
		}
	}
}

// sameGlass waits until the page shows what the chips light, and a text.
func (b *tab) sameGlass(text string, marks ...led.Mark) {
	b.t.Helper()
	line, err := led.Fit(text, 32, 8, led.FontAuto, led.Saturate)
	if err != nil {
		b.t.Fatal(err)
	}
	want := led.NewFrame(32, 8)
	line.Draw(want, 0)
	for _, m := range marks {
		m.Draw(want, true)
	}
	for deadline := time.Now().Add(30 * time.Second); !b.glass().Equal(want); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			b.t.Fatalf("the chips light\n%swant %s", b.glass(), text)
		}
	}
	b.wait(fmt.Sprintf(`document.querySelector("#glass .lit")?.getAttribute("d") === %q`, picture.LitPath(want)))
}

// screenshots is where a person can look at the page afterwards.
func screenshots(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("FRIDAYCOUNTER_SCREENSHOTS")
	if dir == "" {
		dir = filepath.Join(os.TempDir(), "fridaycounter-screenshots")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// picture writes a screenshot of the whole page.
func (b *tab) picture(name string) {
	b.t.Helper()
	png := do(b, chromedp.FullScreenshot(100))
	path := filepath.Join(screenshots(b.t), name)
	if err := os.WriteFile(path, png, 0o644); err != nil {
		b.t.Fatal(err)
	}
	b.t.Log("screenshot: " + path)
}

// TestBrowser looks at the page of a running counter as a person does.
func TestBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("the page is the same on every machine")
	}
	s := newTestCounter(t)
	s.save("Friday")
	s.run()
	b := s.browse()
	url := "http://" + s.address + "/"
	s.ready("/readyz", "facts: good")
	do(b, chromedp.Navigate(url))
	b.sameGlass("1")
	b.wait(`document.querySelectorAll("#days td.breach").length > 10`)

	t.Run("calendar", func(t *testing.T) { b.in(t).checkCalendar() })
	t.Run("keyboard", func(t *testing.T) { b.in(t).checkKeyboard() })
	t.Run("keys of windows", func(t *testing.T) { b.in(t).checkWindowKeys() })
	t.Run("accessibility", func(t *testing.T) { b.in(t).checkAxe() })
	t.Run("reload", func(t *testing.T) { b.in(t).checkReload() })
	t.Run("refusal", func(t *testing.T) { b.in(t).checkRefusal() })
	t.Run("no script", func(t *testing.T) { b.in(t).checkNoScript(url) })
}

// in is the tab as a subtest has it.
func (b *tab) in(t *testing.T) *tab {
	s := *b.testCounter
	s.t = t
	return &tab{&s, b.ctx}
}

// checkCalendar compares the marked days with the breaches that the program lists.
func (b *tab) checkCalendar() {
	var got, want []string
	for range 50 { // the first reading goes on page by page
		got = value[[]string](b, `[...document.querySelectorAll("#days td.breach")].map((c) => c.dataset.date)`)
		slices.Sort(got)
		first := value[string](b, `[...document.querySelectorAll("#days td[data-date]")].map((c) => c.dataset.date).sort()[0]`)
		want = nil
		for _, line := range strings.Split(b.program("history", "--breaches", "--format", "csv", "--from", first), "\n") {
			if fields := strings.Split(line, ","); len(fields) > 9 && fields[0] != "id" {
				if date := fields[9][:10]; date >= first && !slices.Contains(want, date) {
					want = append(want, date)
				}
			}
		}
		slices.Sort(want)
		if slices.Equal(got, want) {
			break
		}
		time.Sleep(200 * time.Millisecond)
	}
	if diff := cmp.Diff(want, got); diff != "" || len(want) < 10 {
		b.t.Errorf("breaches (-history +calendar):\n%s", diff)
	}
	why := b.program("explain")
	if got := value[string](b, `document.querySelector("#number").textContent`); !strings.HasPrefix(why, got+"\n") {
		b.t.Errorf("the page says %q, explain\n%s", got, why)
	}
}

// checkKeyboard goes through the calendar by keys.
func (b *tab) checkKeyboard() {
	const focused = `document.activeElement.dataset.date`
	value[bool](b, `document.querySelector("#days td[tabindex='0']").focus(); true`)
	before, err := time.Parse(time.DateOnly, value[string](b, focused))
	if err != nil {
		b.t.Fatal(err)
	}
	for _, step := range []struct {
		key  string
		days int
	}{{kb.ArrowLeft, -7}, {kb.ArrowLeft, -7}, {kb.ArrowUp, -1}, {kb.ArrowDown, 1}, {kb.ArrowRight, 7}} {
		do(b, chromedp.KeyEvent(step.key))
		want := before.AddDate(0, 0, step.days)
		if got := value[string](b, focused); got != want.Format(time.DateOnly) && got != before.Format(time.DateOnly) {
			b.t.Errorf("key from %s: got %s, want %s", before.Format(time.DateOnly), got, want.Format(time.DateOnly))
		} else if before, err = time.Parse(time.DateOnly, got); err != nil {
			b.t.Fatal(err)
		}
	}
	if name := value[string](b, `document.activeElement.textContent`); !strings.Contains(name, before.Format("2 Jan 2006")) {
		b.t.Errorf("the cell of %s is named %q", before.Format(time.DateOnly), name)
	}
}

// checkWindowKeys goes back through the windows of this year by keys: the year is one stop.
func (b *tab) checkWindowKeys() {
	const focused = `document.activeElement.textContent`
	if stops := value[int](b, `document.querySelectorAll(".windows:last-of-type [tabindex='0']").length`); stops < 1 {
		b.t.Fatalf("%d stops", stops)
	}
	value[bool](b, `[...document.querySelectorAll(".windows")].at(-1).querySelector("[tabindex='0']").focus(); true`)
	names := []string{value[string](b, focused)}
	for _, key := range []string{kb.ArrowLeft, kb.ArrowLeft, kb.ArrowRight} {
		do(b, chromedp.KeyEvent(key))
		names = append(names, value[string](b, focused))
	}
	if names[0] == names[1] || names[1] == names[2] || names[3] != names[1] || !strings.HasPrefix(names[0], "Fri ") {
		b.t.Errorf("got the windows %q", names)
	}
}

// A violation is what axe-core finds.
type violation struct {
	ID, Help string
	Nodes    []struct{ HTML, FailureSummary string }
}

// checkAxe runs axe-core in every look of the page.
func (b *tab) checkAxe() {
	source, err := os.ReadFile("../../.ci/tools/node_modules/axe-core/axe.min.js")
	if err != nil {
		if os.Getenv("CI") == "true" {
			b.t.Fatal(err)
		}
		b.t.Skip("axe-core is not installed: npm ci --prefix .ci/tools")
	}
	for _, look := range []struct {
		name          string
		width, height int64
		scale         float64
		dark          string
	}{
		{"page", 1280, 1000, 1, "light"},
		{"page-dark", 1280, 1000, 1, "dark"},
		{"phone", 320, 640, 2, "light"},
		{"phone-dark", 390, 844, 2, "dark"},
		{"zoomed", 640, 500, 2, "light"},
	} {
		call(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: look.width, Height: look.height, DeviceScaleFactor: look.scale})
		call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: look.dark}, {Name: "prefers-reduced-motion", Value: "reduce"},
		}})
		value[chromedp.Void](b, string(source))
		violations := value[[]violation](b, `axe.run(document).then((r) => r.violations)`)
		for _, v := range violations {
			for _, n := range v.Nodes {
				b.t.Errorf("%s: axe: %s: %s\n%s\n%s", look.name, v.ID, v.Help, n.HTML, n.FailureSummary)
			}
		}
		if wide := value[int64](b, `document.documentElement.scrollWidth`); wide > look.width {
			b.t.Errorf("%s: the page is %d pixels wide and scrolls sideways in %d", look.name, wide, look.width)
		}
		b.picture(look.name + ".png")
	}
	call(b, emulation.ClearDeviceMetricsOverride, cdp.Empty{})
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{})
}

// checkReload saves another policy, and sees its number without loading the page again.
func (b *tab) checkReload() {
	value[bool](b, `document.stayed = true`)
	b.save("Sunday")
	// Nobody deploys on a Sunday, so the number is as old as the facts.
	b.wait(`document.querySelector("#number").textContent.startsWith("at least ")`)
	b.sameGlass(strings.Fields(b.program("once"))[2], led.AtLeast)
	b.wait(`document.querySelectorAll("#days td.breach").length === 0`)
	if !value[bool](b, `document.stayed === true`) {
		b.t.Error("the page was loaded again")
	}
}

// checkRefusal breaks the file, and sees what is wrong, but no path and no host.
func (b *tab) checkRefusal() {
	value[bool](b, `globalThis.refused = "something is wrong here; the log says what", true`)
	b.save("Sunday", `timezone: "Mars"`)
	b.wait(`document.body.textContent.includes(refused)`)
	if text := value[string](b, `document.documentElement.outerHTML`); strings.Contains(text, b.bamboo) || strings.Contains(text, filepath.Dir(b.path)) {
		b.t.Error("the page tells the CI server or a path")
	}
	b.picture("refused.png")
	b.save("Sunday")
	b.wait(`!document.body.textContent.includes(refused)`)

	// Changes that overtake each other: the last one counts.
	for range 4 {
		b.save("Sunday", `timezone: "Mars"`)
		time.Sleep(400 * time.Millisecond)
		b.save("Sunday")
		time.Sleep(400 * time.Millisecond)
	}
	b.wait(`!document.body.textContent.includes(refused)`)
	b.save("Sunday", `timezone: "Mars"`)
	b.wait(`document.body.textContent.includes(refused)`)
	b.save("Sunday")
	b.wait(`!document.body.textContent.includes(refused)`)
}

// checkNoScript loads the page without JavaScript.
func (b *tab) checkNoScript(url string) {
	b.save("Friday")
	b.sameGlass("1")
	b.wait(`document.querySelectorAll("#days td.breach").length > 10`)
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	do(b, chromedp.Navigate(url))
	lit := do(b, chromedp.AttributeValue(chromedp.CSS("#glass .lit"), "d")).Value
	if want := picture.LitPath(b.glass()); lit != want {
		b.t.Errorf("the glass is %s, want %s", lit, want)
	}
	if heading := do(b, chromedp.Text(chromedp.CSS("#number"))); !strings.HasPrefix(heading, "1 week since") {
		b.t.Errorf("the heading is %q", heading)
	}
	marked := do(b, chromedp.AttributesAll(chromedp.CSSAll("#days td.breach")))
	if len(marked) < 10 {
		b.t.Errorf("the calendar has %d breaches", len(marked))
	}
	for _, cell := range marked {
		if cell["tabindex"] != "0" || cell["data-date"] == "" {
			b.t.Errorf("the cell %v cannot be reached by keyboard", cell)
		}
	}
	b.picture("no-script.png")
}

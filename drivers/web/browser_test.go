package web_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/web"
)

// states are what the page may have to show.
func states(t *testing.T) map[string]web.View {
	good := web.SampleView(t)
	good.Title, good.Number.Stale, good.Trouble, good.Config.Refused, good.Others, good.Marks = "Shop", false, "", nil, nil, nil
	stale, refused, unknown, forbidden, first := good, good, good, good, good
	stale.Number.Stale, stale.Trouble = true, "the last poll of the CI server failed"
	refused.Config.Refused = []string{"counter.cue:34:19: something is wrong here; the log says what"}
	unknown.Number = web.Number{Rule: "no-friday-deploys", Forbids: "Friday", Windows: "Fridays", Sentence: "The number is not known yet."}
	unknown.Year, unknown.Sources, unknown.Why = web.Year{}, nil, ""
	window := *good.Window
	window.Now = true
	forbidden.Window = &window
	first.Year.Days, first.Year.Hours, first.Year.Breaches = slices.Clone(first.Year.Days), unknown.Year.Hours, nil
	for i := range first.Year.Days {
		day := &first.Year.Days[i]
		day.Deployments, day.Breaches, day.Known = 0, 0, false
	}
	first.Year.Streaks = []web.Streak{{Start: first.At.Add(-time.Hour), Current: true}}
	clock := good
	clock.Health.Clock = "behind what is stored"
	return map[string]web.View{
		"good": good, "stale": stale, "refused": refused, "unknown": unknown, "forbidden": forbidden, "three-rules": web.SampleView(t),
		"first-day": first, "clock": clock, "nothing": {},
	}
}

// TestPageStates looks at the page in each state with a browser: axe-core finds nothing, and
// nothing scrolls sideways. The wall shows each frame.
func TestPageStates(t *testing.T) {
	if testing.Short() {
		t.Skip("the page is the same on every machine")
	}
	missing := func(what string) {
		t.Helper()
		if os.Getenv("CI") == "true" {
			t.Fatal(what)
		}
		t.Skip(what)
	}
	path, err := exec.LookPath("chromium")
	if err != nil {
		missing("chromium is not installed: apt install chromium")
	}
	axe, err := os.ReadFile("../../.ci/tools/node_modules/axe-core/axe.min.js")
	if err != nil {
		missing("axe-core is not installed: npm ci --prefix .ci/tools")
	}
	allocated, stop := chromedp.NewExecAllocator(t.Context(), append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU)...)
	defer stop()
	ctx, stop := chromedp.NewContext(allocated)
	defer stop()
	w := newTestServer(t, nil)
	w.show(t, "12", 8)
	for name, v := range states(t) {
		t.Run(name, func(t *testing.T) {
			w.Publish(v)
			run(t, ctx, chromedp.Navigate(w.url))
			for _, look := range looks {
				if look.width < 1000 {
					look.check(t, ctx, "", name)
				} else {
					look.check(t, ctx, string(axe), name)
				}
			}
		})
	}
	t.Run("wall", func(t *testing.T) {
		run(t, ctx, chromedp.Navigate(w.url+"/wall"))
		looks[0].check(t, ctx, string(axe), "wall")
		checkWall(t, ctx, w)
	})
}

// run takes a step in the browser.
func run[T any](t *testing.T, ctx context.Context, step chromedp.Action[T]) T {
	t.Helper()
	v, err := chromedp.Run(ctx, step)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// A look is a size of the window and a colour scheme.
type look struct {
	name          string
	width, height int64
	scale         float64
	scheme        string
}

var looks = []look{{"light", 1280, 1000, 1, "light"}, {"dark", 1280, 1000, 1, "dark"}, {"phone", 360, 740, 2, "light"}, {"zoom-200", 640, 500, 2, "dark"}}

// check looks at the page that is open, and writes a screenshot of it. Without axe it runs no axe-core:
// a phone has the same elements and colours.
func (l look) check(t *testing.T, ctx context.Context, axe, name string) {
	t.Helper()
	if _, err := chromedp.Call(ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: l.width, Height: l.height, DeviceScaleFactor: l.scale}); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: l.scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}}); err != nil {
		t.Fatal(err)
	}
	if axe != "" {
		l.checkAxe(t, ctx, axe)
	}
	if wide := run(t, ctx, chromedp.Evaluate[int64](`document.documentElement.scrollWidth`)); wide > l.width {
		t.Errorf("%s: the page is %d pixels wide and scrolls sideways in %d", l.name, wide, l.width)
	}
	dir := os.Getenv("FRIDAYCOUNTER_SCREENSHOTS")
	if dir == "" {
		dir = t.TempDir()
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+"-"+l.name+".png"), run(t, ctx, chromedp.FullScreenshot(100)), 0o644); err != nil {
		t.Fatal(err)
	}
}

// checkAxe runs axe-core.
func (l look) checkAxe(t *testing.T, ctx context.Context, axe string) {
	t.Helper()
	run(t, ctx, chromedp.Evaluate[chromedp.Void](axe))
	for _, v := range run(t, ctx, chromedp.Evaluate[[]struct {
		ID, Help string
		Nodes    []struct{ HTML, FailureSummary string }
	}](`axe.run(document).then((r) => r.violations)`, chromedp.EvalAwaitPromise)) {
		for _, n := range v.Nodes {
			t.Errorf("%s: axe: %s: %s\n%s\n%s", l.name, v.ID, v.Help, n.HTML, n.FailureSummary)
		}
	}
}

// checkWall shows 20 frames, waits for each to be on the screen, and logs how long that took.
func checkWall(t *testing.T, ctx context.Context, w *testServer) {
	t.Helper()
	const lit = `document.querySelector("#glass .lit").getAttribute("d")`
	slowest := 0.0
	for i := range 20 {
		before := run(t, ctx, chromedp.Evaluate[string](lit))
		w.show(t, []string{"3", "4"}[i%2], led.Level(i%16))
		ms := run(t, ctx, chromedp.Evaluate[float64](`new Promise((done) => { const began = performance.now(), was = `+"`"+before+"`"+`;
			const look = () => `+lit+` === was ? requestAnimationFrame(look) : done(performance.now() - began); look(); })`, chromedp.EvalAwaitPromise))
		slowest = max(slowest, ms)
	}
	t.Logf("the slowest of 20 frames was on the screen after %.0f ms", slowest)
	if changed := run(t, ctx, chromedp.Evaluate[bool](lit+` !== ""`)); !changed {
		t.Error("the wall is dark")
	}
}

package judge

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
)

func TestProgress(t *testing.T) {
	now := time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)
	half := source.Progress{
		Environment: "Production", Results: 1200,
		Oldest: now.AddDate(0, 0, -50), Horizon: now.AddDate(0, 0, -100),
	}
	if got, want := steps(half, now), 500; got != want {
		t.Errorf("half read: got %d of %d, want %d", got, progressSteps, want)
	}
	if got, want := describe(half), "reading Production, 1200 results back to 2026-10-07"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	var pipe strings.Builder
	bar := newProgress(&pipe)
	bar.Describe(describe(half))
	if err := errors.Join(bar.Set(500), bar.Clear()); err != nil {
		t.Fatal(err)
	}
	if got := pipe.String(); got != "" {
		t.Errorf("in a pipe: got %q, want nothing", got)
	}
}

package main

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/drivers/bamboo"
)

// progress shows on a terminal how far first contact has read back. In a pipe
// it is silent.
type progress struct {
	w   io.Writer
	bar *progressbar.ProgressBar
}

// progressSteps is the length of the bar.
const progressSteps = 1000

func newProgress(w io.Writer) *progress { return &progress{w: w} }

// update implements the Progress of bamboo.Opts.
func (p *progress) update(b bamboo.Progress) {
	if !isTerminal(p.w) {
		return
	}
	if p.bar == nil {
		p.bar = progressbar.NewOptions(progressSteps,
			progressbar.OptionSetWriter(p.w),
			progressbar.OptionClearOnFinish(),
			progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionSetPredictTime(false))
	}
	// What is shown goes wrong only where the terminal is gone.
	p.bar.Describe(progressText(b))
	_ = p.bar.Set(progressParts(b, clock()))
}

// progressText says what is read.
func progressText(b bamboo.Progress) string {
	text := fmt.Sprintf("reading %s, %s", b.Environment, report.Plural(b.Results, "result"))
	if !b.Oldest.IsZero() {
		text += " back to " + b.Oldest.Format(time.DateOnly)
	}
	return text
}

// progressParts returns how many of progressSteps were read of the time from now back to
// where the reading ends.
func progressParts(b bamboo.Progress, now time.Time) int {
	whole := now.Sub(b.Horizon)
	if b.Oldest.IsZero() || whole <= 0 {
		return 0
	}
	return int(progressSteps * min(max(float64(now.Sub(b.Oldest))/float64(whole), 0), 1))
}

// finish clears the line.
func (p *progress) finish() {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}

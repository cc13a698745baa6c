package main

import (
	"io"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/fridaycounter/fridaycounter/drivers/bamboo"
)

// progress shows on a terminal how far first contact has read back. In a pipe
// it is silent.
type progress struct {
	w   io.Writer
	bar *progressbar.ProgressBar
}

func newProgress(w io.Writer) *progress { return &progress{w: w} }

// update implements the progress of bamboo.Client.Poll.
func (p *progress) update(b bamboo.Progress) {
	if !isTerminal(p.w) {
		return
	}
	if p.bar == nil {
		p.bar = progressbar.NewOptions(-1,
			progressbar.OptionSetWriter(p.w),
			progressbar.OptionClearOnFinish(),
			progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionShowCount(),
			progressbar.OptionSetDescription("reading deployments"))
	}
	p.bar.Describe("reading " + b.Environment)
	p.bar.Set(b.Results)
}

// finish clears the line.
func (p *progress) finish() {
	if p.bar != nil {
		p.bar.Finish()
	}
}

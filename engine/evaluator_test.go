package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

// files evaluates: each content that it has is good, any other is refused.
type files map[string]*schema.Config

func (f files) Evaluate(_ context.Context, name string, file []byte) (*schema.Config, error) {
	c, ok := f[string(file)]
	if !ok {
		return nil, &schema.Error{Diagnostics: []schema.Diagnostic{{Position: rules.Position{File: name, Line: 3, Column: 4}, Message: "typo in " + string(file)}}}
	}
	config := *c
	config.Hash = string(file)
	return &config, nil
}

func (f files) Pages(_ context.Context, _ string, file []byte, live schema.Live) ([]schema.Page, error) {
	if strings.Contains(string(file), "bad page") && live.Streak.Weeks > 3 {
		return nil, errors.New("counter.cue:9:1: division by zero")
	}
	page := f[string(file)].Pages[0]
	page.Text = fmt.Sprint(live.Streak.Weeks)
	pages := []schema.Page{page}
	if strings.Contains(string(file), "two pages") {
		page.Text = fmt.Sprintf("%dd", live.Streak.Days)
		pages = append(pages, page)
	}
	return pages, nil
}

// soundDisplay refuses as files does, but finds the display sound.
type soundDisplay struct{ files }

func (s soundDisplay) Evaluate(ctx context.Context, name string, file []byte) (*schema.Config, error) {
	c, err := s.files.Evaluate(ctx, name, file)
	if e, ok := errors.AsType[*schema.Error](err); ok {
		e.Display = &schema.Display{Columns: 2, Rows: 1}
	}
	return c, err
}

// slowPages takes as long as a slow board.
type slowPages struct{ files }

func (s slowPages) Evaluate(ctx context.Context, name string, file []byte) (*schema.Config, error) {
	time.Sleep(300 * time.Millisecond)
	return s.files.Evaluate(ctx, name, file)
}

func (s slowPages) Pages(ctx context.Context, name string, file []byte, live schema.Live) ([]schema.Page, error) {
	time.Sleep(700 * time.Millisecond)
	return s.files.Pages(ctx, name, file, live)
}

// recordingPages keeps the live values that it was given.
type recordingPages struct {
	files
	mu   sync.Mutex
	live schema.Live
}

func (r *recordingPages) Pages(ctx context.Context, name string, file []byte, live schema.Live) ([]schema.Page, error) {
	r.mu.Lock()
	r.live = live
	r.mu.Unlock()
	return r.files.Pages(ctx, name, file, live)
}

func (r *recordingPages) last() schema.Streak {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.live.Streak
}

// flakyEvaluator cannot start its child a few times.
type flakyEvaluator struct {
	files
	fail, failPages atomic.Int32
}

func (f *flakyEvaluator) Evaluate(ctx context.Context, name string, file []byte) (*schema.Config, error) {
	if f.fail.Add(-1) >= 0 {
		return nil, errors.New("fork: cannot allocate memory")
	}
	return f.files.Evaluate(ctx, name, file)
}

func (f *flakyEvaluator) Pages(ctx context.Context, name string, file []byte, live schema.Live) ([]schema.Page, error) {
	if f.failPages.Add(-1) >= 0 {
		return nil, errors.New("fork: cannot allocate memory")
	}
	return f.files.Pages(ctx, name, file, live)
}

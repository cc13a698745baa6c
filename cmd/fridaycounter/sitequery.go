package main

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/drivers/web"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/rules"
)

// gate answers as the command does, by the policy in force.
func (s *site) gate(project, environment string) (web.Gate, error) {
	status, court := s.latest()
	if court == nil || status.Clock != engine.ClockTrusted {
		return web.Gate{}, web.ErrUnavailable
	}
	if err := knownNames(status.Config, project, environment); err != nil {
		return web.Gate{}, &web.RequestError{Err: errors.New(strings.ReplaceAll(err.Error(), "--", ""))}
	}
	now := s.clock()
	g := court.Gate(project, environment, now)
	answer := web.Gate{Allowed: g.Allowed, Answer: newGateAnswer(g)}
	if !g.Until.IsZero() {
		answer.Wait = g.Until.Sub(now)
	}
	return answer, nil
}

// deploymentsAnswer is a page of the history, the newest first.
type deploymentsAnswer struct {
	Deployments []deploymentAnswer `json:"deployments"`
	Next        *string            `json:"next"` // for after; null on the last page
}

// deployments answers with a page of what is kept.
func (s *site) deployments(ctx context.Context, q web.Query) (any, error) {
	status, court := s.latest()
	if court == nil || s.disk == nil {
		return nil, web.ErrUnavailable
	}
	var after history.Cursor
	if q.After != "" {
		var err error
		if after, err = history.ParseCursor(q.After); err != nil {
			return nil, &web.RequestError{Parameter: "after", Err: err}
		}
	}
	answer := deploymentsAnswer{Deployments: []deploymentAnswer{}}
	err := s.disk.use(func(file *history.Store) error {
		source := engine.SourceKey(status.Config, s.dir)
		known, err := file.Sources(ctx)
		if err != nil || !slices.Contains(known, source) {
			return err
		}
		selected, err := newSelection(ctx, listFlags{from: q.From, until: q.Until, environment: q.Environment, project: q.Project}, court, file, source)
		if err != nil {
			if _, broken := errors.AsType[*history.Error](err); broken {
				return err
			}
			return &web.RequestError{Err: errors.New(strings.ReplaceAll(err.Error(), "--", ""))}
		}
		if selected.as = s.clock(); status.Clock != engine.ClockTrusted {
			selected.as = status.Verdict.At
		}
		selected.judged = func(e rules.Environment) bool { return engine.Reads(status.Config, s.dir, e) }
		page, next, err := file.Page(ctx, source, selected.filter, after, q.Limit)
		if err != nil {
			return err
		}
		for i := range page {
			if one, ok := selected.list(&page[i]); ok {
				if !detailed(&status) {
					one.URL = ""
				}
				answer.Deployments = append(answer.Deployments, one)
			}
		}
		if !next.IsZero() {
			text := next.String()
			answer.Next = &text
		}
		return nil
	})
	return answer, err
}

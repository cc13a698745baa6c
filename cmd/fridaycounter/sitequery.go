package main

import (
	"context"
	"errors"
	"strings"

	"github.com/fridaycounter/fridaycounter/drivers/web"
	"github.com/fridaycounter/fridaycounter/engine"
)

// gate answers as the command does, by the policy in force.
func (s *site) gate(project, environment string) (web.Gate, error) {
	status := s.metrics.latest()
	if status.Policy == nil || status.Clock != engine.ClockTrusted {
		return web.Gate{}, web.ErrUnavailable
	}
	now := s.clock()
	g, err := status.Policy.Gate(status.Environments, project, environment, now)
	if err != nil {
		return web.Gate{}, &web.RequestError{Err: err}
	}
	answer := web.Gate{Allowed: g.Allowed, Answer: newGateAnswer(g)}
	if !g.Until.IsZero() {
		answer.Wait = g.Until.Sub(now)
	}
	return answer, nil
}

// deploymentsAnswer is a page of the history, the newest first.
type deploymentsAnswer struct {
	Deployments []listedDeployment `json:"deployments"`
	Next        *string            `json:"next"` // for after; null on the last page
}

// deployments answers with a page of what is known.
func (s *site) deployments(_ context.Context, q web.Query) (any, error) {
	status := s.metrics.latest()
	if status.Policy == nil {
		return nil, web.ErrUnavailable
	}
	after, err := parsePlace(q.After)
	if err != nil {
		return nil, &web.RequestError{Parameter: "after", Err: err}
	}
	answer := deploymentsAnswer{Deployments: []listedDeployment{}}
	if status.Good.IsZero() {
		return answer, nil
	}
	selected, err := newSelection(listFlags{from: q.From, until: q.Until, environment: q.Environment, project: q.Project}, status.Policy, status.Known)
	if err != nil {
		return nil, &web.RequestError{Err: errors.New(strings.ReplaceAll(err.Error(), "--", ""))}
	}
	if selected.as = s.clock(); status.Clock != engine.ClockTrusted {
		selected.as = status.Verdict.At
	}
	page, next := selected.page(status.Known, after, q.Limit)
	for i := range page {
		if !detailed(status) {
			page[i].URL = ""
		}
	}
	answer.Deployments = append(answer.Deployments, page...)
	if next != (place{}) {
		text := next.String()
		answer.Next = &text
	}
	return answer, nil
}

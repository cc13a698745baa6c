package dashboard

import (
	"context"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/query"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/drivers/web"
	"github.com/fridaycounter/fridaycounter/engine"
)

// gate answers as the command does, by the policy in force.
func (d *Dashboard) gate(source, project, environment string) (web.Gate, error) {
	status := d.last.Load()
	if status.Policy == nil || status.Clock != engine.ClockTrusted {
		return web.Gate{}, web.ErrUnavailable
	}
	now := d.o.Clock()
	g, err := status.Policy.Gate(status.Environments, engine.Place{Source: source, Project: project, Environment: environment}, now)
	if err != nil {
		return web.Gate{}, &web.RequestError{Err: err}
	}
	answer := web.Gate{Allowed: g.Allowed, Answer: report.NewGate(g)}
	if !g.Until.IsZero() {
		answer.Wait = g.Until.Sub(now)
	}
	return answer, nil
}

// deploymentsAnswer is a page of the history, the newest first.
type deploymentsAnswer struct {
	Deployments []report.Listed `json:"deployments"`
	Next        *string         `json:"next"` // for after; null on the last page
}

// deployments answers with a page of what is known.
func (d *Dashboard) deployments(_ context.Context, q web.Query) (any, error) {
	status := d.last.Load()
	if status.Policy == nil {
		return nil, web.ErrUnavailable
	}
	answer := deploymentsAnswer{Deployments: []report.Listed{}}
	if len(status.Environments) == 0 { // nothing was read yet, so no name can be wrong
		return answer, nil
	}
	now := d.o.Clock()
	if status.Clock != engine.ClockTrusted {
		now = status.Verdict.At
	}
	filter := query.Filter{
		From: q.From, Until: q.Until, Source: q.Source, Environment: q.Environment, Project: q.Project,
		After: q.After, Limit: q.Limit, Links: detailed(status),
	}
	page, end, err := filter.List(status.Policy, status.Known, now)
	if err != nil {
		return nil, &web.RequestError{Err: err}
	}
	answer.Deployments = append(answer.Deployments, page...)
	if end != "" {
		answer.Next = &end
	}
	return answer, nil
}

package judge

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/sources"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/state"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/drivers/source/mapping"
	"github.com/fridaycounter/fridaycounter/drivers/source/rest"
)

// Try asks a source of the policy once, as if nothing was known of it, and returns what became of
// each of its records. It stores nothing but a login that the server refuses. The error says what
// could not be read.
func Try(ctx context.Context, o Options, name string) (records []mapping.Record, err error) {
	before, err := state.Lockouts(ctx, o.History)
	if err != nil {
		return nil, err
	}
	lockouts := new(rest.Lockouts)
	lockouts.Restore(before)
	before = lockouts.Snapshot()
	open := sources.Opener{
		Dir: filepath.Dir(o.Path), Getenv: o.Getenv, Lockouts: lockouts,
		Mapped: func(r mapping.Record) { records = append(records, r) },
	}
	opened, err := open.Open(o.Policy.Config, name)
	if err != nil {
		return nil, err
	}
	answer, err := opened.Poll(ctx, &source.Known{Key: source.Key{Name: name}}, time.Now())
	for _, n := range answer.Notes {
		o.Note(n.Text)
	}
	if answer.More {
		o.Note("there are more: these are the newest")
	}
	err = errors.Join(err, state.SaveLockouts(ctx, o.History, before, lockouts.Snapshot()))
	if o.Policy.Config.Source(name).Feeds != nil {
		if err == nil && len(records) == 0 {
			o.Note("no record is selected (hint: look at the names of environments, and at what else limits records)")
		}
		return records, err
	}
	for _, d := range answer.Deployments {
		records = append(records, mapping.Record{Deployment: d, Word: string(d.LifeCycle) + " " + string(d.State)})
	}
	for _, u := range answer.Unusable {
		records = append(records, mapping.Record{Unusable: &u})
	}
	return records, err
}

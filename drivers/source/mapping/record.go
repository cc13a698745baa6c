package mapping

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/rules"
)

// A Record is what became of an item.
type Record struct {
	rules.Deployment
	Word     string           // the state as the server says it, or ""
	Unknown  bool             // Word is in no list
	Unusable *source.Unusable // why it cannot be judged, or nil
}

// EnvironmentID returns the identity of an environment, which is by its names. A slash in the
// environment's is %2F, since projects have slashes too.
func EnvironmentID(project, environment string) string {
	if project == "" {
		return environment
	}
	return source.Text(project + "/" + strings.NewReplacer("%", "%25", "/", "%2F").Replace(environment))
}

// Record maps an item of the feed as of now. text makes a text of the server's fit to be
// kept. The error is of a record without an environment: nobody could be told where it is
// missing.
func (f *Feed) Record(i *Item, now time.Time, text func(string) string) (Record, error) {
	r, m := reading{Item: i, text: text}, &i.list.Map
	d := rules.Deployment{
		ID:          r.get("id", &m.ID),
		Project:     cmp.Or(f.Project, r.get("project", &m.Project)),
		Environment: cmp.Or(f.Environment, r.get("environment", &m.Environment)),
		Version:     r.get("version", &m.Version),
		URL:         r.get("link", &m.Link),
		Started:     r.date("started", &m.Started),
		Executed:    r.date("executed", &m.Executed),
		Finished:    r.date("finished", &m.Finished),
	}
	if !strings.HasPrefix(d.URL, "https://") && !strings.HasPrefix(d.URL, "http://") {
		d.URL = "" // a browser is not to follow it
	}
	if d.Environment == "" {
		return Record{}, fmt.Errorf("record %s: environment: there is none", cmp.Or(d.ID, "without an id"))
	}
	d.ProjectID, d.EnvironmentID = d.Project, EnvironmentID(d.Project, d.Environment)
	if d.ID == "" {
		r.fail("id", "absent", "")
	}
	s := r.state(&d, now)
	s.apply(&d)
	r.duration(&d)
	if d.Start().IsZero() && d.LifeCycle != rules.LifeCycleQueued && d.LifeCycle != rules.LifeCycleNotBuilt {
		r.fail("executed", "absent", "it ran, and has no date at all")
	}
	if r.unusable != nil {
		r.unusable.EnvironmentID, r.unusable.ID = d.EnvironmentID, d.ID
	}
	return Record{d, s.word, s.means == unknown, r.unusable}, nil
}

// A state is what the server says of a record.
type state struct {
	word    string
	means   meaning
	started bool // it says when it began to run
}

// state returns the record's, by its events if it has them, which then also give the dates.
func (r *reading) state(d *rules.Deployment, now time.Time) state {
	m := &r.list.Map
	word := r.get("state", &m.State)
	s := state{word, r.list.States.meaning(word), !d.Executed.IsZero()}
	if m.Events != nil {
		s = m.Events.apply(r, d, now, s)
	}
	if m.Running.find(r.Item) == true {
		s.means = running
	}
	return s
}

// apply sets the deployment's state and life cycle, and takes out dates that mean nothing. Where
// it cannot be shown that nothing ran, Started stands in for Executed.
func (s *state) apply(d *rules.Deployment) {
	d.State, d.LifeCycle = rules.StateUnknown, rules.LifeCycleFinished
	means := s.means
	if means == failedIfStarted {
		if means = failed; !s.started {
			means = skipped
		}
	}
	switch means {
	case success:
		d.State = rules.StateSuccess
	case failed:
		d.State = rules.StateFailed
	case running:
		d.LifeCycle, d.Finished = rules.LifeCycleInProgress, time.Time{}
	case waiting:
		d.LifeCycle, d.Executed, d.Finished = rules.LifeCycleQueued, time.Time{}, time.Time{}
		return
	case cancelled, skipped:
		d.LifeCycle = rules.LifeCycleNotBuilt
		if means == skipped || !s.started {
			d.Executed = time.Time{}
		}
		return
	}
	d.Executed = cmp.Or(d.Executed, d.Started, d.Finished)
}

// A reading is an item of which fields are read.
type reading struct {
	*Item
	text     func(string) string
	unusable *source.Unusable // the first reason
}

// fail notes why the record cannot be judged.
func (r *reading) fail(field, value, hint string) {
	if r.unusable == nil {
		r.unusable = &source.Unusable{Field: field, Value: source.TextOf(r.text(value), 40), Hint: hint}
	}
}

// get returns a field's text, or "".
func (r *reading) get(name string, w *Where) string {
	v := w.find(r.Item)
	text, ok := textOf(v)
	if v != nil && !ok {
		r.fail(name, describe(v), "want a text")
	}
	return r.text(text)
}

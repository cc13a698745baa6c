package engine

import (
	"context"
	"sync"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/rules"
)

// newYear is when the tests begin: a Saturday.
var newYear = time.Date(2011, 1, 1, 0, 0, 0, 0, time.UTC)

// bamboo is the source of the tests' policy.
var bamboo = source.Key{Name: "bamboo", Address: "bamboo.example.com"}

// production is an environment that was read whole, complete from the first of a month of
// 2010.
func production(id, name string, month time.Month) source.Environment {
	return source.Environment{
		Environment: rules.Environment{ID: id, Name: name, Project: "shop"},
		Reading:     source.ReadWhole, From: time.Date(2010, month, 1, 0, 0, 0, 0, time.UTC),
	}
}

// inPart is an environment of which the first reading goes on.
func inPart(id, name string, month time.Month) source.Environment {
	e := production(id, name, month)
	e.Reading = source.ReadPart
	return e
}

// fakeSource answers what the test put there.
type fakeSource struct {
	mu     sync.Mutex
	answer source.Answer
	err    error
	polls  int
	hang   bool // until the poll's context ends
	stuck  bool // until the test ends, whatever the context says
	ended  chan struct{}
	slow   time.Duration
	date   func() time.Time // of the server; nil: it does not tell
}

func (s *fakeSource) Poll(ctx context.Context, _ *source.Known, _ time.Time) (source.Answer, error) {
	s.mu.Lock()
	s.polls++
	answer, err, hang, stuck, slow, date := s.answer, s.err, s.hang, s.stuck, s.slow, s.date
	s.mu.Unlock()
	if stuck {
		<-s.ended
	}
	if hang {
		<-ctx.Done()
		return source.Answer{}, ctx.Err()
	}
	time.Sleep(slow)
	if date != nil && err == nil {
		answer.Date = date()
	}
	return answer, err
}

// set changes what the next poll answers.
func (s *fakeSource) set(err error, deployments ...rules.Deployment) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
	s.answer = source.Answer{Deployments: deployments}
	if err == nil {
		s.answer.Listed, s.answer.Environments = true, []source.Environment{production("1", "Production", 1)}
	}
}

// change changes how the source behaves from the next poll on.
func (s *fakeSource) change(how func(*fakeSource)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	how(s)
}

func (s *fakeSource) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.polls
}

// partsSource answers in parts, the last one again and again, and keeps how far back it was
// told that it is known.
type partsSource struct {
	parts []source.Answer
	known []string
}

func (p *partsSource) Poll(_ context.Context, known *source.Known, _ time.Time) (source.Answer, error) {
	time.Sleep(50 * time.Millisecond)
	from := ""
	if e := known.Environment("1"); e != nil {
		from = e.CompleteFrom.Format(time.DateOnly)
	}
	p.known = append(p.known, from)
	a := p.parts[0]
	if len(p.parts) > 1 {
		p.parts = p.parts[1:]
	}
	return a, nil
}

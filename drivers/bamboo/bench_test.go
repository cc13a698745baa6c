package bamboo

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/bamboo/bambootest"
)

// BenchmarkSteadyPoll shows that a poll that brings nothing new sends one request
// for each environment, however long the history.
func BenchmarkSteadyPoll(b *testing.B) {
	s := one(history(500))
	s.Projects[0].Environments = append(s.Projects[0].Environments, bambootest.Environment{ID: 8, Name: "Staging", Results: history(500)})
	c := newClient(b, flat{URL: "http://127.0.0.1:1", Transport: handled(s), HistoryFrom: time.Unix(1, 0), MaxPages: 1000})
	m := newMemory()
	ask(b, c, m, noon)
	before := s.Total()
	polls := 0
	for b.Loop() {
		if _, err := c.Poll(context.Background(), &m.Known, noon); err != nil {
			b.Fatal(err)
		}
		polls++
	}
	b.ReportMetric(float64(s.Total()-before)/float64(polls)/2, "requests/environment")
}

// BenchmarkDecodePage decodes a page of 25 results of the usual size.
func BenchmarkDecodePage(b *testing.B) {
	s := one(history(25))
	var body []byte
	s.Inject("results", 1, replace(func(page []byte) []byte { body = page; return page }))
	c := newClient(b, flat{URL: "http://127.0.0.1:1", Transport: handled(s)})
	ask(b, c, newMemory(), noon)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		var page wirePage
		if err := json.Unmarshal(body, &page); err != nil {
			b.Fatal(err)
		}
	}
}

package main

import (
	"net/http"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/fridaycounter/fridaycounter/engine"
)

// metrics is what Prometheus is told: made from the last status when it asks. Its
// methods may be called concurrently.
type metrics struct {
	now      func() time.Time
	chains   *chains
	registry *prometheus.Registry
	last     atomic.Pointer[engine.Status]
}

func newMetrics(now func() time.Time, c *chains) *metrics {
	m := &metrics{now: now, chains: c, registry: prometheus.NewRegistry()}
	m.registry.MustRegister(prometheus.CollectorFunc(m.collect),
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// set takes a new status. It does not wait.
func (m *metrics) set(s engine.Status) { m.last.Store(&s) }

// latest returns the newest status; before the first one it is zero.
func (m *metrics) latest() *engine.Status {
	if s := m.last.Load(); s != nil {
		return s
	}
	return new(engine.Status)
}

// maxScrapes bounds the scrapes that are answered at once, for a small board.
const maxScrapes = 4

// handler serves the metrics. One that is broken is left out, and counted, rather
// than the other ones too.
func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		ErrorHandling:       promhttp.ContinueOnError,
		Registry:            m.registry,
		MaxRequestsInFlight: maxScrapes,
	})
}

// collect tells all. What there is depends on the status, so nothing is described beforehand.
func (m *metrics) collect(out chan<- prometheus.Metric) {
	s := scrape{out}
	s.put("fridaycounter_build_info", "1, with the version, the commit and the Go version that the program was built from.", 1, "version", version(), "revision", commit(), "goversion", runtime.Version())
	s.wires(m.chains.stats(), m.chains.milliamps())
	if status := m.last.Load(); status != nil {
		s.number(status.Verdict)
		s.window(status)
		s.polls(status, m.now())
		s.file(status)
		s.clock(status.Clock)
	}
}

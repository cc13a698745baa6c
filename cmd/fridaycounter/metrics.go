package main

import (
	"net/http"
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
	descs    map[string]*prometheus.Desc // by name
	last     atomic.Pointer[engine.Status]
}

func newMetrics(now func() time.Time, c *chains) *metrics {
	m := &metrics{now: now, chains: c, registry: prometheus.NewRegistry(), descs: map[string]*prometheus.Desc{}}
	for _, f := range families() {
		m.descs[f.name] = prometheus.NewDesc(f.name, f.help, f.labels, nil)
	}
	m.registry.MustRegister(m,
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// set takes a new status. It does not wait.
func (m *metrics) set(s engine.Status) { m.last.Store(&s) }

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

// Describe implements prometheus.Collector.
func (m *metrics) Describe(out chan<- *prometheus.Desc) {
	for _, d := range m.descs {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (m *metrics) Collect(out chan<- prometheus.Metric) {
	s := scrape{m.descs, out}
	s.build()
	s.wires(m.chains.stats(), m.chains.milliamps())
	if status := m.last.Load(); status != nil {
		s.number(status.Verdict)
		s.window(status)
		s.polls(status, m.now())
		s.file(status)
		s.clock(status.Clock)
	}
}

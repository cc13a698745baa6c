package dashboard

import (
	"net/http"
	"runtime"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/build"
	"github.com/fridaycounter/fridaycounter/drivers/max7219"
	"github.com/fridaycounter/fridaycounter/engine"
)

// A Chain is an LED chain of an SPI port since the start.
type Chain struct {
	Port string
	max7219.Stats
	Lit       bool // now; the figures are of all that were lit since the start
	Milliamps int  // that it takes now, as estimated
}

// metrics is what Prometheus asks for, made from the last status when it asks. Its methods
// may be called concurrently.
type metrics struct {
	o        Options
	registry *prometheus.Registry
	last     atomic.Pointer[engine.Status]
}

func newMetrics(o Options) *metrics {
	m := &metrics{o: o, registry: prometheus.NewRegistry()}
	m.registry.MustRegister(prometheus.CollectorFunc(m.collect),
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

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
	s.put("fridaycounter_build_info", "1, with the version, the commit and the Go version that the program was built from.", 1, "version", build.Version(), "revision", build.Commit(), "goversion", runtime.Version())
	if m.o.Chains != nil {
		for _, c := range m.o.Chains() {
			s.chain(c)
		}
	}
	if status := m.last.Load(); status != nil {
		s.number(status.Verdict)
		s.window(status)
		s.polls(status, m.o.Clock())
		s.file(status)
		s.clock(status.Clock)
	}
}

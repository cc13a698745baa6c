package dashboard

import (
	"net/http"
	"runtime"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/build"
	"github.com/fridaycounter/fridaycounter/drivers/max7219"
)

// A Chain is an LED chain of an SPI port since the start.
type Chain struct {
	Port string
	max7219.Stats
	Milliamps int // that it takes now, as estimated; 0: none was lit yet
}

// registry returns what Prometheus asks for: metrics that are made from the last status when
// it asks.
func (d *Dashboard) registry() *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(prometheus.CollectorFunc(d.collect),
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return r
}

// maxScrapes bounds the scrapes that are answered at once, for a small board.
const maxScrapes = 4

// metricsHandler serves metrics. It leaves out one that is broken and counts it, rather than
// refuse all.
func metricsHandler(r *prometheus.Registry) http.Handler {
	return promhttp.HandlerFor(r, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError, Registry: r, MaxRequestsInFlight: maxScrapes})
}

// collect sends all metrics. Which ones there are depends on the status, so none is described
// beforehand.
func (d *Dashboard) collect(out chan<- prometheus.Metric) {
	s, status := scrape{out}, d.last.Load()
	s.put("fridaycounter_build_info", "1, with the version, the commit and the Go version that the program was built from.", 1, "version", build.Version(), "revision", build.Commit(), "goversion", runtime.Version())
	if d.o.Chains != nil {
		for _, c := range d.o.Chains() {
			s.chain(c)
		}
	}
	if status.Clock == "" {
		return // there is no status yet
	}
	s.number(status.Verdict)
	s.window(status)
	s.polls(status, d.o.Clock())
	s.file(status)
	s.clock(status.Clock)
}

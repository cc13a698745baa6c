package dashboard

import (
	"net/http"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/build"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/drivers/max7219"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine"
)

// A Chain is an LED chain of an SPI port since the start.
type Chain struct {
	Port string
	max7219.Stats
	Milliamps int // that it takes now, as estimated; 0: none was lit yet
}

// maxScrapes bounds the scrapes that are answered at once, for a small board.
const maxScrapes = 4

// metrics serves what Prometheus asks for, which is made from the last status when it asks. It leaves
// out a metric that is broken and counts it, rather than refuse all.
func (d *Dashboard) metrics() http.Handler {
	r := prometheus.NewRegistry()
	r.MustRegister(prometheus.CollectorFunc(d.collect),
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
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
	s.walls(d.o.Walls())
	if status.Clock == "" {
		return // there is no status yet
	}
	s.number(status.Verdict)
	s.window(status)
	s.polls(status, d.o.Clock())
	s.file(status)
	s.clock(status.Clock)
}

// A scrape is one answer to Prometheus.
type scrape struct{ out chan<- prometheus.Metric }

// put adds a metric: a counter if its name ends in _total, else a gauge. labels are names,
// each followed by its value. Bytes of a value that are not UTF-8 are replaced, since
// Prometheus would refuse the whole answer.
func (s scrape) put(name, help string, value float64, labels ...string) {
	kind := prometheus.GaugeValue
	if strings.HasSuffix(name, "_total") {
		kind = prometheus.CounterValue
	}
	pairs := prometheus.Labels{}
	for pair := range slices.Chunk(labels, 2) {
		pairs[pair[0]] = strings.ToValidUTF8(pair[1], "\uFFFD")
	}
	s.out <- prometheus.MustNewConstMetric(prometheus.NewDesc(name, help, nil, pairs), kind, value)
}

// is adds a metric that is 1 or 0.
func (s scrape) is(name, help string, yes bool, labels ...string) {
	value := 0.0
	if yes {
		value = 1
	}
	s.put(name, help, value, labels...)
}

// at adds an instant, unless it is zero.
func (s scrape) at(name, help string, t time.Time, labels ...string) {
	if !t.IsZero() {
		s.put(name, help, float64(t.UnixMilli())/1000, labels...)
	}
}

func (s scrape) number(v engine.Verdict) {
	for _, streak := range v.Streaks {
		rule := streak.Rule
		s.is("fridaycounter_known", "1 if enough deployments are known to count the rule's weeks, else 0.", streak.Known, "rule", rule)
		s.is("fridaycounter_leading", "1 for the rule whose weeks the wall shows, 0 for the others.", rule == v.Lead.Rule, "rule", rule)
		if streak.Known {
			s.put("fridaycounter_streak", "Whole weeks that the rule has been kept: the number on the wall. Left out while it is unknown.", float64(streak.Weeks), "rule", rule)
			s.is("fridaycounter_at_least", "1 if the known deployments do not reach far enough back, so that there may be more weeks.", streak.AtLeast, "rule", rule)
			s.at("fridaycounter_streak_since_timestamp_seconds", "When the weeks began: the last breach, the rule's since, or where the known deployments begin.", streak.Since, "rule", rule)
		}
	}
	for _, h := range v.Histories {
		if h.Known {
			s.put("fridaycounter_breaches", "Known deployments that broke the rule. A gauge: a rule or the history may change.", float64(h.Breaches), "rule", h.Rule)
		}
		if h.Record != nil {
			s.put("fridaycounter_streak_record", "The most weeks that the rule was ever kept, as far as is known; the present streak counts.", float64(h.Record.Weeks), "rule", h.Rule)
		}
	}
}

func (s scrape) window(status *engine.Status) {
	if status.Policy == nil || status.Clock != engine.ClockTrusted {
		return // this takes rules and the right time
	}
	s.is("fridaycounter_forbidden", "1 while some rule forbids deploying.", status.Verdict.Forbidden)
	if w := status.Verdict.Occurrence; w != nil {
		s.at("fridaycounter_next_window_start_timestamp_seconds", "Begin of the present or else the next time in which deploying is forbidden. Left out if there is none.", w.Start)
		s.at("fridaycounter_next_window_end_timestamp_seconds", "End of the present or else the next time in which deploying is forbidden. Left out if there is none.", w.End)
	}
}

func (s scrape) polls(status *engine.Status, now time.Time) {
	s.is("fridaycounter_stale", "1 if the weeks may be out of date, because polls fail or none was made in time.", status.Stale)
	kind, err := status.Trouble()
	failing := err != nil
	s.is("fridaycounter_poll_failing", "1 if the last poll of the deployments went wrong.", failing)
	for name, k := range map[string]source.Kind{"auth": source.Login, "missing": source.Missing, "clock": source.Clock, "other": source.Other} {
		s.is("fridaycounter_poll_trouble", "1 for what is wrong with the last poll: auth (no login, or it was refused), missing (a configured environment is not there), clock (the machine's clock is not trusted), other. All 0 if nothing is.",
			failing && kind == k, "kind", name)
	}
	for _, p := range status.Polls {
		s.is("fridaycounter_source_failing", "1 if the last poll of the source went wrong.", p.Err != nil, "source", p.Source)
	}
	if status.Policy == nil {
		return
	}
	for _, e := range environmentsRead(status) {
		if e.Read.IsZero() {
			continue
		}
		labels := []string{"source", e.Source, "project", e.Project, "environment", e.Name, "environment_id", e.ID}
		s.put("fridaycounter_poll_age_seconds", "Time since the last poll began that read the environment's deployments without error. Left out if none did.", now.Sub(e.Read).Seconds(), labels...)
		s.at("fridaycounter_poll_last_good_timestamp_seconds", "When the last poll began that read the environment's deployments without error. Left out if none did.", e.Read, labels...)
	}
}

func (s scrape) file(status *engine.Status) {
	for _, name := range status.Faulty {
		s.put("fridaycounter_display_faulty", "1 for a display that does not work now; the log says why.", 1, "display", name)
	}
	if status.Policy == nil && status.Refused == nil {
		return // it was not read yet
	}
	s.is("fridaycounter_config_last_reload_successful", "1 if counter.cue as it was saved last is in force, 0 if it was refused and the one before it is.", status.Refused == nil)
	s.at("fridaycounter_config_last_reload_success_timestamp_seconds", "When a counter.cue came into force last.", status.Reloads.Last)
	s.put("fridaycounter_config_reloads_accepted_total", "Saves of counter.cue that came into force since the start.", float64(status.Reloads.Accepted))
	s.put("fridaycounter_config_reloads_refused_total", "Saves of counter.cue that were refused since the start.", float64(status.Reloads.Refused))
	if p := status.Policy; p != nil {
		s.put("fridaycounter_config_info", "1, with the first 12 digits of the SHA-256 of the counter.cue in force.", 1, "hash", p.Config.Hash[:min(12, len(p.Config.Hash))])
	}
}

func (s scrape) chain(c Chain) {
	s.put("fridaycounter_spi_bytes_total", "Bytes sent to the LED chain since the start.", float64(c.Bytes), "port", c.Port)
	s.put("fridaycounter_spi_ioctls_total", "Messages handed to the LED chain's SPI port since the start.", float64(c.Ioctls), "port", c.Port)
	s.put("fridaycounter_spi_errors_total", "Errors of the LED chain's SPI port since the start.", float64(c.Errors), "port", c.Port)
	s.put("fridaycounter_spi_opens_total", "Times that the LED chain's SPI port was opened since the start.", float64(c.Opens), "port", c.Port)
	s.put("fridaycounter_max7219_refreshes_total", "Times that every register of the LED chain was written again since the start, which heals glitches.", float64(c.Refreshes), "port", c.Port)
	if c.Milliamps > 0 {
		s.put("fridaycounter_max7219_current_amperes", "Estimated current of the LED chain's modules, by the datasheet.", float64(c.Milliamps)/1000, "port", c.Port)
	}
}

func (s scrape) walls(list []report.Wall) {
	if list == nil {
		return // the policy publishes nothing
	}
	count := map[string]int{}
	for _, w := range list {
		count[w.State]++
	}
	for _, state := range report.WallStates() {
		s.put("fridaycounter_walls", "Walls that show what the counter publishes: online, stale (the number may be out of date there), diverged (it shows something else), offline.", float64(count[state]), "state", state)
	}
}

func (s scrape) clock(state engine.ClockState) {
	for _, c := range []engine.ClockState{engine.ClockTrusted, engine.ClockUnsynchronised, engine.ClockBehind} {
		s.is("fridaycounter_clock_state", "1 for how far the machine's clock can be trusted: trusted, unsynchronised (no time server has set it), behind (it reads earlier than the program was made, or than a deployment that is known).", c == state, "state", string(c))
	}
}

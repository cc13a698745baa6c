package main

import (
	"runtime"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/fridaycounter/fridaycounter/drivers/max7219"
	"github.com/fridaycounter/fridaycounter/engine"
)

// A scrape is one answer to Prometheus.
type scrape struct {
	descs map[string]*prometheus.Desc
	out   chan<- prometheus.Metric
}

// put adds a metric. Labels may come from strangers, and bytes that are not UTF-8
// would spoil the answer.
func (s scrape) put(name string, value float64, labels ...string) {
	kind := prometheus.GaugeValue
	if strings.HasSuffix(name, "_total") {
		kind = prometheus.CounterValue
	}
	for i := range labels {
		labels[i] = strings.ToValidUTF8(labels[i], "\uFFFD")
	}
	metric, err := prometheus.NewConstMetric(s.descs[name], kind, value, labels...)
	if err != nil {
		metric = prometheus.NewInvalidMetric(s.descs[name], err)
	}
	s.out <- metric
}

// is adds a metric that is 1 or 0.
func (s scrape) is(name string, yes bool, labels ...string) {
	value := 0.0
	if yes {
		value = 1
	}
	s.put(name, value, labels...)
}

// at adds an instant, unless it is zero.
func (s scrape) at(name string, t time.Time, labels ...string) {
	if !t.IsZero() {
		s.put(name, float64(t.UnixMilli())/1000, labels...)
	}
}

func (s scrape) build() {
	s.put("fridaycounter_build_info", 1, version(), commit(), runtime.Version())
}

// number adds what is known of each rule.
func (s scrape) number(v engine.Verdict) {
	for _, streak := range v.Streaks {
		rule := streak.Rule
		s.is("fridaycounter_known", streak.Known, rule)
		s.is("fridaycounter_leading", rule == v.Lead.Rule, rule)
		if streak.Known {
			s.put("fridaycounter_streak", float64(streak.Weeks), rule)
			s.is("fridaycounter_at_least", streak.AtLeast, rule)
			s.at("fridaycounter_streak_since_timestamp_seconds", streak.Since, rule)
		}
	}
	for _, h := range v.Histories {
		if h.Known {
			s.put("fridaycounter_breaches", float64(h.Breaches), h.Rule)
		}
		if h.Record != nil {
			s.put("fridaycounter_streak_record", float64(h.Record.Weeks), h.Rule)
		}
	}
}

func (s scrape) window(status *engine.Status) {
	if status.Config == nil || status.Clock != engine.ClockTrusted {
		return // without rules or the time nobody can tell
	}
	s.is("fridaycounter_forbidden", status.Verdict.Forbidden)
	if w := status.Verdict.Window; w != nil {
		s.at("fridaycounter_next_window_start_timestamp_seconds", w.Start)
		s.at("fridaycounter_next_window_end_timestamp_seconds", w.End)
	}
}

func (s scrape) polls(status *engine.Status, now time.Time) {
	s.is("fridaycounter_stale", status.Stale)
	failing := status.Poll != nil
	s.is("fridaycounter_poll_failing", failing)
	s.is("fridaycounter_poll_trouble", failing && status.Trouble == engine.TroubleAuth, "auth")
	s.is("fridaycounter_poll_trouble", failing && status.Trouble == engine.TroubleMissing, "missing")
	s.is("fridaycounter_poll_trouble", failing && status.Trouble == engine.TroubleClock, "clock")
	s.is("fridaycounter_poll_trouble", failing && status.Trouble == engine.TroubleOther, "other")
	for e, good := range oldest(status.Freshness) {
		s.put("fridaycounter_poll_age_seconds", now.Sub(good).Seconds(), e[:]...)
		s.at("fridaycounter_poll_last_good_timestamp_seconds", good, e[:]...)
	}
}

// oldest returns when environments were last read, by project, name and id. Names
// that differ in bytes that cannot be told to Prometheus are one, as good as its worst.
func oldest(list []engine.Freshness) map[[3]string]time.Time {
	goods := make(map[[3]string]time.Time, len(list))
	for _, f := range list {
		key := [3]string{f.Project, f.Name, f.ID}
		for i := range key {
			key[i] = strings.ToValidUTF8(key[i], "\uFFFD")
		}
		if was, ok := goods[key]; !f.Good.IsZero() && (!ok || f.Good.Before(was)) {
			goods[key] = f.Good
		}
	}
	return goods
}

// file adds what became of counter.cue.
func (s scrape) file(status *engine.Status) {
	for _, name := range status.Faulty {
		s.put("fridaycounter_display_faulty", 1, name)
	}
	if status.Config == nil && status.Refused == nil {
		return // it was not read yet
	}
	s.is("fridaycounter_config_last_reload_successful", status.Refused == nil)
	s.at("fridaycounter_config_last_reload_success_timestamp_seconds", status.Reloads.Last)
	s.put("fridaycounter_config_reloads_accepted_total", float64(status.Reloads.Accepted))
	s.put("fridaycounter_config_reloads_refused_total", float64(status.Reloads.Refused))
	if c := status.Config; c != nil {
		s.put("fridaycounter_config_info", 1, c.Hash[:min(12, len(c.Hash))])
	}
}

// wires adds what went to the LED chains.
func (s scrape) wires(ports map[string]max7219.Stats, milliamps map[string]int) {
	for port, stats := range ports {
		s.put("fridaycounter_spi_bytes_total", float64(stats.Bytes), port)
		s.put("fridaycounter_spi_ioctls_total", float64(stats.Ioctls), port)
		s.put("fridaycounter_spi_errors_total", float64(stats.Errors), port)
		s.put("fridaycounter_spi_opens_total", float64(stats.Opens), port)
		s.put("fridaycounter_max7219_refreshes_total", float64(stats.Refreshes), port)
	}
	for port, mA := range milliamps {
		s.put("fridaycounter_max7219_current_amperes", float64(mA)/1000, port)
	}
}

func (s scrape) clock(state engine.ClockState) {
	for _, c := range []engine.ClockState{engine.ClockTrusted, engine.ClockUnsynchronised, engine.ClockBehind} {
		s.is("fridaycounter_clock_state", c == state, string(c))
	}
}

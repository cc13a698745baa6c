package schema

import (
	"fmt"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/rules"
)

// config turns the evaluated file into a Config, and finds what CUE cannot say.
func (s *source) config(r rawCounter) *Config {
	c := &Config{
		Timezone: r.Timezone,
		Source:   s.sourceOf(r.Source),
		History:  History{From: s.date(path{"history", "from"}, r.History.From)},
		Display:  s.display(r.Display),
		Package:  s.file.PackageName(),
		Hash:     hash(s.text),
	}
	loc, err := time.LoadLocation(r.Timezone)
	if err != nil {
		s.report(path{"timezone"}, fmt.Sprintf("the zone database here has no %q", r.Timezone), "")
	}
	for _, name := range slices.Sorted(maps.Keys(r.Rules)) {
		c.Rules = append(c.Rules, s.rule(name, r.Rules[name]))
	}
	var polls, levels [][]rules.Window
	for i, p := range r.Poll {
		at := path{"poll", strconv.Itoa(i)}
		c.Poll = append(c.Poll, Poll{
			Every:  s.duration(at.with("every"), p.Every),
			During: s.windows(at.with("during"), p.During),
		})
		polls = append(polls, c.Poll[i].During)
	}
	for i, b := range r.Brightness {
		at := path{"brightness", strconv.Itoa(i)}
		c.Brightness = append(c.Brightness, Brightness{
			Level:  s.level(at.with("level"), string(b.Level)),
			During: s.windows(at.with("during"), b.During),
		})
		levels = append(levels, c.Brightness[i].During)
	}
	if loc != nil {
		s.checkWindows(c, loc)
	}
	s.checkSelected(c)
	s.checkReach("poll", polls)
	s.checkReach("brightness", levels)
	c.Pages = s.pagesOf(r.Pages)
	for i := range c.Pages {
		c.Pages[i].Text = ""
	}
	return c
}

func (s *source) sourceOf(r rawSource) Source {
	if r.File != nil {
		return Source{File: &File{
			Path:         r.File.Path,
			Environments: s.patterns(path{"source", "file", "environments"}, r.File.Environments),
		}}
	}
	b, at := r.Bamboo, path{"source", "bamboo"}
	c := &Bamboo{
		URL:          b.URL,
		Environments: s.patterns(at.with("environments"), b.Environments),
		Projects:     s.patterns(at.with("projects"), b.Projects),
		CAFile:       b.CAFile,
		Insecure:     b.Insecure,
		Timeout:      s.duration(at.with("timeout"), b.Timeout),
	}
	if b.Auth != nil {
		if b.Auth.Token != nil {
			token := Credential(*b.Auth.Token)
			c.Auth.Token = &token
		}
		if b.Auth.Basic != nil {
			c.Auth.Basic = &Basic{Username: b.Auth.Basic.Username, Password: Credential(b.Auth.Basic.Password)}
		}
	}
	s.checkURL(at.with("url"), b)
	return Source{Bamboo: c}
}

// checkURL refuses an address that net/url does, and http to another host.
func (s *source) checkURL(p path, b *rawBamboo) {
	u, err := url.Parse(b.URL)
	if err != nil || u.Hostname() == "" {
		s.report(p, fmt.Sprintf("%q is not a URL", b.URL), "")
		return
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			s.report(p, fmt.Sprintf("%q is not a port: want 1 to 65535", port), "")
		}
	}
	if u.Scheme == "http" && !b.Insecure && !isLoopback(u.Hostname()) {
		s.report(p, "http:// would send the login in clear text: want https://", "insecure: true permits it")
	}
}

// isLoopback reports whether the host is this machine, without asking DNS.
func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	if zone := strings.IndexByte(host, '%'); zone >= 0 {
		host = host[:zone]
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && net.IP(addr.Unmap().AsSlice()).IsLoopback()
}

func (s *source) rule(name string, r rawRule) rules.Rule {
	at := path{"rules", name}
	c := rules.Rule{
		Name:         name,
		Forbid:       s.windows(at.with("forbid"), r.Forbid),
		Projects:     s.patterns(at.with("projects"), r.Projects),
		Environments: s.patterns(at.with("environments"), r.Environments),
		Measure:      rules.Measure(r.Measure),
		Count:        rules.Count(r.Count),
		Since:        s.date(at.with("since"), r.Since),
		Source:       s.at(s.find(at).label.Pos()),
	}
	for _, o := range r.Outcomes {
		c.Outcomes = append(c.Outcomes, rules.Outcome(o))
	}
	for i, e := range r.Except {
		at := at.with("except").with(strconv.Itoa(i))
		c.Except = append(c.Except, rules.Exception{
			ID:          s.optional(at.with("id"), e.ID),
			Version:     s.optional(at.with("version"), e.Version),
			Project:     s.optional(at.with("project"), e.Project),
			Environment: s.optional(at.with("environment"), e.Environment),
			Dates:       s.dates(at.with("dates"), e.Dates),
			Reason:      e.Reason,
			Source:      s.position(at),
		})
	}
	return c
}

func (s *source) windows(p path, raw []rawWindow) []rules.Window {
	var windows []rules.Window
	for i, r := range raw {
		at := p.with(strconv.Itoa(i))
		w := rules.Window{
			Dates:  s.dates(at.with("dates"), r.Dates),
			From:   clock(r.From),
			To:     clock(r.To),
			Source: s.position(at),
		}
		for _, day := range r.Weekdays {
			w.Weekdays |= rules.WeekdaySet(weekday(day))
		}
		windows = append(windows, w)
	}
	return windows
}

func (s *source) dates(p path, raw []rawDates) []rules.DateRange {
	var ranges []rules.DateRange
	for i, r := range raw {
		at := p.with(strconv.Itoa(i))
		d := rules.DateRange{First: s.date(at.with("first"), r.First), Last: s.date(at.with("last"), r.Last)}
		if d.Last.IsZero() {
			d.Last = d.First
		}
		if d.Last.String() < d.First.String() {
			s.report(at.with("last"), fmt.Sprintf("%s is before first, %s", d.Last, d.First), "")
		}
		ranges = append(ranges, d)
	}
	return ranges
}

func (s *source) date(p path, text string) rules.Date {
	if text == "" {
		return rules.Date{}
	}
	d, err := rules.ParseDate(text)
	if err != nil {
		s.report(p, err.Error(), "")
	}
	return d
}

// duration reads what #Duration permits, which time.ParseDuration does too.
func (s *source) duration(p path, text string) time.Duration {
	d, err := time.ParseDuration(text)
	if err != nil {
		s.report(p, err.Error(), "")
	}
	return d
}

// clock reads what #From and #To permit.
func clock(text string) rules.Clock {
	hours, minutes, _ := strings.Cut(text, ":")
	h, _ := strconv.Atoi(hours)
	m, _ := strconv.Atoi(minutes)
	return rules.Clock(60*h + m)
}

// weekday reads what #Weekday permits.
func weekday(text string) time.Weekday {
	day := time.Sunday
	for day < time.Saturday && day.String() != text {
		day++
	}
	return day
}

func (s *source) level(p path, text string) led.Level {
	if text == "off" {
		return led.Off
	}
	n, err := strconv.ParseInt(text, 10, 8)
	if err != nil {
		s.report(p, fmt.Sprintf("%q is not a brightness", text), "")
	}
	return led.Level(n)
}

func (s *source) patterns(p path, raw []text) []rules.Pattern {
	var patterns []rules.Pattern
	for i, r := range raw {
		patterns = append(patterns, s.pattern(p.with(strconv.Itoa(i)), r))
	}
	return patterns
}

func (s *source) optional(p path, raw *text) *rules.Pattern {
	if raw == nil {
		return nil
	}
	pattern := s.pattern(p, *raw)
	return &pattern
}

func (s *source) pattern(p path, raw text) rules.Pattern {
	pattern, err := rules.ParsePattern(string(raw))
	if err != nil {
		s.report(p, err.Error(), "")
	}
	return pattern
}

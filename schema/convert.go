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
	"github.com/fridaycounter/fridaycounter/schema/internal/diagnose"
)

// defaultLevel is the brightness of a file that says none. It is set here and not in the schema: one
// mistake beside a default of a list gives five messages in CUE.
const defaultLevel = 8

// config turns the evaluated file into a Config, and finds what CUE cannot say.
func (f *file) config(r rawCounter) *Config {
	c := &Config{
		Timezone: r.Timezone,
		Source:   f.sourceOf(r.Source),
		History:  History{From: f.date(diagnose.Path{"history", "from"}, r.History.From)},
		Display:  f.display(r.Display),
		Hash:     hash(f.text),
	}
	c.Package, _ = f.Package()
	loc, err := time.LoadLocation(r.Timezone)
	if err != nil {
		f.Report(diagnose.Path{"timezone"}, fmt.Sprintf("the zone database here has no %q", r.Timezone), "")
	}
	for _, name := range slices.Sorted(maps.Keys(r.Rules)) {
		c.Rules = append(c.Rules, f.rule(name, r.Rules[name]))
	}
	var polls, levels [][]rules.Window
	for i, p := range r.Poll {
		at := diagnose.Path{"poll", strconv.Itoa(i)}
		c.Poll = append(c.Poll, Poll{
			Every:  f.duration(at.With("every"), p.Every),
			During: f.windows(at.With("during"), p.During),
		})
		polls = append(polls, c.Poll[i].During)
	}
	for i, b := range r.Brightness {
		at := diagnose.Path{"brightness", strconv.Itoa(i)}
		c.Brightness = append(c.Brightness, Brightness{
			Level:  f.level(at.With("level"), string(b.Level)),
			During: f.windows(at.With("during"), b.During),
		})
		levels = append(levels, c.Brightness[i].During)
	}
	if c.Brightness == nil {
		c.Brightness = []Brightness{{Level: defaultLevel}}
	}
	if loc != nil {
		f.checkWindows(c, loc)
	}
	f.checkSelected(c)
	f.checkReach("poll", polls)
	f.checkReach("brightness", levels)
	c.Pages = f.pagesOf(r.Pages, Streak{})
	for i := range c.Pages {
		c.Pages[i].Text = ""
	}
	return c
}

func (f *file) sourceOf(r rawSource) Source {
	if r.File != nil {
		return Source{File: &File{
			Path:         r.File.Path,
			Environments: f.patterns(diagnose.Path{"source", "file", "environments"}, r.File.Environments),
		}}
	}
	b, at := r.Bamboo, diagnose.Path{"source", "bamboo"}
	c := &Bamboo{
		URL:          b.URL,
		Environments: f.patterns(at.With("environments"), b.Environments),
		Projects:     f.patterns(at.With("projects"), b.Projects),
		CAFile:       b.CAFile,
		Insecure:     b.Insecure,
		Timeout:      f.duration(at.With("timeout"), b.Timeout),
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
	f.checkURL(at.With("url"), b)
	return Source{Bamboo: c}
}

// checkURL refuses an address that net/url does, and http to another host.
func (f *file) checkURL(p diagnose.Path, b *rawBamboo) {
	u, err := url.Parse(b.URL)
	if err != nil || u.Hostname() == "" {
		f.Report(p, fmt.Sprintf("%q is not a URL", b.URL), "")
		return
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			f.Report(p, fmt.Sprintf("%q is not a port: want 1 to 65535", port), "")
		}
	}
	if u.Scheme == "http" && !b.Insecure && !isLoopback(u.Hostname()) {
		f.Report(p, "http:// would send the login in clear text: want https://", "insecure: true permits it")
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

func (f *file) rule(name string, r rawRule) rules.Rule {
	at := diagnose.Path{"rules", name}
	c := rules.Rule{
		Name:         name,
		Forbid:       f.windows(at.With("forbid"), r.Forbid),
		Projects:     f.patterns(at.With("projects"), r.Projects),
		Environments: f.patterns(at.With("environments"), r.Environments),
		Triggered:    r.Measure == "triggered",
		Count:        rules.Count(r.Count),
		Since:        f.date(at.With("since"), r.Since),
		Source:       f.NamePosition(at),
	}
	for _, o := range r.Outcomes {
		c.Outcomes = append(c.Outcomes, rules.Outcome(o))
	}
	for i, e := range r.Except {
		at := at.With("except").With(strconv.Itoa(i))
		c.Except = append(c.Except, rules.Exception{
			ID:          f.optional(at.With("id"), e.ID),
			Version:     f.optional(at.With("version"), e.Version),
			Project:     f.optional(at.With("project"), e.Project),
			Environment: f.optional(at.With("environment"), e.Environment),
			Dates:       f.dates(at.With("dates"), e.Dates),
			Reason:      e.Reason,
			Source:      f.Position(at),
		})
	}
	return c
}

func (f *file) windows(p diagnose.Path, raw []rawWindow) []rules.Window {
	var windows []rules.Window
	for i, r := range raw {
		at := p.With(strconv.Itoa(i))
		w := rules.Window{
			Dates:  f.dates(at.With("dates"), r.Dates),
			From:   clock(r.From),
			To:     clock(r.To),
			Source: f.Position(at),
		}
		for _, day := range r.Weekdays {
			w.Weekdays = append(w.Weekdays, weekday(day))
		}
		windows = append(windows, w)
	}
	return windows
}

func (f *file) dates(p diagnose.Path, raw []rawDates) []rules.DateRange {
	var ranges []rules.DateRange
	for i, r := range raw {
		at := p.With(strconv.Itoa(i))
		d := rules.DateRange{First: f.date(at.With("first"), r.First), Last: f.date(at.With("last"), r.Last)}
		if d.Last == (rules.Date{}) {
			d.Last = d.First
		}
		if d.Last.String() < d.First.String() {
			f.Report(at.With("last"), fmt.Sprintf("%s is before first, %s", d.Last, d.First), "")
		}
		ranges = append(ranges, d)
	}
	return ranges
}

func (f *file) date(p diagnose.Path, text string) rules.Date {
	if text == "" {
		return rules.Date{}
	}
	d, err := rules.ParseDate(text)
	if err != nil {
		f.Report(p, err.Error(), "")
	}
	return d
}

// duration reads what #Duration permits, which time.ParseDuration does too.
func (f *file) duration(p diagnose.Path, text string) time.Duration {
	d, err := time.ParseDuration(text)
	if err != nil {
		f.Report(p, err.Error(), "")
	}
	return d
}

// clock reads what #From and #To permit.
func clock(text string) int {
	hours, minutes, _ := strings.Cut(text, ":")
	h, _ := strconv.Atoi(hours)
	m, _ := strconv.Atoi(minutes)
	return int(60*h + m)
}

// weekday reads what #Weekday permits.
func weekday(text string) time.Weekday {
	day := time.Sunday
	for day < time.Saturday && day.String() != text {
		day++
	}
	return day
}

func (f *file) level(p diagnose.Path, text string) led.Level {
	if text == "off" {
		return led.Off
	}
	n, err := strconv.ParseInt(text, 10, 8)
	if err != nil {
		f.Report(p, fmt.Sprintf("%q is not a brightness", text), "")
	}
	return led.Level(n)
}

func (f *file) patterns(p diagnose.Path, raw []text) []rules.Pattern {
	var patterns []rules.Pattern
	for i, r := range raw {
		patterns = append(patterns, f.pattern(p.With(strconv.Itoa(i)), r))
	}
	return patterns
}

func (f *file) optional(p diagnose.Path, raw *text) *rules.Pattern {
	if raw == nil {
		return nil
	}
	pattern := f.pattern(p, *raw)
	return &pattern
}

func (f *file) pattern(p diagnose.Path, raw text) rules.Pattern {
	pattern, err := rules.ParsePattern(string(raw))
	if err != nil {
		f.Report(p, err.Error(), "")
	}
	return pattern
}

package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/fridaycounter/fridaycounter/drivers/picture"
	"github.com/fridaycounter/fridaycounter/rules"
)

// stripYears is how many calendar years a strip shows at most: the latest.
const stripYears = 10

// strip returns the years of a rule as a picture; "" is the rule that leads.
func (a *asked) strip(ctx context.Context, rule string) (picture.Strip, error) {
	v := a.docket.Judge(a.as)
	if rule == "" {
		rule = v.Lead.Rule
	}
	if err := knownRule(a.court, rule); err != nil {
		return picture.Strip{}, err
	}
	i := slices.IndexFunc(v.Histories, func(h rules.History) bool { return h.Rule == rule })
	h, s := v.Histories[i], v.Streaks[i]
	if !h.Known {
		return picture.Strip{}, fmt.Errorf("the number of rule %s is not known, so there is nothing to draw", rule)
	}
	zone := a.court.Zone()
	last := a.as.In(zone).Year()
	strip := picture.Strip{
		Rule: rule, Zone: zone, Sentence: streakSentence(s, zone) + ".",
		First: max(h.From.In(zone).Year(), last-stripYears+1), Last: last,
	}
	from, to := strip.Range()
	var err error
	strip.Occurrences, err = a.docket.Occurrences(ctx, a.store, rule, from, to, a.as)
	return strip, err
}

// writeStrip writes the years of a rule as an image.
func (p *program) writeStrip(ctx context.Context, a *asked, rule, format string) error {
	strip, err := a.strip(ctx, rule)
	if err != nil {
		return err
	}
	write := map[string]func(io.Writer) error{"svg": strip.WriteSVG, "png": strip.WritePNG}[format]
	return write(p.stdout)
}

// checkStreaksFormat refuses a format that there is not, or that a terminal would
// choke on.
func (p *program) checkStreaksFormat(format string) error {
	if !slices.Contains([]string{"table", "json", "svg", "png"}, format) {
		return fmt.Errorf("--format %q: want table, json, svg or png", format)
	}
	if format == "png" && isTerminal(p.stdout) {
		return fmt.Errorf("--format png writes an image: redirect it to a file, as in fridaycounter streaks --format png > streaks.png")
	}
	return nil
}

package main

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/query"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/drivers/picture"
)

// stripYears is how many calendar years a strip shows at most: the latest.
const stripYears = 10

// strip returns the years of a rule as a picture; "" is the rule that leads.
func (a *asked) strip(rule string) (picture.Strip, error) {
	v := a.verdict()
	rule = cmp.Or(rule, v.Lead.Rule)
	i, err := query.RuleIndex(a.policy.Policy, rule)
	if err != nil {
		return picture.Strip{}, err
	}
	h, s := v.Histories[i], v.Streaks[i]
	if !h.Known {
		return picture.Strip{}, fmt.Errorf("the number of rule %s is not known, so there is nothing to draw", rule)
	}
	zone := a.policy.Zone
	last := a.as.In(zone).Year()
	strip := picture.Strip{
		Rule: rule, Zone: zone, Sentence: report.StreakSentence(s, zone) + ".",
		First: max(h.From.In(zone).Year(), last-stripYears+1), Last: last,
	}
	from, to := strip.Range()
	compiled := a.policy.Rules[i]
	strip.Occurrences = compiled.Occurrences(a.environments, compiled.Breaches(a.environments, a.as), from, to, a.as)
	return strip, nil
}

// writeStrip writes the years of a rule as an image.
func (p *program) writeStrip(a *asked, rule, format string) error {
	strip, err := a.strip(rule)
	if err != nil {
		return err
	}
	if format == "png" {
		return strip.WritePNG(p.stdout)
	}
	return strip.WriteSVG(p.stdout)
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

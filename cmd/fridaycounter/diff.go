package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/engine"
)

func (p *program) diffCommand() *cobra.Command {
	var asJSON bool
	var at string
	cmd := &cobra.Command{
		Use:   "diff OLD.cue NEW.cue",
		Short: "Say what a new policy would change: the number, the record, the breaches",
		Long: `Say what a new policy would change about the past: the number now, the record, and
the breaches gained and lost, each with its deployment. One of the files may be -,
for standard input:

  git show main:counter.cue | fridaycounter diff - counter.cue

It reads what run has kept of the new file's source, and asks that where nothing is
kept.`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := p.diff(cmd.Context(), args[0], args[1], at)
			if err != nil {
				return err
			}
			return p.answer(asJSON, d.answer(), d.text())
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the changes as JSON")
	cmd.Flags().StringVar(&at, "at", "", "compare as of this `time`, not now "+atUsage)
	return cmd
}

// A diff is two policies over the same facts.
type diff struct {
	asked   // of the new policy
	before  engine.Verdict
	after   engine.Verdict
	changes []engine.RuleChange
}

// diff compares two files over what is known of the new one's source.
func (p *program) diff(ctx context.Context, oldPath, newPath, at string) (*diff, error) {
	if oldPath == "-" && newPath == "-" {
		return nil, fmt.Errorf("only one of the files can be standard input")
	}
	old, err := p.policy(ctx, oldPath)
	if err != nil {
		return nil, err
	}
	policy, err := p.policy(ctx, newPath)
	if err != nil {
		return nil, err
	}
	a, err := p.judge(ctx, policy, at, false)
	if err := cmp.Or(err, a.failure); err != nil {
		return nil, err
	}
	was := a.environments // of another server nothing can be compared but the rules
	if slices.Equal(old.Keys(), policy.Keys()) {
		was = old.Environments(a.known)
	}
	return &diff{a, old.Judge(was, a.as), a.verdict(), old.Compare(policy.Policy, was, a.environments, a.as)}, nil
}

// text says the number before and after, and then the changes, a paragraph for each rule.
func (d *diff) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "the wall: %s -> %s\n", engine.Weeks(d.before.Lead), engine.Weeks(d.after.Lead))
	for _, c := range d.changes {
		fmt.Fprintf(&b, "\n%s\n", c.String())
		for _, changed := range c.Breaches() {
			fmt.Fprintf(&b, "  %s\n", changed.Line(d.policy.Zone))
		}
	}
	return b.String()
}

// diffAnswer is the JSON of diff; before and after are null for a rule that the
// policy does not have, or whose number is not known.
type diffAnswer struct {
	At          time.Time        `json:"at"`
	WeeksBefore *int             `json:"weeks_before"` // on the wall; null: not known
	WeeksAfter  *int             `json:"weeks_after"`
	Rules       []ruleDiffAnswer `json:"rules"`
}

type ruleDiffAnswer struct {
	Rule         string         `json:"rule"`
	Before       *runAnswer     `json:"before"`
	After        *runAnswer     `json:"after"`
	RecordBefore *runAnswer     `json:"record_before"`
	RecordAfter  *runAnswer     `json:"record_after"`
	Gained       []breachAnswer `json:"gained"`
	Lost         []breachAnswer `json:"lost"`
}

func (d *diff) answer() diffAnswer {
	zone := d.policy.Zone
	a := diffAnswer{At: d.as.In(zone), WeeksBefore: newRuleAnswer(d.before.Lead, nil, zone).Weeks, WeeksAfter: newRuleAnswer(d.after.Lead, nil, zone).Weeks, Rules: []ruleDiffAnswer{}}
	for _, c := range d.changes {
		r := ruleDiffAnswer{Rule: c.Rule, Gained: []breachAnswer{}, Lost: []breachAnswer{}}
		before, after := newHistoryAnswer(c.Before, zone), newHistoryAnswer(c.After, zone)
		r.Before, r.RecordBefore, r.After, r.RecordAfter = before.Current, before.Record, after.Current, after.Record
		for _, changed := range c.Breaches() {
			list := &r.Gained
			if changed.Lost {
				list = &r.Lost
			}
			*list = append(*list, *newBreachAnswer(&changed.Breach, zone))
		}
		a.Rules = append(a.Rules, r)
	}
	return a
}

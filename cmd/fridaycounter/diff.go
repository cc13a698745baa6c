package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/drivers/bamboo"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
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

It asks the source of the new file, as once does.`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			now := time.Now().Round(0)
			as, err := instant(at, now)
			if err != nil {
				return err
			}
			changes, zone, err := p.diff(cmd.Context(), args[0], args[1], now, as)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(p.stdout, newDiffAnswer(changes, as.In(zone)))
			}
			_, err = io.WriteString(p.stdout, tellDiff(changes, zone))
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the changes as JSON")
	cmd.Flags().StringVar(&at, "at", "", "compare as of this `time` (RFC 3339), not now")
	return cmd
}

// diff compares two files over what the new one's source says.
func (p *program) diff(ctx context.Context, oldPath, newPath string, now, as time.Time) ([]engine.RuleChange, *time.Location, error) {
	if oldPath == "-" && newPath == "-" {
		return nil, nil, fmt.Errorf("only one of the files can be standard input")
	}
	before, _, err := p.court(ctx, oldPath)
	if err != nil {
		return nil, nil, err
	}
	after, config, err := p.court(ctx, newPath)
	if err != nil {
		return nil, nil, err
	}
	open := opener{dir: filepath.Dir(newPath), getenv: p.getenv, latches: new(bamboo.Latches)}
	facts, err := p.askSource(ctx, config, open, now)
	if err != nil {
		return nil, nil, err
	}
	return before.Compare(after, facts, as), after.Zone(), nil
}

// court evaluates a file, or standard input for "-".
func (p *program) court(ctx context.Context, path string) (*engine.Court, *schema.Config, error) {
	var file []byte
	var err error
	if path == "-" {
		file, err = io.ReadAll(io.LimitReader(p.stdin, schema.MaxFile+1))
	} else {
		file, err = readConfig(path)
	}
	if err != nil {
		return nil, nil, err
	}
	config, err := p.evaluator().Evaluate(ctx, path, file)
	if err != nil {
		return nil, nil, err
	}
	court, err := engine.NewCourt(config)
	return court, config, err
}

// tellDiff says the changes, a paragraph for each rule.
func tellDiff(changes []engine.RuleChange, zone *time.Location) string {
	var b strings.Builder
	for i, c := range changes {
		if i > 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "%s: weeks: %s -> %s; record: %s -> %s; breaches: %d gained, %d lost\n", c.Rule,
			runWeeks(c.Before, &c.Before.Current), runWeeks(c.After, &c.After.Current),
			runWeeks(c.Before, c.Before.Record), runWeeks(c.After, c.After.Record), c.Gained, c.Lost)
		for _, x := range c.Breaches {
			sign := map[rules.Change]string{rules.ChangeGained: "+", rules.ChangeLost: "-"}[x.Change]
			fmt.Fprintf(&b, "  %s %s  %s\n", sign, x.At.In(zone).Format("Mon 2 Jan 2006, 15:04 MST"), subject(x.Deployment))
		}
	}
	return b.String()
}

// runWeeks says a run's number, "-" where there is none.
func runWeeks(h rules.History, r *rules.Run) string {
	switch {
	case !h.Known || r == nil:
		return "-"
	case r.AtLeast:
		return fmt.Sprintf("at least %d", r.Weeks)
	}
	return fmt.Sprint(r.Weeks)
}

// diffAnswer is the JSON of diff; before and after are null for a rule that the
// policy does not have, or whose number is not known.
type diffAnswer struct {
	At    time.Time        `json:"at"`
	Rules []ruleDiffAnswer `json:"rules"`
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

func newDiffAnswer(changes []engine.RuleChange, at time.Time) diffAnswer {
	zone := at.Location()
	a := diffAnswer{At: at, Rules: []ruleDiffAnswer{}}
	for _, c := range changes {
		r := ruleDiffAnswer{Rule: c.Rule, Gained: []breachAnswer{}, Lost: []breachAnswer{}}
		if c.Before.Known {
			r.Before, r.RecordBefore = newRunAnswer(&c.Before.Current, zone), newRunAnswer(c.Before.Record, zone)
		}
		if c.After.Known {
			r.After, r.RecordAfter = newRunAnswer(&c.After.Current, zone), newRunAnswer(c.After.Record, zone)
		}
		for _, x := range c.Breaches {
			answer := *newBreachAnswer(&x.Breach, zone)
			if x.Change == rules.ChangeGained {
				r.Gained = append(r.Gained, answer)
			} else {
				r.Lost = append(r.Lost, answer)
			}
		}
		a.Rules = append(a.Rules, r)
	}
	return a
}

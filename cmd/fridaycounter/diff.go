package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

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

It reads what run has kept of the new file's source, and asks that where nothing is
kept.`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := p.diff(cmd.Context(), args[0], args[1], at)
			if err != nil {
				return err
			}
			defer d.close()
			if asJSON {
				return d.printJSON(cmd.Context(), p.stdout)
			}
			return d.print(cmd.Context(), p.stdout)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the changes as JSON")
	cmd.Flags().StringVar(&at, "at", "", "compare as of this `time`, not now "+atUsage)
	return cmd
}

// A diff is two policies over the same facts.
type diff struct {
	asked   // of the new policy
	changes []engine.RuleChange
}

// diff compares two files over what is known of the new one's source. The caller
// closes what is returned without an error.
func (p *program) diff(ctx context.Context, oldPath, newPath, at string) (*diff, error) {
	if oldPath == "-" && newPath == "-" {
		return nil, fmt.Errorf("only one of the files can be standard input")
	}
	before, config, err := p.court(ctx, oldPath)
	if err != nil {
		return nil, err
	}
	a, err := p.ask(ctx, newPath, at, false, p.court)
	if err != nil {
		return nil, err
	}
	if engine.SourceKey(config, a.dir) != engine.SourceKey(a.config, a.dir) {
		config = a.config // of another server nothing can be compared but the rules
	}
	old, err := before.Read(ctx, a.store, config, a.dir, a.as)
	if err != nil {
		return nil, errors.Join(err, a.close())
	}
	return &diff{a, old.Compare(a.docket, a.as)}, nil
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

// print says the changes, a paragraph for each rule.
func (d *diff) print(ctx context.Context, w io.Writer) error {
	out := bufio.NewWriter(w)
	for i, c := range d.changes {
		if i > 0 {
			fmt.Fprintln(out)
		}
		fmt.Fprintln(out, c.String())
		for b, change := range c.Breaches(d.as) {
			if err := d.docket.Complete(ctx, d.store, &b, d.as); err != nil {
				return err
			}
			fmt.Fprintf(out, "  %s\n", engine.BreachLine(b, change, d.court.Zone()))
		}
	}
	return out.Flush()
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

func (d *diff) printJSON(ctx context.Context, w io.Writer) error {
	zone := d.court.Zone()
	a := diffAnswer{At: d.as.In(zone), Rules: []ruleDiffAnswer{}}
	for _, c := range d.changes {
		r := ruleDiffAnswer{Rule: c.Rule, Gained: []breachAnswer{}, Lost: []breachAnswer{}}
		if c.Before.Known {
			r.Before, r.RecordBefore = newRunAnswer(&c.Before.Current, zone), newRunAnswer(c.Before.Record, zone)
		}
		if c.After.Known {
			r.After, r.RecordAfter = newRunAnswer(&c.After.Current, zone), newRunAnswer(c.After.Record, zone)
		}
		for b, change := range c.Breaches(d.as) {
			if err := d.docket.Complete(ctx, d.store, &b, d.as); err != nil {
				return err
			}
			list := &r.Gained
			if change == rules.ChangeLost {
				list = &r.Lost
			}
			*list = append(*list, *newBreachAnswer(&b, zone))
		}
		a.Rules = append(a.Rules, r)
	}
	return printJSON(w, a)
}

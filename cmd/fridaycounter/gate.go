package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

// The exit codes of gate, beside exitOK.
const (
	exitForbidden  = 3
	exitCannotTell = 4
)

func (p *program) gateCommand() *cobra.Command {
	var asJSON bool
	var at, project, environment string
	cmd := &cobra.Command{
		Use:   "gate",
		Short: "May we deploy now? Exit 0 yes, 3 no, 4 cannot tell",
		Long: `Say whether the policy lets anybody deploy now, until when, and by which rule. It
needs neither network nor history, so a pipeline can ask it before it deploys.

An environment or project is given as the policy names it. One that it does not name
is most likely misspelt, and gets no yes.

Exit codes: 0 yes, 3 no, 4 cannot tell, because the policy file, a name or this
machine's clock cannot be right. A clock that nobody keeps may be wrong all the same.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			gate, err := p.gate(cmd.Context(), project, environment, at)
			if err != nil {
				return exitWith{exitCannotTell, err}
			}
			if asJSON {
				err = printJSON(p.stdout, newGateAnswer(gate))
			} else {
				_, err = fmt.Fprintln(p.stdout, gateSentence(gate))
			}
			if err == nil && !gate.Allowed {
				err = exitWith{exitForbidden, nil}
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the answer as JSON")
	cmd.Flags().StringVar(&at, "at", "", "ask for this `time`, not now "+atUsage+"; it may lie in the future")
	cmd.Flags().StringVar(&project, "project", "", "deployment project, by `name` or id as the policy has it (default any)")
	cmd.Flags().StringVar(&environment, "environment", "", "environment, by `name` or id as the policy has it (default any)")
	p.offerNames(cmd, "project", projectNames)
	p.offerNames(cmd, "environment", environmentNames)
	return cmd
}

func (p *program) gate(ctx context.Context, project, environment, at string) (engine.Gate, error) {
	court, config, err := p.court(ctx, p.configPath())
	if err != nil {
		return engine.Gate{}, err
	}
	if err := knownNames(config, project, environment); err != nil {
		return engine.Gate{}, err
	}
	now := clock()
	if at != "" {
		if now, err = parseInstant("--at", at, court.Zone()); err != nil {
			return engine.Gate{}, err
		}
	} else if err := rightClock(now); err != nil {
		return engine.Gate{}, err
	}
	return court.Gate(project, environment, now), nil
}

// knownNames refuses names that the policy does not have: a misspelt one would be in
// the scope of no rule.
func knownNames(c *schema.Config, project, environment string) error {
	projects, environments := policyPatterns(c)
	readProjects, readEnvironments := sourcePatterns(c)
	return errors.Join(knownName("--project", project, projects, readProjects == nil), knownName("--environment", environment, environments, readEnvironments == nil))
}

// sourcePatterns are those that limit what is read; nil is all.
func sourcePatterns(c *schema.Config) (projects, environments []rules.Pattern) {
	if b := c.Source.Bamboo; b != nil {
		return b.Projects, b.Environments
	}
	return nil, c.Source.File.Environments
}

// policyPatterns are those of the source and of the rules.
func policyPatterns(c *schema.Config) (projects, environments []rules.Pattern) {
	projects, environments = sourcePatterns(c)
	for _, r := range c.Rules {
		projects, environments = append(projects, r.Projects...), append(environments, r.Environments...)
	}
	return projects, environments
}

// knownName refuses a name that no pattern has. Where the source reads all, only one
// that differs from a pattern by case is refused.
func knownName(flag, name string, patterns []rules.Pattern, all bool) error {
	if name == "" {
		return nil
	}
	var have []string
	folded := false
	for _, p := range patterns {
		if p.MatchAny(name, name) {
			return nil
		}
		folded = folded || strings.EqualFold(p.String(), name)
		if text := fmt.Sprintf("%q", p); !slices.Contains(have, text) {
			have = append(have, text)
		}
	}
	if all && !folded {
		return nil
	}
	return fmt.Errorf("%s %q: the policy does not name it: it names %s", flag, name, strings.Join(have, ", "))
}

// gateSentence answers as a person would.
func gateSentence(g engine.Gate) string {
	word, end := "yes", "; then "+g.Rule+" forbids it"
	if !g.Allowed {
		word, end = "no", fmt.Sprintf(", by %s (%s:%d)", g.Rule, g.Source.File, g.Source.Line)
	}
	switch {
	case g.Rule == "":
		return word + ": no rule will ever forbid it"
	case g.Until.IsZero():
		return word + ": for ever" + end
	}
	return fmt.Sprintf("%s: until %s%s", word, day(g.Until), end)
}

// gateAnswer is the JSON of gate. Until is null when the answer never changes.
type gateAnswer struct {
	At      time.Time  `json:"at"`
	Allowed bool       `json:"allowed"`
	Rule    string     `json:"rule"`
	Until   *time.Time `json:"until"`
}

func newGateAnswer(g engine.Gate) gateAnswer {
	return gateAnswer{At: g.At, Allowed: g.Allowed, Rule: g.Rule, Until: present(g.Until, g.At.Location())}
}

// exitWith is an error with an exit code of its own; a nil err says nothing.
type exitWith struct {
	code int
	err  error
}

// Error returns the cause's text.
func (e exitWith) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

// Unwrap returns the cause.
func (e exitWith) Unwrap() error { return e.err }

// exitCode returns the exit code for an error, and the error to report, if any.
func exitCode(err error) (int, error) {
	if e, ok := errors.AsType[exitWith](err); ok {
		return e.code, e.err
	}
	if err != nil {
		return exitError, err
	}
	return exitOK, nil
}

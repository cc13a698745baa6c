// Package doctor looks at everything that a counter needs, and says what to do.
package doctor

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/schema"
)

// maxTime is how long all checks may take.
const maxTime = 15 * time.Second

// serviceUser runs the installed counter.
const serviceUser = "fridaycounter"

// asServiceUser is a hint: how to look again as that user.
const asServiceUser = "sudo -u " + serviceUser + " fridaycounter doctor"

// Options say what to look at.
type Options struct {
	Machine *Machine
	Policy  string // path of counter.cue
	History string // path; "": there is no home directory for it
	Getenv  func(string) string
	Alive   string // only check that a counter serves its page here, as host:port, and is alive
}

// Run makes all checks, and calls found with each finding as soon as there is one.
func Run(ctx context.Context, o Options, found func(Finding) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, maxTime, fmt.Errorf("not within the %v of doctor", maxTime))
	defer cancel()
	d := &doctor{Options: o}
	if o.Alive != "" {
		return look(ctx, []check{{"web", "", d.checkAlive}}, "", found)
	}
	if err := look(ctx, d.checks(), "", found); err != nil || d.policy == nil {
		return err
	}
	all := d.policy.Config.Sources
	for i := range all {
		prefix := ""
		if len(all) > 1 {
			prefix = all[i].Name + ": "
		}
		if err := look(ctx, d.target(&all[i]).checks(), prefix, found); err != nil {
			return err
		}
	}
	return nil
}

// A doctor makes the checks. Earlier checks set fields that later ones read.
type doctor struct {
	Options
	policy *engine.Policy // in force; nil: none
	wall   *schema.Wall   // that wall.cue says; nil: the policy is a counter.cue
	device string         // of the chain
}

// A check looks at one thing. Its finding is reported under its name. A finding without a result
// is not reported.
type check struct {
	name  string
	needs string // the earlier check that may have this one skipped, by name; "": none
	look  func(context.Context) Finding
}

// checks lists all checks but those of the sources, which a target has.
func (d *doctor) checks() []check {
	return []check{
		{"policy", "", d.checkPolicy},
		{"state", "", d.checkState},
		{"history", "state", d.checkHistory},
		{"machine", "", d.checkMachine},
		{"spi", "policy", d.checkSPI},
		{"spi access", "spi", d.checkSPIAccess},
		{"spi speed", "spi", d.checkSPISpeed},
		{"spi message", "spi", d.checkSPIMessage},
		{"spi users", "spi", d.checkSPIUsers},
		{"power", "policy", d.checkPower},
		{"clock", "", d.checkClock},
		{"time server", "", d.checkTimeServer},
		{"time zone", "policy", d.checkZone},
		{"web", "policy", d.checkWeb},
		{"service", "", d.checkService},
		{"mqtt", "", d.checkBroker},
		{"webhooks", "", d.checkWebhooks},
		{"source", "policy", func(context.Context) Finding { return Finding{} }}, // only says skip where there is no policy
	}
}

// look makes checks, and puts a prefix before what they found.
func look(ctx context.Context, checks []check, prefix string, found func(Finding) error) error {
	instead := map[string]*Finding{} // by name of a check, what to report of those that need it
	for _, c := range checks {
		f := instead[c.needs]
		if f == nil {
			made := c.look(ctx)
			f = &made
		}
		instead[c.name] = f.rest
		if errors.Is(ctx.Err(), context.Canceled) {
			return ctx.Err()
		}
		if f.Result == "" {
			continue
		}
		if err := found(Finding{Check: c.name, Result: f.Result, Found: oneLine(prefix + f.Found), Hint: oneLine(f.Hint)}); err != nil {
			return err
		}
	}
	return nil
}

// A Result says how a check ended.
type Result string

// The results.
const (
	OK   Result = "ok"
	Warn Result = "warn" // it works, but somebody should look
	Fail Result = "fail"
	Skip Result = "skip" // it could not be checked here
)

// A Finding is what one check found.
type Finding struct {
	Check  string `json:"check"`
	Result Result `json:"state"`
	Found  string `json:"found"` // for Skip: why
	Hint   string `json:"hint"`  // what to do; "" if nothing is

	rest *Finding // in place of the checks that need this one; nil: make them
}

// skipping returns the finding, and has the checks that need it skipped.
func (f Finding) skipping(why string) Finding {
	rest := skipped("%s", why)
	rest.rest = &rest
	f.rest = &rest
	return f
}

// ExitCode returns the exit code of doctor: 1 if a check failed, 2 if there are only warnings, else 0.
func ExitCode(findings []Finding) (code int) {
	for _, f := range findings {
		switch f.Result {
		case Fail:
			return 1
		case Warn:
			code = 2
		}
	}
	return code
}

func okay(format string, args ...any) Finding {
	return Finding{Result: OK, Found: fmt.Sprintf(format, args...)}
}

func warning(hint, format string, args ...any) Finding {
	return Finding{Result: Warn, Found: fmt.Sprintf(format, args...), Hint: hint}
}

func failure(hint, format string, args ...any) Finding {
	return Finding{Result: Fail, Found: fmt.Sprintf(format, args...), Hint: hint}
}

func skipped(format string, args ...any) Finding {
	return Finding{Result: Skip, Found: fmt.Sprintf(format, args...)}
}

// textLine matches what fits into a line of 80 columns beside the name of the check, or a longer word.
var textLine = regexp.MustCompile(`(\S.{0,59}|\S+)( |$)`)

// String returns the lines of a finding, none wider than 80 columns unless a word is.
func (f Finding) String() string {
	text := textLine.ReplaceAllString(f.Found, "$1\n")
	if f.Hint != "" {
		text += textLine.ReplaceAllString("-> "+f.Hint, "$1\n")
	}
	lines := strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n"+strings.Repeat(" ", 20))
	return fmt.Sprintf("%-4s  %-13s %s\n", f.Result, f.Check, lines)
}

// oneLine returns a text of one line that does not steer the terminal, whoever it comes from.
func oneLine(text string) string { return report.Printable(strings.Join(strings.Fields(text), " ")) }

// list joins the first of some texts, and says how many more there are.
func list(texts []string, most int, separator string) string {
	if more := len(texts) - most; more > 0 {
		texts = append(slices.Clone(texts[:most]), fmt.Sprintf("%d more", more))
	}
	return strings.Join(texts, separator)
}

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
		return look(ctx, []check{{"web", d.checkAlive}}, "", found)
	}
	for _, group := range d.checks() {
		if err := look(ctx, group, "", found); err != nil {
			return err
		}
	}
	if d.policy == nil {
		return found(Finding{Check: "source", Result: Skip, Found: noPolicy})
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
	device string         // of the chain
}

// A check looks at one thing. Its finding is reported under its name. A finding without a result
// is not reported.
type check struct {
	name string
	look func(context.Context) Finding
}

// checks lists all checks but those of the sources, which a target has. In a group each check
// needs the ones before it. The first check of all reads the policy.
func (d *doctor) checks() [][]check {
	policy := check{"", d.needPolicy}
	return [][]check{
		{{"policy", d.checkPolicy}},
		{{"state", d.checkState}, {"history", d.checkHistory}},
		{{"machine", d.checkMachine}},
		{
			policy, {"spi", d.checkSPI}, {"spi access", d.checkSPIAccess}, {"spi speed", d.checkSPISpeed},
			{"spi message", d.checkSPIMessage}, {"spi users", d.checkSPIUsers},
		},
		{policy, {"power", d.checkPower}},
		{{"clock", d.checkClock}},
		{{"time server", d.checkTimeServer}},
		{policy, {"time zone", d.checkZone}},
		{policy, {"web", d.checkWeb}},
		{{"service", d.checkService}},
	}
}

const noPolicy = "there is no policy"

// needPolicy skips the checks after it where there is no policy.
func (d *doctor) needPolicy(context.Context) (f Finding) {
	if d.policy == nil {
		return f.skipping(noPolicy)
	}
	return f
}

// look makes the checks of a group, and puts a prefix before what they found.
func look(ctx context.Context, group []check, prefix string, found func(Finding) error) error {
	var rest *Finding
	for _, c := range group {
		var f Finding
		if rest != nil {
			f = *rest
		} else {
			f = c.look(ctx)
			rest = f.rest
		}
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

	rest *Finding // for the later checks of the group, which are not made then; nil: make them
}

// skipping returns the finding, after which the later checks of the group are skipped; why says the
// reason.
func (f Finding) skipping(why string) Finding {
	rest := skipped("%s", why)
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

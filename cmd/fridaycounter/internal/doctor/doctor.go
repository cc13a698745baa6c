// Package doctor looks at everything that a counter needs, and says what to do.
package doctor

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/sources"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/state"
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
	State   string // directory of the history; "": where it is by default
	Getenv  func(string) string
}

// Run makes all checks, and calls found with each finding as soon as there is one.
func Run(ctx context.Context, o Options, found func(Finding) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, maxTime, fmt.Errorf("not within the %v of doctor", maxTime))
	defer cancel()
	d := &doctor{Options: o}
	for _, group := range d.checks() {
		if err := d.look(ctx, group, found); err != nil {
			return err
		}
	}
	if d.config == nil {
		return nil
	}
	for i := range d.config.Sources {
		d.server = server{source: &d.config.Sources[i]}
		if err := d.look(ctx, d.sourceChecks(), found); err != nil {
			return err
		}
	}
	return nil
}

// A doctor makes the checks, of which the earlier leave something to the later.
type doctor struct {
	Options
	rest *Finding // of each further check of the group; nil: it has to be made

	config *schema.Config // in force; nil: none
	device string         // of the chain
	server server         // the source that is being checked
}

// A check looks at one thing. Its name is that of the finding, which is the zero Finding where
// there is nothing to say.
type check struct {
	name string
	look func(context.Context) Finding
}

// checks lists all checks, in groups of which each check needs those before it. The first one
// finds the policy, by which the others go.
func (d *doctor) checks() [][]check {
	return [][]check{
		{{"policy", d.checkPolicy}},
		{{"state", d.checkState}, {"history", d.checkHistory}},
		{{"machine", d.checkMachine}},
		{
			{"spi", d.checkSPI}, {"spi access", d.checkSPIAccess}, {"spi speed", d.checkSPISpeed},
			{"spi message", d.checkSPIMessage}, {"spi users", d.checkSPIUsers},
		},
		{{"power", d.checkPower}},
		{{"clock", d.checkClock}},
		{{"time server", d.checkTimeServer}},
		{{"time zone", d.checkZone}},
		{{"web", d.checkWeb}},
		{{"service", d.checkService}},
		{{"source", func(context.Context) Finding { return Finding{} }}}, // skipped without a policy: see sourceChecks
	}
}

// sourceChecks lists the checks of a source. They may wait for the network, and follow a server
// from the credential to the answers, as a poll does.
func (d *doctor) sourceChecks() []check {
	s := d.server.source
	if s.Kind == "file" {
		return []check{{"file", d.checkFile}}
	}
	way := []check{
		{"credential", d.checkCredential}, {s.Kind, d.checkClient},
		{"proxy", d.checkProxy}, {"dns", d.checkDNS}, {"tcp", d.checkTCP}, {"tls", d.checkTLS},
	}
	if s.Kind != "bamboo" {
		return append(way, check{"login", d.checkLists}, check{"server clock", d.checkServerClock})
	}
	return append(way, []check{
		{"http", d.checkHTTP}, {"server clock", d.checkServerClock},
		{"login", d.checkLogin}, {"environments", d.checkEnvironments},
	}...)
}

// place names a field of the source in hints.
func (d *doctor) place(field string) string {
	s := d.server.source
	if s.Name == s.Kind {
		return "source: " + s.Kind + ": " + field
	}
	return "sources: " + s.Name + ": " + s.Kind + ": " + field
}

// look makes the checks of a group.
func (d *doctor) look(ctx context.Context, group []check, found func(Finding) error) error {
	d.rest = nil
	if d.config == nil && slices.Contains([]string{"spi", "power", "time zone", "web", "source"}, group[0].name) {
		d.skipRest("there is no policy")
	}
	for _, c := range group {
		var f Finding
		if d.rest != nil {
			f = *d.rest
		} else {
			f = c.look(ctx)
		}
		if errors.Is(ctx.Err(), context.Canceled) {
			return ctx.Err()
		}
		if f == (Finding{}) {
			continue
		}
		if s := d.server.source; s != nil && len(d.config.Sources) > 1 {
			f.Found = s.Name + ": " + f.Found
		}
		if err := found(Finding{c.name, f.Result, oneLine(f.Found), oneLine(f.Hint)}); err != nil {
			return err
		}
	}
	return nil
}

// skipRest skips the rest of the group.
func (d *doctor) skipRest(why string) Finding {
	f := skipped("%s", why)
	d.rest = &f
	return f
}

// historyPath returns where the history is.
func (d *doctor) historyPath() string { return state.Path(d.State, d.Policy, d.Getenv) }

// opener returns what opens the source for a poll.
func (d *doctor) opener() *sources.Opener {
	return &sources.Opener{
		Dir: filepath.Dir(d.Policy), Getenv: d.Getenv, Lockouts: d.server.lockouts,
		ServiceCredential: d.Machine.unit.Credential,
	}
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

// The layout of findings, in columns.
const (
	width  = 80
	indent = 19
)

// String returns the lines of a finding, none wider than width unless a word is.
func (f Finding) String() string {
	text := fmt.Sprintf("%-4s  %-13s%s", f.Result, f.Check, wrap(f.Found))
	if f.Hint != "" {
		text += strings.Repeat(" ", indent) + wrap("-> "+f.Hint)
	}
	return text
}

// wrap breaks a text that begins at indent into lines, with a blank before each word.
func wrap(text string) string {
	var b strings.Builder
	column := indent
	for _, word := range strings.Fields(text) {
		size := 1 + utf8.RuneCountInString(word)
		if column > indent && column+size > width {
			b.WriteString("\n" + strings.Repeat(" ", indent))
			column = indent
		}
		b.WriteString(" " + word)
		column += size
	}
	return b.String() + "\n"
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

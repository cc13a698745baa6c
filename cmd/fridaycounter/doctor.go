package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/host"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/sources"
	"github.com/fridaycounter/fridaycounter/schema"
)

// exitWarned is the exit code where there are only warnings; exitError, where a check failed.
const exitWarned = 2

// doctorTime is how long all checks may take.
const doctorTime = 15 * time.Second

// serviceUser runs the installed counter.
const serviceUser = "fridaycounter"

func (p *program) doctorCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Look at everything that a counter needs, and say what to do",
		Long: `Look at everything that a counter needs: the policy, the history, SPI and power, the
clock and the zone, Bamboo or the file, the page and the service. Each check is one of

  ok    what was found is good
  warn  it works, but look at it
  fail  the counter will not work so
  skip  this could not be checked here, and why

It changes nothing but this: a login that is refused now is kept in the history, which is
made for it, so that nobody sends it again. One that was refused before is not sent.

Run it as the service runs, for what that user may do, or as root, which judges the
files and devices for that user too, and sees which process holds the SPI port:

  sudo -u fridaycounter fridaycounter doctor
  sudo fridaycounter doctor

Exit codes: 0 all is well or skipped, 1 a check failed, 2 there are only warnings.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.doctor(cmd.Context(), newSystem(), asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print an array of {check, state, found, hint}")
	return cmd
}

// A doctor looks at what a counter needs.
type doctor struct {
	*program
	host  *system
	user  subject
	unit  host.Unit // of the installed service
	text  io.Writer // gets each finding at once
	found []finding
	code  int      // the exit code by the worst of them
	rest  *finding // of each further check of the group; nil: it has to be made

	// What earlier checks leave to later ones.
	path   string         // of the policy
	config *schema.Config // in force; nil: none
	device string         // of the chain
	server server         // the Bamboo
}

// A check looks at one thing. Its name is that of the finding. It finds nothing, the zero
// finding, where there is nothing to say.
type check struct {
	name string
	look func(context.Context) finding
}

// checks lists all of them, in groups of which each check needs those before it. The first
// finds the policy, by which the others go; the last may wait for the network, and follow
// a Bamboo from the credential to the answers, as a poll does.
func (d *doctor) checks() [][]check {
	return [][]check{
		{{"policy", d.lookAtPolicy}},
		{{"state", d.lookAtState}, {"history", d.lookAtHistory}},
		{{"machine", d.lookAtMachine}},
		{{"spi", d.lookAtSPI}, {"spi access", d.lookAtSPIAccess}, {"spi speed", d.lookAtSPISpeed}, {"spi message", d.lookAtSPIMessage}, {"spi users", d.lookAtSPIUsers}},
		{{"power", d.lookAtPower}},
		{{"clock", d.lookAtClock}},
		{{"time server", d.lookAtTimeServer}},
		{{"time zone", d.lookAtZone}},
		{{"web", d.lookAtWeb}},
		{{"service", d.lookAtService}},
		{{"source", nothing}}, // its checks are those of the policy's source, below
		{{"file", d.lookAtFile}},
		{
			{"credential", d.lookAtCredential}, {"bamboo", d.lookAtClient},
			{"proxy", d.lookAtProxy}, {"dns", d.lookAtDNS}, {"tcp", d.lookAtTCP}, {"tls", d.lookAtTLS},
			{"http", d.lookAtHTTP}, {"login", d.lookAtLogin}, {"environments", d.lookAtEnvironments},
		},
		{{"server clock", d.lookAtServerClock}},
	}
}

// doctor makes all checks and prints what they found.
func (p *program) doctor(ctx context.Context, h *system, asJSON bool) error {
	ctx, cancel := context.WithTimeoutCause(ctx, doctorTime, fmt.Errorf("not within the %v of doctor", doctorTime))
	defer cancel()
	d := &doctor{program: p, host: h, user: h.subject(), unit: host.FindUnit(h.Files), path: p.configPath(), text: p.stdout}
	if asJSON {
		d.text = io.Discard
	}
	for _, group := range d.checks() {
		if err := d.look(ctx, group); err != nil {
			return err
		}
	}
	var err error
	if asJSON {
		err = printJSON(p.stdout, d.found)
	}
	if err == nil && d.code != exitOK {
		err = exitWith{d.code, nil}
	}
	return err
}

// nothing is a check that is only skipped.
func nothing(context.Context) finding { return finding{} }

// look makes the checks of a group.
func (d *doctor) look(ctx context.Context, group []check) error {
	d.rest = nil
	if d.config == nil && slices.Contains([]string{"spi", "power", "time zone", "web", "source"}, group[0].name) {
		d.skipRest("there is no policy")
	}
	for _, c := range group {
		var f finding
		if d.rest != nil {
			f = *d.rest
		} else {
			f = c.look(ctx)
		}
		if errors.Is(ctx.Err(), context.Canceled) {
			return errInterrupted
		}
		if f == (finding{}) {
			continue
		}
		f = finding{c.name, f.State, plain(f.Found), plain(f.Hint)}
		d.found = append(d.found, f)
		if f.State == condFail {
			d.code = exitError
		} else if f.State == condWarn && d.code == exitOK {
			d.code = exitWarned
		}
		if _, err := io.WriteString(d.text, f.String()); err != nil {
			return err
		}
	}
	return nil
}

// skipRest skips the rest of the group.
func (d *doctor) skipRest(why string) finding {
	f := skipped("%s", why)
	d.rest = &f
	return f
}

// dir is where relative paths of the policy begin.
func (d *doctor) dir() string { return filepath.Dir(d.path) }

// opener makes what a poll would use.
func (d *doctor) opener() *sources.Opener {
	return &sources.Opener{Dir: d.dir(), Getenv: d.getenv, Lockouts: d.server.lockouts, ServiceCredential: func(name string) (dir, file string) {
		return d.unit.Credential(d.host.Files, name)
	}}
}

// asUser says how to look again as the user that runs the counter.
const asUser = "sudo -u " + serviceUser + " fridaycounter doctor"

// A condition is how a check ended.
type condition string

const (
	condOK   condition = "ok"
	condWarn condition = "warn" // works, but somebody should look
	condFail condition = "fail"
	condSkip condition = "skip" // could not be made here
)

// A finding is what one check found.
type finding struct {
	Check string    `json:"check"`
	State condition `json:"state"`
	Found string    `json:"found"` // for skip: why
	Hint  string    `json:"hint"`  // what to do; "" where nothing is
}

func okay(format string, args ...any) finding {
	return finding{State: condOK, Found: fmt.Sprintf(format, args...)}
}

func warning(hint, format string, args ...any) finding {
	return finding{State: condWarn, Found: fmt.Sprintf(format, args...), Hint: hint}
}

func failure(hint, format string, args ...any) finding {
	return finding{State: condFail, Found: fmt.Sprintf(format, args...), Hint: hint}
}

func skipped(format string, args ...any) finding {
	return finding{State: condSkip, Found: fmt.Sprintf(format, args...)}
}

// The layout of findings, in columns.
const (
	findingWidth  = 80
	findingIndent = 19
)

// String returns the lines of a finding, none wider than findingWidth unless a word is.
func (f finding) String() string {
	text := fmt.Sprintf("%-4s  %-13s%s", f.State, f.Check, wrap(f.Found))
	if f.Hint != "" {
		text += strings.Repeat(" ", findingIndent) + wrap("-> "+f.Hint)
	}
	return text
}

// wrap breaks a text that begins at findingIndent into lines, with a blank before each word.
func wrap(text string) string {
	var b strings.Builder
	column := findingIndent
	for _, word := range strings.Fields(text) {
		width := 1 + utf8.RuneCountInString(word)
		if column > findingIndent && column+width > findingWidth {
			b.WriteString("\n" + strings.Repeat(" ", findingIndent))
			column = findingIndent
		}
		b.WriteString(" " + word)
		column += width
	}
	return b.String() + "\n"
}

// plain returns a text of one line that does not steer the terminal, whoever it comes from.
func plain(text string) string { return printable(strings.Join(strings.Fields(text), " ")) }

// few lists the first of some texts, and says how many more there are.
func few(texts []string, most int, separator string) string {
	if more := len(texts) - most; more > 0 {
		texts = append(slices.Clone(texts[:most]), fmt.Sprintf("%d more", more))
	}
	return strings.Join(texts, separator)
}

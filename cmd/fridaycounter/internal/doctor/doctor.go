// Package doctor looks at everything that a counter needs, and says what to do.
package doctor

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

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
	return nil
}

// A doctor makes the checks, of which the earlier leave something to the later.
type doctor struct {
	Options
	rest *Finding // of each further check of the group; nil: it has to be made

	config *schema.Config // in force; nil: none
	device string         // of the chain
	server server         // the Bamboo
}

// A check looks at one thing. Its name is that of the finding, which is the zero Finding where
// there is nothing to say.
type check struct {
	name string
	look func(context.Context) Finding
}

// checks lists all checks, in groups of which each check needs those before it. The first one
// finds the policy, by which the others go. The last ones may wait for the network; they follow
// Bamboo from the credential to the answers, as a poll does.
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
		{{"source", func(context.Context) Finding { return Finding{} }}}, // its checks are those of the policy's source, below
		{{"file", d.checkFile}},
		{
			{"credential", d.checkCredential}, {"bamboo", d.checkClient},
			{"proxy", d.checkProxy}, {"dns", d.checkDNS}, {"tcp", d.checkTCP}, {"tls", d.checkTLS},
			{"http", d.checkHTTP}, {"server clock", d.checkServerClock},
			{"login", d.checkLogin}, {"environments", d.checkEnvironments},
		},
	}
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
		if err := found(Finding{c.name, f.State, oneLine(f.Found), oneLine(f.Hint)}); err != nil {
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
		ServiceCredential: func(name string) (dir, file string) { return d.Machine.unit.Credential(d.Machine.Files, name) },
	}
}

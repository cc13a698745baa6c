package schema

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema/internal/diagnose"
)

// An Evaluator evaluates counter.cue in a child process, so that no file can
// hang, fill or crash the process that asks. It may be used concurrently.
type Evaluator struct {
	// Command returns the command that runs [Child] on its standard input and
	// output: this program again, with the hidden subcommand. It must end the
	// process when ctx ends, as exec.CommandContext does.
	Command func(ctx context.Context) *exec.Cmd
	// Version is that of this program, as v1.2.3. A file that is refused and that was
	// written for a newer schema names both versions.
	Version string

	wallClock time.Duration // for tests; 0: the constant
}

// Evaluate checks the file and returns its configuration. It is the whole of
// `vet`: the schema, what plain `cue vet` cannot see, and the pages under a
// spread of streaks. Name is used in positions; of a file that is refused, the version
// of the schema beside it is read from disk, and nothing else.
// Whatever is wrong with the file, or became of the child because of it, is an
// [*Error]; any other error means that the child did not run or answer.
func (e *Evaluator) Evaluate(ctx context.Context, name string, file []byte) (*Config, error) {
	if of, at := definitionOf(name, file); of == "#Wall" {
		return nil, &Error{Diagnostics: []Diagnostic{{Position: at, Message: "this is the file of a wall, which only shows what its counter decides",
			Hint: "run takes it when it starts, vet and doctor do always; all else is for the counter's machine"}}}
	}
	a, err := e.run(ctx, request{Name: name, Version: e.Version, File: file})
	return a.Config, err
}

// Wall checks a wall.cue and returns what it says. Errors are those of Evaluate.
func (e *Evaluator) Wall(ctx context.Context, name string, file []byte) (*Wall, error) {
	if of, at := definitionOf(name, file); of == "#Counter" {
		return nil, &Error{Diagnostics: []Diagnostic{{Position: at, Message: "this is the policy of a counter, and not the file of a wall",
			Hint: "fridaycounter init --wall DIR writes one to begin with"}}}
	}
	a, err := e.run(ctx, request{Name: name, Version: e.Version, File: file, IsWall: true})
	return a.Wall, err
}

// Pages returns the pages under the live values, with their texts. Their number
// may differ from that of Config.Pages, since a page may depend on #streak.
// Errors are those of [Evaluator.Evaluate].
func (e *Evaluator) Pages(ctx context.Context, name string, file []byte, live Live) ([]Page, error) {
	a, err := e.run(ctx, request{Name: name, Version: e.Version, File: file, Live: &live})
	return a.Pages, err
}

// Scenarios checks a counter_scenarios.cue and returns its scenarios for a policy
// that was accepted, in the order of the file. It sees no other file: policy is
// what [Evaluator.Evaluate] made of counter.cue. Errors are those of Evaluate, and
// of them Display is nil.
func (e *Evaluator) Scenarios(ctx context.Context, name string, file []byte, policy *Config) ([]Scenario, error) {
	a, err := e.run(ctx, request{Name: name, Version: e.Version, File: file, Policy: policy})
	return a.Scenarios, err
}

// A request is what the child reads: one JSON value.
type request struct {
	Name    string
	Version string // see Evaluator
	File    []byte
	// Policy, if not nil, says that File is the scenarios of this policy.
	Policy *Config
	Live   *Live // nil: check everything; else only the pages under these values
	IsWall bool  // File is a wall.cue
}

func (r *request) kind() diagnose.Kind {
	switch {
	case r.Policy != nil:
		return scenariosKind()
	case r.IsWall:
		return wallKind()
	}
	return policyKind()
}

// An answer is what the child writes: diagnostics, or what the request is for.
type answer struct {
	Config      *Config
	Wall        *Wall
	Scenarios   []Scenario
	Pages       []Page
	Diagnostics []Diagnostic
	Display     *Display // see Error
}

// run runs the child once.
func (e *Evaluator) run(ctx context.Context, r request) (answer, error) {
	if len(r.File) > MaxFile {
		return answer{}, wholeFile(r.Name, fmt.Sprintf("%d bytes are more than the %d that %s may have",
			len(r.File), MaxFile, r.kind().Name))
	}
	in, err := json.Marshal(r)
	if err != nil {
		return answer{}, fmt.Errorf("evaluate %s: %w", r.Name, err)
	}
	limit := cmp.Or(e.wallClock, wallClock)
	late := fmt.Errorf("no answer of the child process within %v: the machine is busy or was asleep", limit)
	limited, cancel := context.WithTimeoutCause(ctx, limit, late)
	defer cancel()
	cmd := e.Command(limited)
	out, stderr := &capped{limit: maxOutput}, &capped{limit: 4 << 10}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(in), out, stderr
	cmd.WaitDelay = waitDelay
	err = cmd.Run()
	switch {
	case ctx.Err() != nil:
		return answer{}, fmt.Errorf("evaluate %s: %w", r.Name, context.Cause(ctx))
	case err != nil && cmd.ProcessState == nil:
		return answer{}, fmt.Errorf("evaluate %s: start the child process: %w", r.Name, err)
	case errors.Is(err, exec.ErrWaitDelay): // a busy machine, not the file
		return answer{}, fmt.Errorf("evaluate %s: read the child's answer: %w", r.Name, err)
	case out.over:
		return answer{}, wholeFile(r.Name, fmt.Sprintf("evaluates to more than %d bytes", maxOutput))
	case err != nil:
		return answer{}, childError(r.Name, limited, cmd.ProcessState, err, string(stderr.data))
	}
	var a answer
	if err := json.Unmarshal(out.data, &a); err != nil {
		return answer{}, fmt.Errorf("evaluate %s: read the child's answer: %w", r.Name, err)
	}
	if len(a.Diagnostics) > 0 {
		return answer{}, &Error{Diagnostics: a.Diagnostics, Display: a.Display}
	}
	return a, nil
}

// childError says in words how a child ended that did not answer.
func childError(name string, limited context.Context, state *os.ProcessState, err error, stderr string) error {
	killed := state.String() == "signal: killed"
	switch {
	case limited.Err() != nil: // it has not used up its CPU time, so this is no fault of the file
		return fmt.Errorf("evaluate %s: %w", name, context.Cause(limited))
	case strings.Contains(stderr, "out of memory"), strings.Contains(stderr, "cannot allocate memory"):
		return wholeFile(name, "evaluating it needs more memory than a child process may have")
	case strings.Contains(stderr, "stack exceeds"), strings.Contains(stderr, "stack overflow"):
		return wholeFile(name, "it is nested or recurses too deeply to evaluate")
	case strings.Contains(stderr, "SIGSEGV"):
		// Go's own stacks and tables have no memory left to grow into.
		return wholeFile(name, "evaluating it crashes the child process, most likely for lack of memory")
	case killed && state.SystemTime()+state.UserTime() > cpuTime*9/10:
		return wholeFile(name, fmt.Sprintf("evaluating it takes more than %v of CPU time", cpuTime))
	case killed:
		return wholeFile(name, "the child process that evaluated it was killed, perhaps because memory ran out")
	}
	first, _, _ := strings.Cut(strings.TrimSpace(stderr), "\n")
	if first == "" {
		return wholeFile(name, fmt.Sprintf("the child process that evaluated it ended: %v", err))
	}
	return wholeFile(name, fmt.Sprintf("the child process that evaluated it ended: %v: %s", err, first))
}

// wholeFile returns an Error about the file as a whole.
func wholeFile(name, message string) *Error {
	return &Error{Diagnostics: []Diagnostic{{Position: rules.Position{File: name}, Message: message}}}
}

// capped keeps the first bytes written to it and drops the rest. A child that
// writes without end is ended by its CPU limit.
type capped struct {
	data  []byte // not a bytes.Buffer: its ReadFrom would know no limit
	limit int
	over  bool
}

func (c *capped) Write(p []byte) (int, error) {
	room := min(len(p), c.limit-len(c.data))
	c.over = c.over || room < len(p)
	c.data = append(c.data, p[:room]...)
	return len(p), nil
}

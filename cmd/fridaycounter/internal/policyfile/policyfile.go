// Package policyfile reads and evaluates what a person names as the policy: counter.cue, standard
// input or a pipe.
package policyfile

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/build"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/state"
	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/schema"
)

// A Policy is an evaluated policy file.
type Policy struct {
	*engine.Policy
	File    []byte // that it was evaluated from
	Refused error  // why the file is refused, if this is its last good copy
}

// Evaluator returns what evaluates CUE: this program, started again.
func Evaluator() *schema.Evaluator {
	return &schema.Evaluator{Version: build.SemanticVersion(), Command: func(ctx context.Context) *exec.Cmd {
		child := exec.CommandContext(ctx, build.Executable(), "evaluate")
		child.Args[0] = "fridaycounter" // as ps shows it
		child.Env = []string{}          // it needs none, and a secret may be there
		return child
	}}
}

// Read reads and evaluates a policy file, or stdin for "-".
func Read(ctx context.Context, path string, stdin io.Reader) (Policy, error) {
	file, err := load(ctx, path, stdin)
	if err != nil {
		return Policy{}, err
	}
	return evaluate(ctx, path, file)
}

// ReadEither reads and evaluates a policy file or a wall.cue, or stdin for "-". The wall is nil for
// a policy.
func ReadEither(ctx context.Context, path string, stdin io.Reader) (policy Policy, wall *schema.Wall, err error) {
	file, err := load(ctx, path, stdin)
	switch {
	case err != nil:
	case schema.IsWall(path, file):
		wall, err = Evaluator().Wall(ctx, path, file)
	default:
		policy, err = evaluate(ctx, path, file)
	}
	return policy, wall, err
}

func load(ctx context.Context, path string, stdin io.Reader) ([]byte, error) {
	file, err := Open(ctx, path, stdin, schema.MaxFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w (hint: name the file with --config, or make one with: fridaycounter init .)", err)
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	// One byte more than is allowed, for the evaluator to refuse.
	data, err := io.ReadAll(io.LimitReader(file, schema.MaxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return data, nil
}

func evaluate(ctx context.Context, path string, file []byte) (Policy, error) {
	config, err := Evaluator().Evaluate(ctx, path, file)
	if err != nil {
		return Policy{}, err
	}
	policy, err := engine.NewPolicy(config, filepath.Dir(path))
	return Policy{Policy: policy, File: file}, err
}

// ReadInForce reads the policy that the wall shows: a policy file or, if that is refused, its last
// good copy in the history.
func ReadInForce(ctx context.Context, path string, stdin io.Reader, historyPath string) (Policy, error) {
	policy, err := Read(ctx, path, stdin)
	if _, refused := errors.AsType[*schema.Error](err); refused {
		if good, ok := LastGood(ctx, path, historyPath); ok {
			good.Refused = err
			return good, nil
		}
	}
	return policy, err
}

// LastGood evaluates the last good copy of a policy file; ok is false if the history has none.
func LastGood(ctx context.Context, path, historyPath string) (policy Policy, ok bool) {
	var last history.LastGood
	err := state.Read(ctx, historyPath, func(file *history.Store) (err error) {
		last, _, err = file.LastGood(ctx)
		return err
	})
	if full, absErr := filepath.Abs(path); err != nil || absErr != nil || last.Path != full {
		return Policy{}, false
	}
	policy, err = evaluate(ctx, path, last.File)
	return policy, err == nil
}

// Scenarios reads and evaluates the scenarios beside a policy file: counter_scenarios.cue beside
// counter.cue. An error that is fs.ErrNotExist means that there are none.
func Scenarios(ctx context.Context, policy string, config *schema.Config) ([]schema.Scenario, error) {
	path := strings.TrimSuffix(policy, ".cue") + "_scenarios.cue"
	file, err := source.ReadFile(path, schema.MaxFile)
	if err != nil {
		return nil, err
	}
	return Evaluator().Scenarios(ctx, path, file, config)
}

// Siblings returns the names of the files beside a policy that are of its package: "cue vet" takes
// them together, and the counter reads none of them. Scenarios, of whichever policy, are none: test
// reads them.
func Siblings(policy, pkg string) (names []string) {
	entries, err := os.ReadDir(filepath.Dir(policy))
	if err != nil || policy == "-" {
		return nil
	}
	ignored := regexp.MustCompile(`^[._]|_(scenarios|tool)\.cue$`) // hidden ones cue vet does not read either
	clause := regexp.MustCompile(`(?m)^package[ \t]+` + regexp.QuoteMeta(pkg) + `(?:[\s;]|//|$)`)
	for _, e := range entries {
		name := e.Name()
		if name == filepath.Base(policy) || filepath.Ext(name) != ".cue" || ignored.MatchString(name) {
			continue
		}
		text, err := source.ReadFile(filepath.Join(filepath.Dir(policy), name), schema.MaxFile)
		if err == nil && clause.Match(text) {
			names = append(names, name)
		}
	}
	return names
}

// Find returns the file that a person means by a path: the file, or counter.cue in that directory, or
// wall.cue where there is only that. Without a path it is the one in the working directory where there
// is one, else that of the installed service.
func Find(path string) string {
	here := inDir(".")
	switch info, err := os.Stat(path); {
	case path == "" && exists(here):
		return here
	case path == "":
		return inDir(state.SystemConfig)
	case err == nil && info.IsDir():
		return inDir(path)
	}
	return path
}

func inDir(dir string) string {
	counter, wall := filepath.Join(dir, "counter.cue"), filepath.Join(dir, "wall.cue")
	if !exists(counter) && exists(wall) {
		return wall
	}
	return counter
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// Open opens what a person names on the command line: a regular file of at most limit bytes,
// standard input for "-", or a named pipe that somebody writes to, such as bash makes of
// <(git show main:counter.cue). A reader of the latter two has to bound them itself, and gets
// [ErrInterrupted] when ctx ends.
func Open(ctx context.Context, path string, stdin io.Reader, limit int64) (io.ReadCloser, error) {
	if path == "-" {
		return interruptible(ctx, io.NopCloser(stdin)), nil
	}
	if info, err := os.Stat(path); err != nil || info.Mode()&fs.ModeNamedPipe == 0 {
		f, _, err := source.OpenFile(path, limit)
		return f, err
	}
	// Without O_NONBLOCK opening waits for a writer.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	pipe := interruptible(ctx, f)
	data := bufio.NewReader(pipe)
	if _, err := data.Peek(1); err == io.EOF {
		pipe.Close()
		return nil, fmt.Errorf("read %s: nobody writes to this pipe", path)
	}
	return struct {
		io.Reader
		io.Closer
	}{data, pipe}, nil
}

// interruptible returns a reader of r that fails when ctx ends, also while r waits for data.
// Its Close closes r.
func interruptible(ctx context.Context, r io.ReadCloser) io.ReadCloser {
	out, in := io.Pipe()
	stop := context.AfterFunc(ctx, func() { in.CloseWithError(ErrInterrupted) })
	go func() {
		defer stop()
		_, err := io.Copy(in, r)
		in.CloseWithError(errors.Join(err, r.Close()))
	}()
	return out
}

// ErrInterrupted is why a command that a signal ended did not do what it was asked.
var ErrInterrupted = errors.New("interrupted")

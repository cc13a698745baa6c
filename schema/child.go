package schema

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
)

// Child is the child process of an [Evaluator]: it limits this process for good,
// reads one request from in, evaluates and writes one answer to out. The error
// says that it could not read or write; a refused file is an answer.
func Child(in io.Reader, out io.Writer) error {
	runtime.GOMAXPROCS(1)
	// A small file is done before the first collection is due; the goal takes
	// over for a large one.
	debug.SetGCPercent(400)
	debug.SetMemoryLimit(memoryGoal)
	debug.SetMaxStack(maxStack)
	if err := limitProcess(); err != nil {
		return err
	}
	return serve(in, out)
}

// serve is Child without the limits.
func serve(in io.Reader, out io.Writer) error {
	var r request
	if err := json.NewDecoder(io.LimitReader(in, maxRequest)).Decode(&r); err != nil {
		return fmt.Errorf("read the request: %w", err)
	}
	if err := json.NewEncoder(out).Encode(evaluate(r)); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	return nil
}

// evaluate answers a request in this process. CUE panics on some files; a panic
// is an answer too.
func evaluate(r request) (a answer) {
	defer func() {
		if p := recover(); p != nil {
			a = answer{Diagnostics: wholeFile(r.Name, fmt.Sprintf("CUE cannot evaluate it: %v", p)).Diagnostics}
		}
	}()
	s, ok := open(r.kind(), r.Name, r.File)
	switch {
	case !ok:
	case r.Policy != nil:
		a.Scenarios = s.scenarios(r.Policy)
	case r.Live != nil:
		a.Pages = s.pages(*r.Live)
	default:
		a.Config = s.check()
	}
	if a.Diagnostics = s.diagnostics(); len(a.Diagnostics) > 0 {
		a = answer{Diagnostics: a.Diagnostics, Display: s.soundDisplay()}
	}
	return a
}

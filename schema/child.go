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
	var r request
	if err := json.NewDecoder(io.LimitReader(in, maxRequest)).Decode(&r); err != nil {
		return fmt.Errorf("read the request: %w", err)
	}
	a := evaluate(r)
	if len(a.Diagnostics) > 0 {
		a.Diagnostics = append(a.Diagnostics, newerSchema(r.Name, r.Version)...)
	}
	if err := json.NewEncoder(out).Encode(a); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	return nil
}

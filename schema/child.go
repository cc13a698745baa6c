package schema

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"
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

// The limits of one evaluation. CUE bounds neither time nor memory, and Go
// cannot recover from running out of memory, so they are set on a process.
const (
	MaxFile   = 64 << 10 // bytes of counter.cue, and of counter_scenarios.cue
	maxOutput = 1 << 20  // bytes of the child's answer
	// maxRequest is the file in base64 with live values, or with a policy that
	// was an answer.
	maxRequest = 4*MaxFile + maxOutput

	// cpuTime is RLIMIT_CPU: the kernel kills the child. It decides whether a file takes too long, since a
	// loaded machine, or one that sleeps, makes a good file slow.
	cpuTime   = slowness * 2 * time.Second
	wallClock = slowness * 60 * time.Second       // from the child's start to its answer: the machine's fault
	waitDelay = slowness * 500 * time.Millisecond // to read what it wrote before it ended

	// maxData is RLIMIT_DATA. RLIMIT_AS is of no use, since Go reserves far
	// more address space than it uses.
	maxData = 96 << 20
	// minRoom is how much of maxData must be left when the child begins: a file
	// of 200 rules takes 60 MiB. Go on amd64 begins with 74 MiB, mapped but not
	// touched, and with 107 MiB when the program is built with cgo; then the
	// limit is higher.
	minRoom = 64 << 20
	// memoryGoal makes the garbage collector work harder well before maxData.
	memoryGoal = 48 << 20
	maxStack   = 16 << 20 // bytes of one goroutine's stack

	// maxText is the characters of a page's text: minutes of scrolling.
	maxText = 1000
)

// limitProcess bounds the CPU time and memory of this process for good.
func limitProcess() error {
	seconds := uint64(cpuTime.Seconds())
	// Equal soft and hard limits end the process with SIGKILL; a soft limit
	// alone would make Go print every goroutine.
	if err := syscall.Setrlimit(syscall.RLIMIT_CPU, &syscall.Rlimit{Cur: seconds, Max: seconds}); err != nil {
		return fmt.Errorf("limit CPU time: %w", err)
	}
	// Linux is where the daemon runs: elsewhere (vet and demo) the CPU time alone bounds the child. A race
	// detector build dies of any limit of memory.
	if raceDetector || runtime.GOOS != "linux" {
		return nil
	}
	data := max(maxData, dataSize()+minRoom)
	if err := syscall.Setrlimit(syscall.RLIMIT_DATA, &syscall.Rlimit{Cur: data, Max: data}); err != nil {
		return fmt.Errorf("limit memory: %w", err)
	}
	return nil
}

// dataSize returns what this process has of RLIMIT_DATA, the sixth number of
// proc(5) statm, or 0 without a /proc.
func dataSize() uint64 {
	statm, _ := os.ReadFile("/proc/self/statm")
	var size, resident, shared, text, lib, data uint64 // in pages
	_, _ = fmt.Sscan(string(statm), &size, &resident, &shared, &text, &lib, &data)
	return data * uint64(os.Getpagesize())
}

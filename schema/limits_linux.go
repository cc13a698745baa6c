package schema

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"syscall"
)

// limitMemory bounds the memory of this process for good. A race detector build dies of any limit, so
// it has none.
func limitMemory() error {
	if raceDetector {
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
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	fields := bytes.Fields(statm)
	if len(fields) < 6 {
		return 0
	}
	pages, err := strconv.ParseUint(string(fields[5]), 10, 64)
	if err != nil {
		return 0
	}
	return pages * uint64(os.Getpagesize())
}

package schema

import (
	"fmt"
	"os"
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
	statm, _ := os.ReadFile("/proc/self/statm")
	var size, resident, shared, text, lib, data uint64 // in pages
	_, _ = fmt.Sscan(string(statm), &size, &resident, &shared, &text, &lib, &data)
	return data * uint64(os.Getpagesize())
}

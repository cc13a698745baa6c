//go:build !linux

package schema

// limitMemory does nothing: Linux is where the daemon runs, elsewhere (vet and demo) the CPU time alone
// bounds the child.
func limitMemory() error { return nil }

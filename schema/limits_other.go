//go:build !linux

package schema

// limitProcess does nothing: Linux is where the daemon runs, elsewhere (vet and
// demo) the wall clock alone bounds the child.
func limitProcess() error { return nil }

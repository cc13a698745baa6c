//go:build !linux

package host

// ReleaseStartup does nothing where pages of a file cannot be given back.
func ReleaseStartup() {}

//go:build !linux

package main

// kernelClock trusts a desktop's clock, as synchronised does.
func kernelClock() (set bool, err error) { return true, nil }

//go:build !linux

package main

import "time"

// synchronised returns a function that trusts a desktop's clock.
func synchronised() func() (bool, time.Time) {
	return func() (bool, time.Time) { return true, time.Time{} }
}

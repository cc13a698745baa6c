package web

import "testing"

// SampleView returns a view with a year of history.
func SampleView(t testing.TB) View { return *sampleView(t) }

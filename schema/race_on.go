//go:build race

package schema

const (
	raceDetector = true
	slowness     = 6 // of a build with the race detector
)

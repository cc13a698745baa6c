package main

import (
	"context"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestClockSet sets the machine's clock to what it says, which is a step to the kernel.
func TestClockSet(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	told, err := clockSet(ctx)
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-told:
		t.Error("it tells of a clock that nobody has set")
	case <-time.After(100 * time.Millisecond):
	}
	for range 2 {
		now := unix.NsecToTimespec(time.Now().UnixNano())
		if err := unix.ClockSettime(unix.CLOCK_REALTIME, &now); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatalf("the clock cannot be set: %v", err)
			}
			t.Skipf("the clock cannot be set: %v", err)
		}
		select {
		case <-told:
		case <-time.After(10 * time.Second):
			t.Fatal("it does not tell that the clock was set")
		}
	}
	stop()
	time.Sleep(10 * time.Millisecond)
	select {
	case <-told:
		t.Error("it tells after the end")
	default:
	}
}

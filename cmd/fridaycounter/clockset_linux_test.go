package main

import (
	"context"
	"math"
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

// The timer can be set while a clock on 32 bits lasts, and refuses one beyond.
func TestArm(t *testing.T) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_REALTIME, unix.TFD_CLOEXEC|unix.TFD_NONBLOCK)
	if err != nil {
		t.Fatal(err)
	}
	timer := os.NewFile(uintptr(fd), "timerfd")
	defer timer.Close()
	for _, c := range []struct {
		now  time.Time
		want bool // on 32 bits
	}{
		{time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC), true},
		{time.Date(2037, 12, 18, 0, 0, 0, 0, time.UTC), true},
		{time.Date(2038, 1, 18, 0, 0, 0, 0, time.UTC), false},
		{time.Date(2105, 1, 1, 0, 0, 0, 0, time.UTC), false},
	} {
		if err := arm(timer, c.now); (err == nil) != (c.want || math.MaxInt > math.MaxInt32) {
			t.Errorf("at %s: got %v", c.now.Format(time.DateOnly), err)
		}
	}
}

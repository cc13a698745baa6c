package host

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/fridaycounter/fridaycounter/engine"
)

func TestLinuxClock(t *testing.T) {
	present := filepath.Join(t.TempDir(), "synchronized")
	if err := os.WriteFile(present, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	touched := time.Date(2026, 11, 22, 8, 0, 0, 123456789, time.UTC)
	if err := os.Chtimes(present, touched, touched); err != nil {
		t.Fatal(err)
	}
	absent := present + ".none"
	trusted := engine.ClockStatus{State: engine.ClockTrusted}
	stamped := engine.ClockStatus{State: engine.ClockTrusted, Stamp: touched, Stamped: true}
	both := engine.ClockStatus{State: engine.ClockTrusted, Stamp: touched}
	none := engine.ClockStatus{State: engine.ClockUnsynchronised}
	for _, c := range []struct {
		name   string
		status int32
		err    error
		stamp  string
		want   engine.ClockStatus
	}{
		{"kernel yes, stamp yes", unix.STA_PLL, nil, present, both},
		{"kernel yes, stamp no", 0, nil, absent, trusted},
		{"kernel no, stamp yes", unix.STA_PLL | unix.STA_UNSYNC, nil, present, stamped},
		{"kernel no, stamp no", unix.STA_UNSYNC, nil, absent, none},
		{"kernel silent, stamp yes", 0, unix.EPERM, present, stamped},
		{"kernel silent, stamp no", 0, unix.EPERM, absent, none},
	} {
		t.Run(c.name, func(t *testing.T) {
			clock := linuxClock{func() (int32, error) { return c.status, c.err }, c.stamp}
			if diff := cmp.Diff(c.want, clock.word()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestClockSet sets the machine's clock to what it says, which is a step to the kernel.
func TestClockSet(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	told, err := ClockSet(ctx)
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

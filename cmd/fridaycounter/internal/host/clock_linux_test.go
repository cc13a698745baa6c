package host

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/fridaycounter/fridaycounter/engine"
)

func TestClockStatus(t *testing.T) {
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
			got := clockStatus(func() (int32, error) { return c.status, c.err }, c.stamp)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestClockSet sets the machine's clock to what it says, which is a step to the kernel.
func TestClockSet(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	set, err := ClockSet(ctx)
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-set:
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
		case <-set:
		case <-time.After(10 * time.Second):
			t.Fatal("it does not tell that the clock was set")
		}
	}
	stop()
	time.Sleep(10 * time.Millisecond)
	select {
	case <-set:
		t.Error("it tells after the end")
	default:
	}
}

package host

import (
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

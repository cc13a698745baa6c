package main

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

func TestLinuxClock(t *testing.T) {
	present := filepath.Join(t.TempDir(), "synchronized")
	if err := os.WriteFile(present, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	absent := present + ".none"
	for _, c := range []struct {
		name   string
		status int32
		err    error
		stamp  string
		want   bool
	}{
		{"kernel yes, file yes", unix.STA_PLL, nil, present, true},
		{"kernel yes, file no", 0, nil, absent, true},
		{"kernel no, file yes", unix.STA_PLL | unix.STA_UNSYNC, nil, present, true},
		{"kernel no, file no", unix.STA_UNSYNC, nil, absent, false},
		{"kernel silent, file yes", 0, unix.EPERM, present, true},
		{"kernel silent, file no", 0, unix.EPERM, absent, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			clock := linuxClock{func() (int32, error) { return c.status, c.err }, c.stamp}
			if got := clock.synchronised(); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

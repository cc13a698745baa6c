package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
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
	for _, c := range []struct {
		name   string
		status int32
		err    error
		stamp  string
		want   bool
		since  time.Time
	}{
		{"kernel yes, file yes", unix.STA_PLL, nil, present, true, time.Time{}},
		{"kernel yes, file no", 0, nil, absent, true, time.Time{}},
		{"kernel no, file yes", unix.STA_PLL | unix.STA_UNSYNC, nil, present, true, touched},
		{"kernel no, file no", unix.STA_UNSYNC, nil, absent, false, time.Time{}},
		{"kernel silent, file yes", 0, unix.EPERM, present, true, touched},
		{"kernel silent, file no", 0, unix.EPERM, absent, false, time.Time{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			clock := linuxClock{func() (int32, error) { return c.status, c.err }, c.stamp}
			if got, since := clock.synchronised(); got != c.want || !since.Equal(c.since) {
				t.Errorf("got %v since %v, want %v since %v", got, since, c.want, c.since)
			}
		})
	}
}

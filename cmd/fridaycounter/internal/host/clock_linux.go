package host

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/fridaycounter/fridaycounter/engine"
)

// MachineClock tells whether something has set this machine's clock.
func MachineClock() engine.ClockStatus {
	return clockStatus(kernelStatus, "/run/systemd/timesync/synchronized")
}

// clockStatus asks the kernel first, which chrony, ntpd and timesyncd tell. The stamp, a file that
// systemd-timesyncd touches whenever it has set the clock, counts where the kernel may not be
// asked, as under systemd's ProtectClock, or calls the clock unsynchronised again: it does after
// nine hours without a time server, when the clock is wrong by seconds, which no rule minds. It
// does so too when the clock is set by hand, and the stamp stays: the engine tells these apart.
func clockStatus(kernel func() (int32, error), stamp string) engine.ClockStatus {
	status := engine.ClockStatus{State: engine.ClockUnsynchronised}
	var file unix.Stat_t
	if err := unix.Stat(stamp, &file); err == nil {
		status = engine.ClockStatus{State: engine.ClockTrusted, Stamp: time.Unix(file.Mtim.Unix()), Stamped: true}
	}
	if bits, err := kernel(); err == nil && bits&unix.STA_UNSYNC == 0 {
		status.State, status.Stamped = engine.ClockTrusted, false
	}
	return status
}

// kernelStatus returns the STA_ bits of adjtimex(2). It changes nothing.
func kernelStatus() (int32, error) {
	var t unix.Timex // no modes: only read
	_, err := unix.Adjtimex(&t)
	return t.Status, err
}

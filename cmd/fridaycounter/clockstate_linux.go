package main

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/fridaycounter/fridaycounter/engine"
)

// A linuxClock is what Linux knows of the time's origin.
type linuxClock struct {
	status func() (int32, error) // the kernel's STA_ bits
	stamp  string                // a file that systemd-timesyncd touches whenever it has set the clock
}

// machineClock returns a function that tells whether something has set the clock.
func machineClock() func() engine.ClockWord {
	return linuxClock{kernelStatus, syncStamp}.word
}

// word asks the kernel first, which chrony, ntpd and timesyncd tell. The stamp counts
// where the kernel may not be asked, as under systemd's ProtectClock, or calls the clock
// unsynchronised again: it does after nine hours without a time server, when the clock is
// wrong by seconds, which no rule minds. It does so too when the clock is set by hand,
// and the stamp stays: the engine tells these apart.
func (c linuxClock) word() engine.ClockWord {
	word := engine.ClockWord{State: engine.ClockUnsynchronised}
	var file unix.Stat_t
	if err := unix.Stat(c.stamp, &file); err == nil {
		word = engine.ClockWord{State: engine.ClockTrusted, Stamp: time.Unix(file.Mtim.Unix()), Stamped: true}
	}
	if status, err := c.status(); err == nil && status&unix.STA_UNSYNC == 0 {
		word.State, word.Stamped = engine.ClockTrusted, false
	}
	return word
}

// kernelStatus returns the STA_ bits of adjtimex(2). It changes nothing.
func kernelStatus() (int32, error) {
	var t unix.Timex // no modes: only read
	_, err := unix.Adjtimex(&t)
	return t.Status, err
}

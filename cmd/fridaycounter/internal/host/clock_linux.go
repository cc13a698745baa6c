package host

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fridaycounter/fridaycounter/engine"
)

// A linuxClock is what Linux knows of the time's origin.
type linuxClock struct {
	status func() (int32, error) // the kernel's STA_ bits
	stamp  string                // as [syncStamp]
}

// syncStamp is a file that systemd-timesyncd touches whenever it has set the clock.
const syncStamp = "/run/systemd/timesync/synchronized"

// MachineClock returns a function that tells whether something has set the clock.
func MachineClock() func() engine.ClockStatus {
	return linuxClock{kernelStatus, syncStamp}.word
}

// word asks the kernel first, which chrony, ntpd and timesyncd tell. The stamp counts
// where the kernel may not be asked, as under systemd's ProtectClock, or calls the clock
// unsynchronised again: it does after nine hours without a time server, when the clock is
// wrong by seconds, which no rule minds. It does so too when the clock is set by hand,
// and the stamp stays: the engine tells these apart.
func (c linuxClock) word() engine.ClockStatus {
	word := engine.ClockStatus{State: engine.ClockUnsynchronised}
	var file unix.Stat_t
	if err := unix.Stat(c.stamp, &file); err == nil {
		word = engine.ClockStatus{State: engine.ClockTrusted, Stamp: time.Unix(file.Mtim.Unix()), Stamped: true}
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

// ClockSet returns a channel on which it tells that the machine's clock was set, until
// ctx ends. It asks the kernel for a timer that is cancelled by that (timerfd_create(2),
// TFD_TIMER_CANCEL_ON_SET).
func ClockSet(ctx context.Context) (<-chan struct{}, error) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_REALTIME, unix.TFD_CLOEXEC|unix.TFD_NONBLOCK)
	if err != nil {
		return nil, fmt.Errorf("watch the clock: %w", err)
	}
	timer := os.NewFile(uintptr(fd), "timerfd")
	if err := arm(timer, time.Now()); err != nil {
		return nil, errors.Join(fmt.Errorf("watch the clock: %w", err), timer.Close())
	}
	context.AfterFunc(ctx, func() { timer.Close() })
	told := make(chan struct{})
	go func() {
		for buf := make([]byte, 8); ; {
			_, err := timer.Read(buf)
			for arm(timer, time.Now()) != nil {
				select {
				case <-time.After(rearm):
				case <-ctx.Done():
					return
				}
			}
			if err == nil {
				continue // the timer has run out
			}
			select {
			case told <- struct{}{}:
			case <-ctx.Done():
				return
			}
		}
	}()
	return told, nil
}

// rearm is how long a timer waits that cannot be set by the clock as it is. Meanwhile
// the engine sees within 5 s that it was set.
const rearm = 10 * time.Second

// arm sets the timer ahead.
func arm(timer *os.File, now time.Time) error {
	at := now.AddDate(0, 1, 0)
	value := unix.NsecToTimespec(at.UnixNano())
	if int64(value.Sec) != at.Unix() {
		return fmt.Errorf("set a timer at %s: timers on 32 bits end in January 2038", now.UTC().Format(time.RFC3339))
	}
	conn, err := timer.SyscallConn()
	if err != nil {
		return err
	}
	var failure error
	err = conn.Control(func(fd uintptr) {
		failure = unix.TimerfdSettime(int(fd), unix.TFD_TIMER_ABSTIME|unix.TFD_TIMER_CANCEL_ON_SET, &unix.ItimerSpec{Value: value}, nil)
	})
	return errors.Join(err, failure)
}

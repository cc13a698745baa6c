package host

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
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

// ClockSet returns a channel that receives a value whenever the machine's clock was set, until ctx
// ends. A timer of the kernel is cancelled by that (timerfd_create(2), TFD_TIMER_CANCEL_ON_SET);
// it is set for the end of time, which on 32 bits is in January 2038. Afterwards nothing comes.
func ClockSet(ctx context.Context) (<-chan struct{}, error) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_REALTIME, unix.TFD_CLOEXEC|unix.TFD_NONBLOCK)
	if err != nil {
		return nil, fmt.Errorf("watch the clock: %w", err)
	}
	timer := os.NewFile(uintptr(fd), "timerfd")
	end := &unix.ItimerSpec{Value: unix.Timespec{Sec: math.MaxInt}}
	if err := unix.TimerfdSettime(fd, unix.TFD_TIMER_ABSTIME|unix.TFD_TIMER_CANCEL_ON_SET, end, nil); err != nil {
		return nil, errors.Join(fmt.Errorf("watch the clock: %w", err), timer.Close())
	}
	context.AfterFunc(ctx, func() { timer.Close() })
	set := make(chan struct{})
	go func() {
		for buf := make([]byte, 8); ; {
			if _, err := timer.Read(buf); !errors.Is(err, unix.ECANCELED) {
				return
			}
			select {
			case set <- struct{}{}:
			case <-ctx.Done():
				return
			}
		}
	}()
	return set, nil
}

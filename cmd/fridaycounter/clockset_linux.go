package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// clockSet returns a channel on which it tells that the machine's clock was set, until
// ctx ends. It asks the kernel for a timer that is cancelled by that (timerfd_create(2),
// TFD_TIMER_CANCEL_ON_SET).
func clockSet(ctx context.Context) (<-chan struct{}, error) {
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
				if wait(ctx, rearm) != nil {
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
// the engine sees within 30 s that it was set.
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

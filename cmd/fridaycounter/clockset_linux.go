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
	if err := arm(timer); err != nil {
		return nil, fmt.Errorf("watch the clock: %w", err)
	}
	context.AfterFunc(ctx, func() { timer.Close() })
	told := make(chan struct{})
	go func() {
		for buf := make([]byte, 8); ; {
			_, err := timer.Read(buf)
			if ctx.Err() != nil || arm(timer) != nil {
				return
			}
			if err == nil {
				continue // ten years have passed
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

// arm sets the timer far ahead.
func arm(timer *os.File) error {
	conn, err := timer.SyscallConn()
	if err != nil {
		return err
	}
	at := unix.ItimerSpec{Value: unix.NsecToTimespec(time.Now().AddDate(10, 0, 0).UnixNano())}
	var failure error
	err = conn.Control(func(fd uintptr) {
		failure = unix.TimerfdSettime(int(fd), unix.TFD_TIMER_ABSTIME|unix.TFD_TIMER_CANCEL_ON_SET, &at, nil)
	})
	return errors.Join(err, failure)
}

package main

import "golang.org/x/sys/unix"

// kernelClock reports whether the kernel calls the clock set.
func kernelClock() (set bool, err error) {
	status, err := kernelStatus()
	return status&unix.STA_UNSYNC == 0, err
}

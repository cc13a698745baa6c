package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/sys/unix"
	"periph.io/x/conn/v3/spi"
)

// A claimedPort is an SPI port that no other counter drives meanwhile: spidev lets any
// number of programs open it, and two pictures would take turns on the chips.
type claimedPort struct {
	spi.PortCloser
	claim *os.File
}

// claim claims the device of a port, like SPI0.0 or /dev/spidev0.0, until the port is
// closed. One without a device file is nobody else's.
func claim(name string, open func() (spi.PortCloser, error)) (spi.PortCloser, error) {
	path := name
	if bus, ok := strings.CutPrefix(name, "SPI"); ok {
		path = "/dev/spidev" + bus
	}
	file, err := claimFile(path)
	if err != nil {
		return nil, fmt.Errorf("SPI port %s: %w", name, err)
	}
	port, err := open()
	switch {
	case err != nil && file != nil:
		return nil, errors.Join(err, file.Close())
	case file == nil:
		return port, err
	}
	return claimedPort{port, file}, nil
}

// claimFile locks a file; nil if it is not there, or cannot be opened, which opening
// the port tells better.
func claimFile(path string) (*os.File, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		file.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, errors.New("another counter drives it (hint: systemctl stop fridaycounter, or name another port)")
		}
		return nil, fmt.Errorf("claim %s: %w", path, err)
	}
	return file, nil
}

// Close closes the port and gives up the claim.
func (p claimedPort) Close() error { return errors.Join(p.PortCloser.Close(), p.claim.Close()) }

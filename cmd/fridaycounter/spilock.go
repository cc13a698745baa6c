package main

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
	"periph.io/x/conn/v3/spi"
)

// A claimedPort is an SPI port that no other counter drives meanwhile: spidev lets any
// number of programs open it, and two pictures would take turns on the chips.
type claimedPort struct {
	spi.PortCloser
	claim *os.File
	most  int // bytes of a message; 0: that is not known
}

// claimFile claims a device until the file is closed.
func claimFile(path string) (*os.File, error) {
	file, err := os.Open(path)
	if err != nil {
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

// MaxTxSize implements conn.Limits.
func (p claimedPort) MaxTxSize() int { return p.most }

// Close closes the port and gives up the claim.
func (p claimedPort) Close() error { return errors.Join(p.PortCloser.Close(), p.claim.Close()) }

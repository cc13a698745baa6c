package probe

import (
	"context"
	"errors"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/max7219"
)

// A chain is open and can be lit.
type chain struct {
	dev     *max7219.Dev
	picture led.Picture
}

// light opens the chain with the options and darkens it when f has returned. It does so
// twice, for chips beyond the number in the flags.
func (p *probe) light(o max7219.Opts, f func(chain) error) (err error) {
	dev, err := max7219.New(p.Open, o)
	if err != nil {
		return err
	}
	defer func() {
		_ = dev.Show(led.Picture{Level: led.Off}) // Halt returns the error
		err = errors.Join(err, dev.Halt())
	}()
	return f(chain{dev, led.Picture{Frame: led.NewFrame(8*o.Columns, 8*max(o.Rows, 1)), Level: p.Level}})
}

// alone lights one module of a raw chain and darkens the others. It writes everything
// twice, for chips beyond the number in the flags.
func (c chain) alone(chip int, pixels uint64) error {
	c.picture.Frame.Clear()
	if err := c.add(chip, 0, pixels); err != nil {
		return err
	}
	return c.dev.Refresh()
}

// add lights one more module.
func (c chain) add(column, row int, pixels uint64) error {
	for i := range 64 {
		c.picture.Frame.Set(8*column+i%8, 8*row+i/8, pixels>>(63-i)&1 != 0)
	}
	return c.dev.Show(c.picture)
}

// wait waits, or ends with ctx.
func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return errEnded
	case <-time.After(d):
		return nil
	}
}

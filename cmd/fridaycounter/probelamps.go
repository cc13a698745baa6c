package main

import (
	"context"
	"errors"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/max7219"
)

// lamps are the modules of a chain that is lit.
type lamps struct {
	dev     *max7219.Dev
	picture led.Picture
}

// lit lights the chain as the options say, dark at first, until f returns. Then it is
// dark, chips that are more than was said too, which one blanking would not reach.
func (p *probe) lit(o max7219.Opts, f func(lamps) error) (err error) {
	dev, err := max7219.New(p.open, o)
	if err != nil {
		return err
	}
	defer func() {
		_ = dev.Show(led.Picture{Level: led.Off}) // Halt says what is wrong
		err = errors.Join(err, dev.Halt())
	}()
	return f(lamps{dev, led.Picture{Frame: led.NewFrame(8*o.Columns, 8*max(o.Rows, 1)), Level: p.level}})
}

// alone lights a module of a raw chain and no other. What is written twice also
// reaches the chips that are more than was said.
func (l lamps) alone(chip int, t tile) error {
	l.picture.Frame.Clear()
	t.draw(l.picture.Frame, 8*chip, 0)
	if err := l.dev.Show(l.picture); err != nil {
		return err
	}
	return l.dev.Refresh()
}

// add lights a letter on one more module of the wall.
func (l lamps) add(column, row int, letter string) error {
	t, err := letterTile(letter)
	if err != nil {
		return err
	}
	t.draw(l.picture.Frame, 8*column, 8*row)
	return l.dev.Show(l.picture)
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

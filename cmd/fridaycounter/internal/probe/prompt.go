package probe

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/max7219"
)

// errEnded is why a probe that was left found nothing.
var errEnded = errors.New("ended before the last question: the chain is dark, and nothing was found")

// A talk asks questions and reads the answers, a line each.
type talk struct {
	answers   *bufio.Reader
	questions io.Writer
}

func (t talk) say(text string) { fmt.Fprint(t.questions, text) }

// line asks a question. It is errEnded when the answer is q, or there is none.
func (t talk) line(ctx context.Context, question string) (string, error) {
	t.say(question)
	type line struct {
		text string
		err  error
	}
	read := make(chan line, 1) // with room, so that nobody waits for a reader that is gone
	go func() {
		text, err := t.answers.ReadString('\n')
		read <- line{strings.ToLower(strings.TrimSpace(text)), err}
	}()
	select {
	case <-ctx.Done():
		t.say("\n")
		return "", errEnded
	case l := <-read:
		switch {
		case l.text == "q":
			return "", errEnded
		case l.err == io.EOF && l.text == "":
			t.say("\n")
			return "", errEnded
		case l.err != nil && l.err != io.EOF:
			return "", fmt.Errorf("read the answer: %w", l.err)
		}
		return l.text, nil
	}
}

// number asks until the answer is a number within bounds.
func (t talk) number(ctx context.Context, question string, from, to int) (int, error) {
	for {
		text, err := t.line(ctx, question)
		if err != nil {
			return 0, err
		}
		if n, err := strconv.Atoi(text); err == nil && n >= from && n <= to {
			return n, nil
		}
		t.say(fmt.Sprintf("Want a number from %d to %d, or q to end.\n", from, to))
	}
}

// yes asks until the answer is y or n.
func (t talk) yes(ctx context.Context, question string) (bool, error) {
	for {
		text, err := t.line(ctx, question)
		if err != nil {
			return false, err
		}
		switch text {
		case "y", "yes":
			return true, nil
		case "n", "no":
			return false, nil
		}
		t.say("Want y or n, or q to end.\n")
	}
}

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

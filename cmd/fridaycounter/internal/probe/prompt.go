package probe

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// errEnded is the error of a probe that the user ended.
var errEnded = errors.New("ended before the last question: the chain is dark, and nothing was found")

// A prompt asks questions and reads the answers, a line each.
type prompt struct {
	answers   *bufio.Reader
	questions io.Writer
}

func (p prompt) say(text string) { fmt.Fprint(p.questions, text) }

// line asks a question. The error is errEnded when the answer is q, or there is none.
func (p prompt) line(ctx context.Context, question string) (string, error) {
	p.say(question)
	type line struct {
		text string
		err  error
	}
	read := make(chan line, 1) // buffered, so that the reader ends when ctx is done
	go func() {
		text, err := p.answers.ReadString('\n')
		read <- line{strings.ToLower(strings.TrimSpace(text)), err}
	}()
	select {
	case <-ctx.Done():
		p.say("\n")
		return "", errEnded
	case l := <-read:
		switch {
		case l.text == "q":
			return "", errEnded
		case l.err == io.EOF && l.text == "":
			p.say("\n")
			return "", errEnded
		case l.err != nil && l.err != io.EOF:
			return "", fmt.Errorf("read the answer: %w", l.err)
		}
		return l.text, nil
	}
}

// number asks until the answer is a number within bounds.
func (p prompt) number(ctx context.Context, question string, from, to int) (int, error) {
	for {
		text, err := p.line(ctx, question)
		if err != nil {
			return 0, err
		}
		if n, err := strconv.Atoi(text); err == nil && n >= from && n <= to {
			return n, nil
		}
		p.say(fmt.Sprintf("Want a number from %d to %d, or q to end.\n", from, to))
	}
}

// yes asks until the answer is y or n.
func (p prompt) yes(ctx context.Context, question string) (bool, error) {
	for {
		text, err := p.line(ctx, question)
		if err != nil {
			return false, err
		}
		switch text {
		case "y", "yes":
			return true, nil
		case "n", "no":
			return false, nil
		}
		p.say("Want y or n, or q to end.\n")
	}
}

package probe

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// errEnded is the error of a probe that the user ended.
var errEnded = errors.New("ended before the last question: the chain is dark, and nothing was found")

// say prints a text, unless the probe has failed.
func (p *probe) say(text string) {
	if p.err == nil {
		fmt.Fprint(p.Questions, text)
	}
}

// line asks a question and returns the answer. The probe ends when that is q, or when no more
// input comes.
func (p *probe) line(question string) string {
	p.say(question)
	if p.err != nil {
		return ""
	}
	type line struct {
		text string
		err  error
	}
	read := make(chan line, 1) // buffered, so that the reader ends when the probe is interrupted
	go func() {
		text, err := p.answers.ReadString('\n')
		read <- line{strings.ToLower(strings.TrimSpace(text)), err}
	}()
	select {
	case <-p.interrupted:
		p.say("\n")
		p.err = errEnded
		return ""
	case l := <-read:
		switch {
		case l.text == "q":
			p.err = errEnded
		case l.err == io.EOF && l.text == "":
			p.say("\n")
			p.err = errEnded
		case l.err != nil && l.err != io.EOF:
			p.err = fmt.Errorf("read the answer: %w", l.err)
		}
		return l.text
	}
}

// number asks until the answer is a number within bounds.
func (p *probe) number(question string, from, to int) int {
	for p.err == nil {
		if n, err := strconv.Atoi(p.line(question)); err == nil && n >= from && n <= to {
			return n
		}
		p.say(fmt.Sprintf("Want a number from %d to %d, or q to end.\n", from, to))
	}
	return from
}

// yes asks until the answer is y or n.
func (p *probe) yes(question string) bool {
	for p.err == nil {
		switch p.line(question) {
		case "y", "yes":
			return true
		case "n", "no":
			return false
		}
		p.say("Want y or n, or q to end.\n")
	}
	return false
}

package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/max7219/chainsim"
)

// A message is one ioctl: what the kernel sent without letting anybody between.
type message struct {
	step          string
	begin, end    time.Duration // since the board was switched on
	since         time.Duration // end, since the step began
	bytes, frames int
	whole         bool                // it writes all 13 registers of every chip
	before        chainsim.Snapshot   // what the wall showed
	shown         []chainsim.Snapshot // and then, at every edge of LOAD
}

func (m *message) after() chainsim.Snapshot {
	if len(m.shown) == 0 {
		return m.before
	}
	return m.shown[len(m.shown)-1]
}

// A player feeds the trace to the chips.
type player struct {
	wall     *chainsim.Wall
	step     string
	began    time.Duration
	now      *message // being sent
	frame    []byte   // since the chip select
	written  map[[2]int]bool
	messages []*message
}

// play returns what was sent to the wall, by the events of the trace.
func play(events []event, wall *chainsim.Wall) ([]*message, error) {
	p := &player{wall: wall}
	wall.OnLoad = func() {
		if p.now != nil {
			p.now.shown = append(p.now.shown, wall.Snapshot())
		}
	}
	for _, e := range events {
		if err := p.event(e); err != nil {
			return nil, fmt.Errorf("%s at %v: %w", e.name, e.at, err)
		}
	}
	if p.now != nil {
		return nil, errors.New("the last message did not end")
	}
	return p.messages, nil
}

func (p *player) event(e event) error {
	switch e.name {
	case "tracing_mark_write":
		p.step, p.began = strings.TrimPrefix(e.text, "step "), e.at
	case "spi_message_submit":
		if p.now != nil {
			return errors.New("the message before did not end")
		}
		p.now, p.written = &message{step: p.step, begin: e.at, before: p.wall.Snapshot()}, map[[2]int]bool{}
	case "spi_set_cs":
		return p.chipSelect(strings.Contains(e.text, "deactivate"))
	case "spi_transfer_start":
		data, err := e.sent()
		if err != nil {
			return err
		}
		if p.now == nil {
			return errors.New("it belongs to no message")
		}
		p.now.bytes += len(data)
		p.frame = append(p.frame, data...)
		p.wall.Clock(data...)
	case "spi_message_done":
		return p.done(e)
	}
	return nil
}

// chipSelect is an edge of LOAD. The kernel also puts it high before the first message.
func (p *player) chipSelect(high bool) error {
	if !high {
		p.frame = p.frame[:0]
		p.wall.Select()
		return nil
	}
	p.wall.Load()
	if p.now == nil {
		return nil
	}
	if len(p.frame) != 2*p.wall.Len() {
		return fmt.Errorf("a frame of %d bytes for %d chips: want 2 for each", len(p.frame), p.wall.Len())
	}
	p.now.frames++
	for word := range p.wall.Len() {
		p.written[[2]int{word, int(p.frame[2*word] & 0xF)}] = true
	}
	return nil
}

func (p *player) done(e event) error {
	if p.now == nil {
		return errors.New("it did not begin")
	}
	if want := fmt.Sprintf("%d/%d", p.now.bytes, p.now.bytes); e.value("len") != want {
		return fmt.Errorf("%q: want len=%s, as the transfers had", e.text, want)
	}
	p.now.end, p.now.since, p.now.whole = e.at, e.at-p.began, true
	for word := range p.wall.Len() {
		for _, register := range chainsim.Registers() {
			p.now.whole = p.now.whole && p.written[[2]int{word, register}]
		}
	}
	p.messages = append(p.messages, p.now)
	p.now = nil
	return nil
}

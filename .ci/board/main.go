// Board reads what the emulated board wrote to its console, plays the kernel's trace
// of the SPI port to the model of the chips, and judges what the wall showed: see the
// file run beside it, which runs the board.
//
//	go run ./.ci/board CONSOLE UNIT
//
// UNIT is the service that is installed on a real board, for what it may use there.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/fridaycounter/fridaycounter/drivers/max7219"
	"github.com/fridaycounter/fridaycounter/drivers/max7219/chainsim"
)

func main() {
	if err := run(os.Stdout, os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "board: error: %v\n", err)
		os.Exit(1)
	}
}

func run(w io.Writer, args []string) error {
	if len(args) != 2 {
		return errors.New("want two arguments, the file with the board's console and the unit")
	}
	text, err := os.ReadFile(args[0])
	if err != nil {
		return fmt.Errorf("read the console: %w", err)
	}
	unit, err := os.ReadFile(args[1])
	if err != nil {
		return fmt.Errorf("read the unit: %w", err)
	}
	c, err := readConsole(string(text))
	if err != nil {
		return err
	}
	messages, err := play(c.trace, chainsim.New(max7219.Opts{Columns: modules, Wiring: max7219.Wiring(board)}))
	if err != nil {
		return err
	}
	if len(messages) == 0 {
		return fmt.Errorf("nothing was sent to the chips; the log:\n%s", strings.Join(c.log[story[0].step], "\n"))
	}
	report(w, c, messages)
	j := new(judge)
	j.all(c, messages)
	j.unit(string(unit), c.devices)
	if len(j.faults) > 0 {
		return fmt.Errorf("%d faults:\n%s", len(j.faults), strings.Join(j.faults, "\n"))
	}
	return nil
}

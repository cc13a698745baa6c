package main

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"periph.io/x/conn/v3/spi"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/max7219"
	"github.com/fridaycounter/fridaycounter/drivers/max7219/chainsim"
)

// The flags of probe reach package probe, and Ctrl-C, q and the end of the input print nothing.
func TestProbeCommand(t *testing.T) {
	w := chainsim.New(max7219.Opts{Columns: 2, Wiring: max7219.ICStation, Reversed: true})
	chain := &chainsim.Host{Chain: w.Chain}
	m := machine{openPort: func(string) (spi.PortCloser, error) { return chain.Open() }}
	run := func(ctx context.Context, stdin io.Reader, stderr io.Writer) (string, error) {
		var out strings.Builder
		err := execute(ctx, m, stdin, &out, stderr, "probe", "--port", "SPI78.8", "--modules", "2", "--level", "0")
		return out.String(), err
	}
	// Begin; one module is lit, twice; picture 3, the arrow is upright, the left module; it reads well.
	got, err := run(t.Context(), strings.NewReader("\n1\n1\n3\ny\n1\ny\n"), io.Discard)
	const want = "display: {\n\tmodules: 2\n\tmax7219: {port: \"SPI78.8\", wiring: \"fc16\", rotate: 180, reversed: true}\n}\n"
	if err != nil || got != want {
		t.Errorf("got %v and\n%s", err, got)
	}

	keyboard, _ := io.Pipe() // nobody types
	defer keyboard.Close()
	ctx, interrupt := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer interrupt()
	for what, run := range map[string]func() (string, error){
		"Ctrl-C":           func() (string, error) { return run(ctx, keyboard, io.Discard) },
		"q":                func() (string, error) { return run(t.Context(), strings.NewReader("\n1\n1\nQ\n"), io.Discard) },
		"the end of input": func() (string, error) { return run(t.Context(), strings.NewReader("\n1"), io.Discard) },
	} {
		got, err := run()
		if err == nil || err.Error() != "probe: ended before the last question: the chain is dark, and nothing was found" || got != "" {
			t.Errorf("%s: got %v and %q", what, err, got)
		}
		if w.Level(0) != led.Off || w.Level(1) != led.Off {
			t.Errorf("%s: the chain is lit", what)
		}
	}
}

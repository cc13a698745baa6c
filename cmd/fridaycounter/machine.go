package main

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"time"

	"github.com/spf13/cobra"
	"periph.io/x/conn/v3/spi"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/doctor"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/host"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/probe"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/drivers/led"
)

// A machine is what the counter needs of the computer that it runs on.
type machine struct {
	hangup     <-chan os.Signal // SIGHUP
	openPort   func(name string) (spi.PortCloser, error)
	maxSilence time.Duration // of a part that is alive; 0: host.MaxSilence
}

func doctorCommand(g *globals) *cobra.Command {
	var alive string
	cmd := &cobra.Command{Use: "doctor", RunE: func(cmd *cobra.Command, _ []string) error { return g.doctor(cmd, alive) }}
	cmd.Flags().BoolVar(&g.asJSON, "json", false, "print an array of {check, state, found, hint}")
	cmd.Flags().StringVar(&alive, "alive", "", "check only that a counter serves its page at this `address` and is alive, as a container's health check")
	return cmd
}

func (g *globals) doctor(cmd *cobra.Command, alive string) error {
	var all []doctor.Finding
	options := doctor.Options{Machine: doctor.ThisMachine(clock, g.policyPath()), Policy: g.policyPath(), History: g.historyPath(), Getenv: g.getenv, Alive: alive}
	err := doctor.Run(cmd.Context(), options, func(f doctor.Finding) (err error) {
		all = append(all, f)
		if !g.asJSON {
			_, err = io.WriteString(cmd.OutOrStdout(), host.Paint(cmd.OutOrStdout(), g.getenv, f.String()))
		}
		return err
	})
	if err == nil && g.asJSON {
		err = report.WriteJSON(cmd.OutOrStdout(), all)
	}
	if code := doctor.ExitCode(all); err == nil && code != exitOK {
		err = exitWith{code, nil}
	}
	return err
}

func probeCommand(m machine) *cobra.Command {
	var port string
	var modules, columns, rows, level int
	cmd := &cobra.Command{
		Use: "probe",
		RunE: func(cmd *cobra.Command, _ []string) error {
			grid := cmd.Flags().Changed("columns") || cmd.Flags().Changed("rows")
			if err := checkProbe(port, modules, columns, rows, level, grid, cmd.Flags().Changed("modules")); err != nil {
				return err
			}
			if !grid {
				columns, rows = modules, 1
			}
			return probe.Run(cmd.Context(), probe.Options{
				Port: port, Open: func() (spi.PortCloser, error) { return m.openPort(port) },
				Columns: columns, Rows: rows, Level: led.Level(level), Pause: 100 * time.Millisecond,
				Answers: cmd.InOrStdin(), Questions: cmd.ErrOrStderr(), Result: cmd.OutOrStdout(),
			})
		},
	}
	cmd.Flags().StringVar(&port, "port", "SPI0.0", "the SPI `port`: bus 0, chip select 0")
	cmd.Flags().IntVar(&modules, "modules", 0, "a row of this `number` of modules")
	cmd.Flags().IntVar(&columns, "columns", 0, "a grid with this `number` of modules in a row")
	cmd.Flags().IntVar(&rows, "rows", 0, "and this `number` of rows")
	cmd.Flags().IntVar(&level, "level", 2, "`brightness` of 0 to 15; keep it low on a chain without a supply of its own")
	return cmd
}

// checkProbe refuses flags before anything is lit.
func checkProbe(port string, modules, columns, rows, level int, grid, row bool) error {
	switch {
	case !regexp.MustCompile(`^(SPI|/dev/spidev)[0-9]{1,3}[.][0-9]{1,3}$`).MatchString(port): // the schema's #Port
		return fmt.Errorf("--port %q: want SPI0.0 or /dev/spidev0.0", port)
	case grid == row:
		return fmt.Errorf("how many modules are there? Want --modules N for a row, or --columns C --rows R for a grid")
	case row && (modules < 1 || modules > maxModules):
		return fmt.Errorf("--modules %d: want 1 to %d", modules, maxModules)
	case grid && (columns < 1 || rows < 1 || columns > maxModules/rows):
		return fmt.Errorf("--columns %d --rows %d: want both, and at most %d modules", columns, rows, maxModules)
	case level < 0 || level > 15:
		return fmt.Errorf("--level %d: want 0 to 15", level)
	}
	return nil
}

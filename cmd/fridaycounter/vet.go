package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/schema"
)

func (p *program) vetCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "vet [FILE | DIRECTORY]",
		Short: "Check counter.cue as run would, and say what it forbids",
		Long: `Check counter.cue as run would. It finds all that "cue vet ./..." finds, and what
that cannot see: names beside the wrapper, a file cut short, windows that never
match, pages that do not fit the glass. Run both in a pipeline.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			path := p.configPath()
			if len(args) == 1 {
				path = args[0]
			}
			if info, err := os.Stat(path); err == nil && info.IsDir() {
				path = filepath.Join(path, "counter.cue")
			}
			file, err := readConfig(path)
			if err != nil {
				return err
			}
			config, err := p.evaluator().Evaluate(cmd.Context(), path, file)
			if err != nil {
				return err
			}
			if isTerminal(p.stderr) {
				fmt.Fprintf(p.stderr, "%s is good: %s\n", path, engine.Describe(config))
			}
			return nil
		},
	}
}

// readConfig reads a policy file, or one byte more than is allowed of it.
func readConfig(path string) ([]byte, error) {
	f, err := os.Open(path)
	if os.IsNotExist(err) {
		return nil, fmt.Errorf("%w (hint: name the file with --config, or make one with: fridaycounter init .)", err)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, schema.MaxFile+1))
}

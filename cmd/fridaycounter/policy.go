package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/schema"
)

// policyFile returns the file that a command checks: its argument, or counter.cue
// in that directory, or what --config says.
func (p *program) policyFile(args []string) string {
	if len(args) == 0 {
		return p.configPath()
	}
	if info, err := os.Stat(args[0]); err == nil && info.IsDir() {
		return filepath.Join(args[0], "counter.cue")
	}
	return args[0]
}

// evaluate reads a policy file and evaluates it.
func (p *program) evaluate(ctx context.Context, path string) (*schema.Config, error) {
	file, err := p.readPolicy(ctx, path)
	if err != nil {
		return nil, err
	}
	return p.evaluator().Evaluate(ctx, path, file)
}

// scenariosFile returns the name of a policy's scenarios, which lie beside it:
// counter_scenarios.cue for counter.cue.
func scenariosFile(policy string) string {
	return strings.TrimSuffix(policy, ".cue") + "_scenarios.cue"
}

// scenarios reads the scenarios beside an accepted policy and evaluates them. An
// error that is fs.ErrNotExist means that there are none.
func (p *program) scenarios(ctx context.Context, policy string, config *schema.Config) ([]schema.Scenario, error) {
	path := scenariosFile(policy)
	file, err := source.ReadFile(path, schema.MaxFile)
	if err != nil {
		return nil, err
	}
	return p.evaluator().Scenarios(ctx, path, file, config)
}

// readPolicy reads a policy file, or standard input for "-", or one byte more than is
// allowed of it.
func (p *program) readPolicy(ctx context.Context, path string) ([]byte, error) {
	file, err := p.openInput(ctx, path, schema.MaxFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w (hint: name the file with --config, or make one with: fridaycounter init .)", err)
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, schema.MaxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return data, nil
}

package schema

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"
	_ "time/tzdata"
)

// TestMain is the child process as well: see newEvaluator.
func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		if err := Child(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

const childVariable = "FRIDAYCOUNTER_TEST_CHILD"

// newEvaluator returns an Evaluator whose child is this test binary.
func newEvaluator() *Evaluator {
	return &Evaluator{Command: func(ctx context.Context) *exec.Cmd {
		cmd := exec.CommandContext(ctx, os.Args[0])
		cmd.Env = append(os.Environ(), childVariable+"=1")
		return cmd
	}}
}

// shipped returns the counter.cue at the top of the repository.
func shipped(t testing.TB) []byte { return topFile(t, "counter.cue") }

// shippedScenarios returns the counter_scenarios.cue beside it.
func shippedScenarios(t testing.TB) []byte { return topFile(t, "counter_scenarios.cue") }

func topFile(t testing.TB, name string) []byte {
	t.Helper()
	file, err := os.ReadFile("../" + name)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

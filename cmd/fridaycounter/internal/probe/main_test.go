package probe

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/fridaycounter/fridaycounter/schema"
)

// TestMain is also the child process that evaluates a policy: see newEvaluator.
func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		if err := schema.Child(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

const childVariable = "FRIDAYCOUNTER_TEST_CHILD"

// newEvaluator returns an Evaluator whose child is this test binary.
func newEvaluator() *schema.Evaluator {
	return &schema.Evaluator{Command: func(ctx context.Context) *exec.Cmd {
		cmd := exec.CommandContext(ctx, os.Args[0])
		cmd.Env = append(os.Environ(), childVariable+"=1")
		return cmd
	}}
}

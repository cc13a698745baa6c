package main

import (
	"context"
	"io"
	"path/filepath"
	"strings"
	"testing"
)

// execute runs a command in this process.
func execute(ctx context.Context, m machine, stdin io.Reader, stdout, stderr io.Writer, args ...string) error {
	root := newRoot(&globals{getenv: func(string) string { return "" }}, m)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	root.SetArgs(args)
	return root.ExecuteContext(ctx)
}

// command runs a command in this process on a policy and a history, and returns what it prints and
// its exit code.
func command(t *testing.T, path, state string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, text strings.Builder
	code, err := exitCode(execute(t.Context(), machine{}, strings.NewReader(""), &out, &text, append(args, "--config", path, "--state", state)...))
	if err != nil {
		writeError(&text, err)
	}
	return out.String(), text.String(), code
}

// testService returns what run runs, on a policy and in a state directory.
func testService(path, state string, log io.Writer, m machine) *service {
	return &service{
		policy: path, history: filepath.Join(state, "history.db"), getenv: func(string) string { return "" },
		stdout: io.Discard, stderr: log, machine: m,
	}
}

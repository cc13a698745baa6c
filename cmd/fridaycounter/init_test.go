package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/schema"
)

// TestInitDoesNotWaitForGit has a Git that never answers.
func TestInitDoesNotWaitForGit(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "git"), []byte("#!/bin/sh\nsleep 60\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	began := time.Now()
	warnings := ignoredByGit(ctx, schema.Installed{Root: dir, Needed: []string{filepath.Join(dir, "counter.cue")}})
	if took := time.Since(began); warnings != "" || took > 20*time.Second {
		t.Errorf("got %q after %v", warnings, took)
	}
}

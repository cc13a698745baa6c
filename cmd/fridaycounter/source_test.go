package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/jsonl"
)

// What was in the file stays known when the file is cut short, and the loss is told.
func TestFileSourceLosesAnEnvironment(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deployments.jsonl")
	write := func(lines ...string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	file, err := jsonl.Open(jsonl.Opts{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	s := &fileSource{file: file, path: path}
	blue := `{"id":"1","project":"shop","environment":"Blue","started":"2026-03-02T10:00:00Z","state":"success"}`
	green := `{"id":"2","project":"shop","environment":"Green","started":"2026-03-13T10:00:00Z","state":"success"}`
	for _, c := range []struct {
		name  string
		lines []string
		want  string // in the error; "" for none
	}{
		{"both", []string{blue, green}, ""},
		{"one lost", []string{blue}, "has no deployment to Green any more"},
		{"still lost", []string{blue}, "has no deployment to Green any more"},
		{"back", []string{blue, green}, ""},
	} {
		write(c.lines...)
		_, err := s.Poll(context.Background(), nil, time.Now())
		if got := errorText(err); c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

package schema

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cuelang.org/go/cue/format"
	"pgregory.net/rapid"

	"github.com/fridaycounter/fridaycounter/schema/internal/diagnose"
)

// FuzzEvaluate wants an answer to any file: a configuration that can be used, or
// diagnostics that say where. What needs no evaluation runs here, where the fuzzer
// sees its coverage; the rest in a child, since some files take all memory.
func FuzzEvaluate(f *testing.F) {
	for _, pattern := range []string{"testdata/*.cue", "testdata/wall/*.cue", "testdata/*.txtar", "../counter.cue"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(text)
		}
	}
	e := newEvaluator()
	f.Fuzz(func(t *testing.T, file []byte) {
		if len(file) > MaxFile {
			return
		}
		if f := diagnose.Read(policyKind(), "counter.cue", file); f.Count() > 0 {
			var refused Error
			for _, d := range f.Diagnostics() {
				refused.Diagnostics = append(refused.Diagnostics, Diagnostic(d))
			}
			answered(t, file, nil, &refused)
			return
		}
		begin := time.Now()
		c, err := e.Evaluate(t.Context(), "counter.cue", file)
		if took := time.Since(begin); took > 3*cpuTime {
			t.Errorf("took %v", took)
		}
		answered(t, file, c, err)
	})
}

// answered checks an answer of the evaluator, whatever the file.
func answered(t interface{ Errorf(string, ...any) }, file []byte, c *Config, err error) {
	var refused *Error
	switch {
	case err == nil:
		if len(c.Rules) == 0 || len(c.Poll) == 0 || len(c.Pages) == 0 || len(c.Brightness) == 0 || c.Display.Columns < 1 || c.Display.Rows < 1 {
			t.Errorf("accepted an incomplete configuration %+v of\n%s", c, file)
		}
		if _, err := c.Location(); err != nil || c.Timezone == "" || c.Timezone == "Local" {
			t.Errorf("accepted the zone %q: %v", c.Timezone, err)
		}
	case !errors.As(err, &refused):
		t.Errorf("neither an answer nor a diagnostic: %v of\n%s", err, file)
	default:
		for _, d := range refused.Diagnostics {
			if d.Message == "" || d.Position.File != "counter.cue" || d.Position.Line > bytes.Count(file, []byte("\n"))+1 {
				t.Errorf("a diagnostic without a place or words: %+v of\n%s", d, file)
			}
		}
	}
}

// TestMutations corrupts a good file at random, in this process: nothing panics,
// and what is accepted either says the same as before or differs in more than
// white space and comments.
func TestMutations(t *testing.T) {
	good := [][]byte{shipped(t), []byte(testFile(t, "sample.cue")), []byte(testFile(t, "minimal.txtar"))}
	_, good[2], _ = bytes.Cut(good[2], []byte("-- counter.cue --\n"))
	good[2], _, _ = bytes.Cut(good[2], []byte("-- want --"))
	rapid.Check(t, func(t *rapid.T) {
		original := rapid.SampledFrom(good).Draw(t, "file")
		file := corrupt(t, original)
		a := evaluate(request{Name: "counter.cue", File: file})
		var err error
		if len(a.Diagnostics) > 0 {
			err = &Error{Diagnostics: a.Diagnostics}
		}
		answered(t, file, a.Config, err)
		if err == nil && sameTokens(original, file) {
			want := evaluate(request{Name: "counter.cue", File: original}).Config
			a.Config.Positions, want.Positions = nil, nil
			if got, want := marshal(t, a.Config), marshal(t, want); got != want {
				t.Errorf("white space changed the configuration from\n%s\nto\n%s", want, got)
			}
		}
		if bytes.Contains(marshalDiagnostics(a.Diagnostics), []byte("CUE cannot evaluate it")) {
			t.Errorf("panic: %v of\n%s", a.Diagnostics, file)
		}
	})
}

// corrupt changes a copy of a file at random.
func corrupt(t *rapid.T, original []byte) []byte {
	pieces := []string{"{", "}", "[", "]", "(", ")", ",", ":", "\"", "\\(", "#", "_", "?", "!", "&", "|", "*", "...", "\n", "0", "9", "-", ".", "//", "if true ", "for x in [1] ", "let x = 1\n", "null", "é", "\xff"}
	file := bytes.Clone(original)
	for range rapid.IntRange(1, 3).Draw(t, "mutations") {
		at := rapid.IntRange(0, len(file)-1).Draw(t, "at")
		n := min(rapid.IntRange(1, 12).Draw(t, "length"), len(file)-at)
		switch rapid.IntRange(0, 3).Draw(t, "kind") {
		case 0: // delete
			file = append(file[:at:at], file[at+n:]...)
		case 1: // insert
			piece := rapid.SampledFrom(pieces).Draw(t, "piece")
			file = bytes.Join([][]byte{file[:at], []byte(piece), file[at:]}, nil)
		case 2: // repeat
			file = bytes.Join([][]byte{file[:at+n], file[at : at+n], file[at+n:]}, nil)
		case 3: // change a byte
			file[at] ^= 1 << rapid.IntRange(0, 6).Draw(t, "bit")
		}
	}
	return file
}

// TestScenarioMutations corrupts the shipped scenarios: nothing panics, and what
// is accepted can be judged.
func TestScenarioMutations(t *testing.T) {
	policy, original := shippedPolicy(t), shippedScenarios(t)
	accepted := 0
	rapid.Check(t, func(t *rapid.T) {
		a := evaluate(request{Name: "counter_scenarios.cue", File: corrupt(t, original), Policy: policy})
		for _, d := range a.Diagnostics {
			if d.Message == "" || d.Position.File != "counter_scenarios.cue" || strings.Contains(d.Message, "CUE cannot evaluate it") {
				t.Errorf("%+v", d)
			}
		}
		if len(a.Diagnostics) > 0 {
			return
		}
		accepted++
		if len(a.Scenarios) == 0 {
			t.Error("accepted, but there is no scenario")
		}
		for _, s := range a.Scenarios {
			if s.At.IsZero() || s.Position.Line == 0 || len(s.Environments) == 0 {
				t.Errorf("accepted an incomplete scenario %+v", s)
			}
		}
	})
	if accepted == 0 {
		t.Error("no corrupted file was accepted: comments may be corrupted")
	}
}

// sameTokens reports whether two files differ in white space and comments only.
func sameTokens(a, b []byte) bool {
	x, errA := format.Source(a, format.Simplify())
	y, errB := format.Source(b, format.Simplify())
	return errA == nil && errB == nil && bytes.Equal(x, y)
}

func marshalDiagnostics(ds []Diagnostic) []byte {
	if len(ds) == 0 {
		return nil
	}
	return []byte((&Error{Diagnostics: ds}).Error())
}

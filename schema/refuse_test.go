package schema

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// TestEdits makes one edit after the other to testdata/sample.cue. Every entry
// of testdata/edits.txt is a comment, an edit and what vet says to it.
func TestEdits(t *testing.T) { testEdits(t, testFile(t, "sample.cue"), "edits.txt", vet) }

// TestScenarioEdits makes those of testdata/scenarios/edits.txt to the shipped
// scenarios.
func TestScenarioEdits(t *testing.T) {
	policy := shippedPolicy(t)
	testEdits(t, string(shippedScenarios(t)), "scenarios/edits.txt", func(t *testing.T, file string) string {
		return said(evaluate(request{Name: "counter_scenarios.cue", File: []byte(file), Policy: policy}))
	})
}

// testEdits checks a golden file of edits to a sample.
func testEdits(t *testing.T, sample, golden string, vet func(t *testing.T, file string) string) {
	entries := strings.Split(strings.TrimSpace(testFile(t, golden)), "\n\n")
	for i, entry := range entries {
		lines := strings.Split(entry, "\n")
		old, new, ok := strings.Cut(lines[1], " => ")
		if !ok || strings.Count(sample, unescape(old)) == 0 {
			t.Fatalf("%s: no such edit: %s", lines[0], lines[1])
		}
		t.Run(strings.TrimPrefix(lines[0], "# "), func(t *testing.T) {
			got := vet(t, strings.Replace(sample, unescape(old), unescape(new), 1))
			if *update {
				entries[i] = strings.TrimSpace(lines[0] + "\n" + lines[1] + "\n" + got)
				return
			}
			if diff := cmp.Diff(strings.Join(lines[2:], "\n"), got); diff != "" {
				t.Error(diff)
			}
		})
	}
	if *update {
		writeTestFile(t, golden, strings.Join(entries, "\n\n")+"\n")
	}
}

func unescape(s string) string {
	return strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\t`, "\t").Replace(s)
}

// TestFiles vets the whole files of testdata/*.txtar: the comment says why, the
// file "want" has the messages.
func TestFiles(t *testing.T) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatal("no testdata/*.txtar", err)
	}
	for _, name := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			got := vet(t, string(a.Files[0].Data))
			if got != "" {
				got += "\n"
			}
			if *update {
				a.Files = append(a.Files[:1], txtar.File{Name: "want", Data: []byte(got)})
				if err := os.WriteFile(name, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(a.Files[1].Data), got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// vet returns what vet says to the file, "" for nothing.
func vet(t *testing.T, file string) string {
	t.Helper()
	return said(evaluate(request{Name: "counter.cue", File: []byte(file)}))
}

// said returns the diagnostics of an answer, one a line.
func said(a answer) string {
	if len(a.Diagnostics) == 0 {
		return ""
	}
	return (&Error{Diagnostics: a.Diagnostics}).Error()
}

// shippedPolicy returns the shipped counter.cue evaluated.
func shippedPolicy(t testing.TB) *Config {
	t.Helper()
	a := evaluate(request{Name: "counter.cue", File: shipped(t)})
	if a.Config == nil {
		t.Fatal(said(a))
	}
	return a.Config
}

func testFile(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func writeTestFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join("testdata", name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

package schema

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// TestEdits makes one edit after the other to testdata/sample.cue. Every entry
// of testdata/edits.txt is a comment, an edit and what vet says to it.
func TestEdits(t *testing.T) { testEdits(t, testFile(t, "sample.cue"), "edits.txt", vet) }

// TestMistakes makes the mistakes that people make in their first hour, and those who come from
// Alertmanager, Grafana, YAML or another language: the snippet, and the line that helps.
func TestMistakes(t *testing.T) {
	line := regexp.MustCompile(`^(counter|wall)\.cue:\d+:\d+: .`)
	for sample, golden := range map[string]string{
		"sample.cue": "mistakes.txt", "published.cue": "mistakes_published.txt", "wall/wall.cue": "mistakes_wall.txt",
	} {
		testEdits(t, testFile(t, sample), golden, func(t *testing.T, file string) string {
			got := vet(t, file)
			lines := strings.Split(got, "\n")
			if len(lines) > 2 || got != "" && slices.ContainsFunc(lines, func(l string) bool { return !line.MatchString(l) || len(l) > 300 }) {
				t.Errorf("want at most two lines with a position:\n%s", got)
			}
			if strings.Contains(got, "hunter2") {
				t.Errorf("a secret is shown:\n%s", got)
			}
			return got
		})
	}
}

// TestOtherFormats vets whole files that are no CUE, or not in UTF-8.
func TestOtherFormats(t *testing.T) {
	inUTF16 := func(text string, order binary.AppendByteOrder) string {
		var b []byte
		for _, unit := range utf16.Encode([]rune(text)) {
			b = order.AppendUint16(b, unit)
		}
		return string(b)
	}
	good := string(shipped(t))
	const yaml = "timezone: Europe/Berlin\nrules:\n  fridays:\n    forbid:\n      - weekdays: [Friday]\n"
	for _, c := range []struct{ name, file, want string }{
		{"UTF-16 little endian, as Windows saves it", inUTF16("\ufeff"+good, binary.LittleEndian), "counter.cue:1:1: the file is UTF-16 (save the file as UTF-8)"},
		{"UTF-16 big endian", inUTF16("\ufeff"+good, binary.BigEndian), "counter.cue:1:1: the file is UTF-16 (save the file as UTF-8)"},
		{"UTF-16 without a mark", inUTF16("package counter\n", binary.LittleEndian), "counter.cue:1:1: the file is UTF-16 (save the file as UTF-8)"},
		{"a byte order mark", "\ufeff" + good, ""},
		{"line ends of Windows", strings.ReplaceAll(good, "\n", "\r\n"), ""},
		{"Windows-1252", strings.Replace(good, "fire-drill", "f\xfcr", 1), "counter.cue:35:51: the byte 0xfc is not UTF-8 (save the file as UTF-8)"},
		{"empty", "", "counter.cue:1:1: the file is empty (fridaycounter init writes one to begin with)"},
		{"nothing but a byte order mark", "\ufeff\n", "counter.cue:1:4: the file is empty (fridaycounter init writes one to begin with)"},
		{"comments only", "// nothing yet\n", `counter.cue:1:15: the file says nothing: want schema.#Counter & {…}`},
		{"JSON", "{\n\t\"timezone\": \"Europe/Berlin\"\n}\n", `counter.cue:1:1: JSON alone is not enough (write package counter, import "github.com/fridaycounter/fridaycounter/schema" and schema.#Counter & above it)`},
		{"YAML", yaml, "counter.cue:1:1: this is YAML, and no CUE (fridaycounter init writes one to begin with)"},
		{"YAML with its mark", "---\n" + yaml, "counter.cue:1:1: this is YAML, and no CUE (fridaycounter init writes one to begin with)"},
		{"YAML that CUE can parse", "timezone: Europe/Berlin\n", `counter.cue:1:1: missing: want "package counter" as the first line (cue vet ./... does not read a file without it)`},
		{"fields without the wrapper", "package counter\n\ntimezone: \"UTC\"\npoll: [{every: \"1h\"}]\n", `counter.cue:3:1: the fields stand outside of schema.#Counter & {…} (write schema.#Counter & { above them and } below)`},
		{"scenarios in the policy's place", string(shippedScenarios(t)), `counter.cue:13:1: "scenarios" stands outside of schema.#Counter & {…}, where nothing is checked (they belong in counter_scenarios.cue)`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := vet(t, c.file); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

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
	return strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\t`, "\t", `\u00a0`, "\u00a0", `\u200b`, "\u200b").Replace(s)
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
	return said(evaluateFile(file))
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

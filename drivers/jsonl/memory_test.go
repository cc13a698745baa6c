package jsonl

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/fridaycounter/fridaycounter/rules"
)

// mapped returns how much memory Go's runtime ever mapped: its high-water mark.
func mapped() int64 {
	sample := []metrics.Sample{{Name: "/memory/classes/total:bytes"}}
	metrics.Read(sample)
	return int64(sample[0].Value.Uint64())
}

// manyLines writes a file of n lines, and returns its source.
func manyLines(t *testing.T, n int, line func(i int) string) *Source {
	t.Helper()
	path := filepath.Join(t.TempDir(), "many.jsonl")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(file)
	for i := range n {
		w.WriteString(line(i) + "\n")
	}
	if err := errors.Join(w.Flush(), file.Close()); err != nil {
		t.Fatal(err)
	}
	return New(path, nil)
}

// TestMemoryOfManyLines reads files of many lines: memory goes by what is kept of them.
func TestMemoryOfManyLines(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 100 MB")
	}
	const start = `"started":"2026-03-13T16:40:00Z"}`
	for _, test := range []struct {
		name         string
		lines        int
		line         func(i int) string
		environments string
		want         string // error
		kept         int
		limit        int64 // MiB
	}{
		{"a million runs", 1_000_000, func(i int) string { return fmt.Sprintf(`{"id":%d,"environment":"P",`, i) + start }, "",
			"FILE:200001:1: is one deployment more than 200000: move older ones to another file", 0, 24},
		{"many lines of one run", 300_000, func(i int) string { return `{"id":"1","environment":"P",` + start }, "", "", 1, 16},
		{"many lines of 28 runs in turn", 300_000, func(i int) string {
			return fmt.Sprintf(`{"id":"1","environment":"P","started":"2026-03-%02dT16:40:00Z"}`, 1+i%28)
		}, "", "", 29, 16},
		{"what is not selected", 100_000, func(i int) string {
			return fmt.Sprintf(`{"id":%d,"environment":"%s","version":"%0200d",`, i, strings.Repeat("P", 1+i/99_990), i) + start
		}, "PP", "", 10, 24},
		{"environments", 100_000, func(i int) string { return fmt.Sprintf(`{"id":"1","environment":"P%d",`, i) + start }, "",
			"FILE:10001:1: is of one environment more than 10000", 0, 24},
		{"names", 100_000, func(i int) string {
			return fmt.Sprintf(`{"id":"1","environment_id":1,"environment":"P%d",`, i) + start
		}, "", "FILE:102:1: gives its environment or project one name more than 100", 0, 16},
	} {
		s := manyLines(t, test.lines, test.line)
		if test.environments != "" {
			p, err := rules.ParsePattern(test.environments)
			if err != nil {
				t.Fatal(err)
			}
			s.selection.Environments = []rules.Pattern{p}
		}
		runtime.GC()
		debug.FreeOSMemory()
		before := mapped()
		answer, err := s.Poll(t.Context(), nil, now)
		grown := (mapped() - before) >> 20
		if got := strings.ReplaceAll(fmt.Sprint(err), s.path, "FILE"); err != nil && got != test.want || err == nil && test.want != "" {
			t.Errorf("%s: got %v, want %s", test.name, err, test.want)
		}
		if len(answer.Deployments) != test.kept {
			t.Errorf("%s: got %d deployments, want %d", test.name, len(answer.Deployments), test.kept)
		}
		t.Logf("%s: %d MiB", test.name, grown)
		if grown > test.limit {
			t.Errorf("%s: memory grew by %d MiB, want at most %d", test.name, grown, test.limit)
		}
	}
}

// Equal names are one text.
func TestSharedTexts(t *testing.T) {
	line := `{"id":"1","project":"shop","environment":"Production","version":"1.2","started":"2026-11-19T10:00:00Z"}` + "\n"
	list, err := Decode(t.Context(), strings.NewReader(line+strings.Replace(line, `"1"`, `"2"`, 1)), "two")
	if err != nil || len(list) != 2 {
		t.Fatal(list, err)
	}
	a, b := list[0], list[1]
	for _, same := range [][2]string{{a.Project, b.Project}, {a.EnvironmentID, b.EnvironmentID}, {a.Environment, b.Environment}} {
		if same[0] != same[1] || unsafe.StringData(same[0]) != unsafe.StringData(same[1]) {
			t.Errorf("%q is there twice", same[0])
		}
	}
}

func TestDecodeTooLarge(t *testing.T) {
	line := append(bytes.Repeat([]byte(" "), 1023), '\n')
	_, err := Decode(t.Context(), bytes.NewReader(bytes.Repeat(line, maxFile/1024+1)), "big")
	if want := "jsonl: big is larger than 64 MiB"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Decode(ctx, strings.NewReader("{}\n"), "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want canceled", err)
	}
	broken := errors.New("broken")
	if _, err := Decode(t.Context(), io.MultiReader(strings.NewReader("{}"), failing{broken}), "x"); !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func BenchmarkDecode(b *testing.B) {
	d := rules.Deployment{ProjectID: "1", Project: "shop", EnvironmentID: "2", Environment: "Production", Version: "release-7",
		Started: time.UnixMilli(1631513979524), Executed: time.UnixMilli(1631513979600), Finished: time.UnixMilli(1631513989524),
		State: rules.StateSuccess, LifeCycle: rules.LifeCycleFinished}
	var file []byte
	for i := range 1000 {
		var err error
		d.ID = fmt.Sprint(i)
		if file, err = Append(file, &d); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(context.Background(), bytes.NewReader(file), "bench"); err != nil {
			b.Fatal(err)
		}
	}
}

package schema

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"
)

// hostile are files that would take all time or memory, or crash the evaluator.
// Each is a counter with the given fields, or a whole file if it says "package".
func hostile() map[string]string {
	doubling := func(first, format string, n int) string {
		b := first
		for i := range n {
			b += "\n" + fmt.Sprintf(format, i+1, i, i)
		}
		return b
	}
	repeat := func(s string, n int) string { return strings.Repeat(s, n) }
	return map[string]string{
		"list range":           `import "list"` + "\n_a: list.Range(0, 1000000000, 1)\n_b: _a",
		"list range of pages":  `import "list"` + "\npages: [for i in list.Range(0, 100000000, 1) {text: \"x\"}]",
		"list repeat":          `import "list"` + "\npages: list.Repeat([{text: \"x\"}], 1000000000)",
		"string repeat":        `import "strings"` + "\npages: [{text: strings.Repeat(\"x\", 2000000000)}]",
		"list doubling":        doubling("#l0: [1, 2]", "#l%d: [for x in #l%d for y in #l%d {x + y}]", 8) + "\npages: [{text: \"\\(len(#l8))\"}]",
		"string doubling":      doubling(`#s0: "xxxxxxxx"`, "#s%d: #s%d + #s%d", 40) + "\npages: [{text: #s40}]",
		"struct doubling":      doubling(`#d0: {x: 1}`, "#d%d: {a: #d%d, b: #d%d}", 30) + "\npages: [{text: \"\\(#d30.a.a.x)\"}]",
		"billion laughs":       doubling(`#b0: ["lol", "lol"]`, "#b%d: [#b%d, #b%d]", 30) + "\npages: [{text: \"\\(#b30)\"}]",
		"triple loop":          `import "list"` + "\n#r: list.Range(0, 1000, 1)\npages: [for a in #r for b in #r for c in #r {text: \"x\"}]",
		"disjunctions":         doubling("#o: {}", "#o: (({a%d: 1} | {b%d: 2}) & ({c%d: 1} | {d: 2} | {}))", 20) + "\npages: [{text: \"\\(#o.d)\"}]",
		"long sum":             "pages: [{text: \"\\(" + repeat("1+", 20000) + "1)\"}]",
		"large power":          `import "math"` + "\npages: [{text: \"\\(math.Pow(10, 1000000000))\"}]",
		"large number":         "modules: 1" + repeat("0", 60000),
		"large product":        doubling("#p0: 7", "#p%d: #p%d * #p%d", 40) + "\npages: [{text: \"\\(#p40)\"}]",
		"nested brackets":      "pages: " + repeat("[", 30000) + repeat("]", 30000),
		"nested braces":        "pages: " + repeat("{a:", 15000) + "1" + repeat("}", 15000),
		"nested parentheses":   "pages: " + repeat("(", 30000) + "1" + repeat(")", 30000),
		"nested negations":     "insecure: " + repeat("!", 60000) + "true",
		"nested interpolation": "timezone: " + repeat(`"\(`, 9000) + "1" + repeat(`)"`, 9000),
		"brackets left open":   repeat("[", 60000),
		"recursion":            "#f: {n: int, g: #f & {n: 1}}\npages: [{text: \"\\(#f.g.g.n)\"}, #f]",
		"mutual recursion":     "#a: {b: #b}\n#b: {a: #a}\npages: [#a]",
		"reference cycle":      "#x: #y + 1\n#y: #x + 1\npages: [{text: \"\\(#x)\"}]",
		"regexp":               "rules: a: except: [{reason: \"x\", id: \"/" + repeat("(a{1,1000}){1,1000}", 50) + "/\"}]",
		"cue regexp":           "pages: [{text: \"a\" & =~\"" + repeat("(a{1,1000}){1,500}", 50) + "\"}]",
		"many fields":          manyFields(6000),
		"many rules":           "rules: {" + manyRules(900) + "}",
		"many conflicts":       repeat("timezone: \"UTC\"\ntimezone: \"GMT\"\n", 1800),
		"many errors":          "poll: [" + repeat(`{every:"x"},`, 5000) + "]",
		"json":                 `import "encoding/json"` + "\npages: json.Unmarshal(\"" + repeat("[", 50000) + "\")",
		"yaml aliases":         `import "encoding/yaml"` + "\npages: yaml.Unmarshal(#\"\"\"\n\t" + yamlLaughs() + "\n\t\"\"\"#)",
		"control characters":   repeat("\x00\x01\x7f\u202e", 10000),
		"not UTF-8":            repeat("\xff\xfe", 30000),
		"comments":             "package counter\n" + repeat("//\n", 21000),
		"sort":                 `import "list"` + "\n#r: list.Range(0, 3000, 1)\npages: list.Sort([for a in #r for b in #r {text: \"\\(a)\"}], {x: _, y: _, less: x.text < y.text})",
	}
}

func manyFields(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "f%d: 1\n", i)
	}
	return b.String()
}

func manyRules(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "r%d: {forbid: [{weekdays: [\"Friday\"]}, {}]}\n", i)
	}
	return b.String() + `last: {forbid: [{weekdays: ["Frday"]}]}`
}

func yamlLaughs() string {
	lines := []string{`a0: &a0 ["lol","lol","lol","lol"]`}
	for i := range 15 {
		lines = append(lines, fmt.Sprintf("a%d: &a%d [*a%d,*a%d,*a%d,*a%d]", i+1, i+1, i, i, i, i))
	}
	return strings.Join(lines, "\n\t")
}

// wholeHostile puts the fields into a counter that is otherwise good.
func wholeHostile(fields string) string {
	if strings.HasPrefix(fields, "package") || fields[0] == 0 || fields[0] == 0xff {
		return fields
	}
	imports := ""
	if rest, ok := strings.CutPrefix(fields, "import "); ok {
		path, body, _ := strings.Cut(rest, "\n")
		imports, fields = "import "+path+"\n", body
	}
	if !strings.Contains(fields, "pages:") {
		fields += "\npages: [{text: \"7\"}]"
	}
	return "package counter\n" + imports + `import "github.com/fridaycounter/fridaycounter/schema"
schema.#Counter & {
	#streak: _
	timezone: "UTC"
	source: file: path: "deployments.jsonl"
	rules: "no-friday-deploys": forbid: [{weekdays: ["Friday"]}]
	poll: [{every: "5m"}]
	display: {modules: 2, terminal: {}}
	brightness: [{level: 8}]
` + fields + "\n}\n"
}

// TestHostile gives the hostile files to a child one after the other: each is
// refused for little CPU time, and what asks for it stays as it is.
func TestHostile(t *testing.T) {
	if raceDetector {
		t.Skip("a race detector build can have no memory limit")
	}
	e := newEvaluator()
	var child *exec.Cmd
	command := e.Command
	e.Command = func(ctx context.Context) *exec.Cmd {
		child = command(ctx)
		return child
	}
	before := openFiles(t)
	goroutines := runtime.NumGoroutine()
	for name, fields := range hostile() {
		file := wholeHostile(fields)
		if len(file) > MaxFile {
			t.Errorf("%s: %d bytes are refused for their number", name, len(file))
		}
		c, err := e.Evaluate(t.Context(), "counter.cue", []byte(file))
		took := child.ProcessState.UserTime() + child.ProcessState.SystemTime() // whatever else the machine does
		var refused *Error
		switch {
		case err == nil:
			t.Errorf("%s: accepted: %+v", name, c)
		case !errors.As(err, &refused):
			t.Errorf("%s: %v", name, err)
		default:
			first := refused.Diagnostics[0].String()
			t.Logf("%-20s %5d ms: %.150s", name, took.Milliseconds(), first)
			if len(refused.Diagnostics) > 50 || len(refused.Error()) > 64<<10 {
				t.Errorf("%s: %d diagnostics of %d bytes", name, len(refused.Diagnostics), len(refused.Error()))
			}
		}
		if took > cpuTime+time.Second/2 {
			t.Errorf("%s: took %v", name, took)
		}
	}
	if after := openFiles(t); after > before {
		t.Errorf("%d open files, %d before", after, before)
	}
	for range 100 {
		if runtime.NumGoroutine() <= goroutines {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if after := runtime.NumGoroutine(); after > goroutines {
		t.Errorf("%d goroutines, %d before", after, goroutines)
	}
}

// openFiles returns the number of open file descriptors, 0 without a /proc.
func openFiles(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(entries)
}

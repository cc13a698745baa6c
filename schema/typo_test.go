package schema

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/literal"
	"cuelang.org/go/cue/parser"

	"github.com/fridaycounter/fridaycounter/schema/internal/diagnose"
)

// A typo is a file with one mistake.
type typo struct {
	what string
	line int
	// below says that plain `cue vet` may name a line below instead.
	below bool
	file  []byte
}

// typos returns the file with every single mistake in a field's name, a word, a
// bound, a duration, the zone, a time or a date.
func typos(t *testing.T, k diagnose.Kind, file []byte) []typo {
	t.Helper()
	syntax, err := parser.ParseFile(k.Name, file)
	if err != nil {
		t.Fatal(err)
	}
	var found []typo
	replace := func(n ast.Node, text string) {
		from, to := n.Pos().Offset(), n.End().Offset()
		found = append(found, typo{
			what: fmt.Sprintf("line %d: %s -> %s", n.Pos().Line(), file[from:to], text),
			line: n.Pos().Line(),
			file: slices.Concat(file[:from], []byte(text), file[to:]),
		})
	}
	var visit func(expr ast.Node, s *diagnose.Shape)
	visit = func(expr ast.Node, s *diagnose.Shape) {
		if s.Free {
			return
		}
		switch x := expr.(type) {
		case *ast.StructLit:
			for _, d := range x.Elts {
				if c, ok := d.(*ast.Comprehension); ok {
					visit(c.Value, s)
				}
				f, ok := d.(*ast.Field)
				if !ok {
					continue
				}
				name, _, _ := ast.LabelName(f.Label)
				if s.Any != nil {
					replace(f.Label, `""`)
					replace(f.Label, `" "`)
					found[len(found)-1].below, found[len(found)-2].below = true, true
					visit(f.Value, s.Any)
				} else if child := s.Field(name); child != nil {
					for _, wrong := range misspellings(name) {
						replace(f.Label, wrong)
					}
					visit(f.Value, child.Shape)
				}
			}
		case *ast.ListLit:
			for _, e := range x.Elts {
				visit(e, s.Of)
			}
		case *ast.BasicLit:
			for _, wrong := range mistaken(x.Value, s.Definition) {
				replace(x, wrong)
			}
		}
	}
	root := diagnose.ShapeOf(k)
	for _, d := range syntax.Decls {
		switch d := d.(type) {
		case *ast.EmbedDecl:
			visit(d.Expr.(*ast.BinaryExpr).Y, root)
		case *ast.Field:
			d.Value = d.Value.(*ast.BinaryExpr).Y
			visit(&ast.StructLit{Elts: []ast.Decl{d}}, root)
		}
	}
	ast.Walk(syntax, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok && isStreak(sel.X) {
			name, _, _ := ast.LabelName(sel.Sel)
			for _, wrong := range misspellings(name) {
				replace(sel.Sel, wrong)
			}
		}
		return true
	}, nil)
	return found
}

// plain is how plain `cue vet` names the typo's line in t000.cue, t001.cue, ….
func (x typo) plain(i int) string {
	if x.below {
		return fmt.Sprintf("./t%03d.cue:", i)
	}
	return fmt.Sprintf("./t%03d.cue:%d:", i, x.line)
}

// misspellings returns the word with a letter lost, doubled, changed or swapped.
func misspellings(word string) []string {
	n := len(word) / 2
	return []string{
		word[:n] + word[n+1:],
		word[:n] + word[n:n+1] + word[n:],
		word[:n] + "q" + word[n+1:],
		word[1:2] + word[:1] + word[2:],
		strings.ToUpper(word[:1]) + word[1:],
	}
}

// mistaken returns wrong literals for one that satisfies the definition. Names
// that only the team knows have none.
func mistaken(value, def string) []string {
	text, _ := literal.Unquote(value)
	var wrong []string
	switch def {
	case "#Weekday", "#Wiring", "#Font", "#Overflow", "#Measure", "#Count", "#Outcome", "#Zone", "#Event":
		for _, w := range misspellings(text) {
			if w != text {
				wrong = append(wrong, w)
			}
		}
		wrong = append(wrong, "", text+" ", strings.ToUpper(text))
		if def == "#Wiring" {
			wrong = slices.DeleteFunc(wrong, func(w string) bool { return w == text })
		}
	case "#Duration":
		number := strings.TrimRight(text, "hms")
		wrong = []string{number, number + "x", "0m", "-" + text, number + " m", "m", "", number + "mm", "1e9h"}
	case "#From", "#To":
		wrong = []string{"25:00", "24:01", "7:00", "19:60", "19.00", "19", "", "7pm"}
	case "#Date":
		wrong = []string{"2026-02-30", "2026-13-01", "2026-1-1", "24.12.2026", "12-24", "", "tomorrow"}
	case "#Text", "#Pattern", "#ID":
		wrong = []string{"", " "}
	case "#Broker":
		wrong = []string{"mqtt.example.com", "http://mqtt.example.com", "mqtts:/mqtt.example.com", text + "/", text + ":x", "mqtts://u:p@h", "mqtts://", "mqtts://..", text + " ", ""}
	case "#Topic":
		wrong = []string{"/" + text, text + "/", text + "/#", text + "/+", "a//b", "$SYS/a", "#", "a\tb", " " + text, text + " ", ""}
	case "#WallName":
		wrong = []string{"a/b", "a b", "büro", text + "#", strings.Repeat("a", 65), ""}
	case "#FrameSize":
		wrong = []string{"32", "32*8", "0x8", "32x", "x8", "32X8", "32x8x1", "32x4", ""}
	case "#App":
		wrong = []string{"a b", "a/b", strings.Repeat("a", 33), ""}
	case "#AppText":
		wrong = []string{"weeks", "{week}", "{weeks", "{weeks}\n", ""}
	case "#Color":
		wrong = []string{"red", "ff8800", "#ff880", "#ff88000", "#gg8800", ""}
	case "#Port":
		wrong = []string{"banana", "0", "SPI0", "SPI0.x", "spi0.0", "/dev/spidev0", " " + text, ""}
	case "#CredentialName":
		wrong = []string{"/run/" + text, text + "/", ".", "..", " ", ""}
	case "#SecretFile":
		wrong = []string{"https://vault.example.com/x", " ", ""}
	case "#Variable":
		wrong = []string{"$" + text, "1" + text, "A-B", "A B", "A=B", ""}
	case "#Time":
		wrong = []string{"2026-02-30 10:00", "2026-03-13", "10:00", "2026-03-13 25:00", "2026-03-13T10:00", "13.3.2026 10:00", "", "now"}
	case "#Number":
		return []string{"-1", "1.5", strconv.Quote("1")}
	case "#Flag":
		return []string{"1", strconv.Quote("true")}
	case "#Breach":
		return []string{"true", "-1", `""`}
	case "#Speed":
		wrong = []string{"9kHz", "11MHz", "1", "1mhz", "0MHz", ""}
	case "#Level":
		return []string{"16", "-1", "1.5", strconv.Quote("1"), strconv.Quote("of")}
	case "#Modules":
		return []string{"0", "158", "-1", "1.5", strconv.Quote("2")}
	case "#Rotation":
		return []string{"45", "360", "-90"}
	case "#Bool":
		return []string{`"true"`, "1"}
	}
	for i := range wrong {
		wrong[i] = strconv.Quote(wrong[i])
	}
	return wrong
}

// TestTyposVet makes every typo in the shipped files and the sample.
func TestTyposVet(t *testing.T) {
	t.Parallel()
	policy := shippedPolicy(t)
	for _, sample := range []struct {
		kind   diagnose.Kind
		policy *Config
		file   []byte
		every  int // of so many typos one is made: there are thousands
	}{
		{policyKind(), nil, shipped(t), 1},
		{policyKind(), nil, []byte(testFile(t, "sample.cue")), 1},
		{policyKind(), nil, []byte(testFile(t, "sources.cue")), 3},
		{policyKind(), nil, []byte(testFile(t, "published.cue")), 1},
		{wallKind(), nil, []byte(testFile(t, "wall/wall.cue")), 1},
		{scenariosKind(), policy, shippedScenarios(t), 1},
	} {
		for i, typo := range typos(t, sample.kind, sample.file) {
			if i%sample.every != 0 || (raceDetector || testing.Short()) && i%8 != 0 {
				continue // with the race detector it is ten times slower
			}
			a := evaluate(request{Name: sample.kind.Name, File: typo.file, Policy: sample.policy, IsWall: sample.kind.Name == "wall.cue"})
			at := func(d Diagnostic) bool { return d.Position.Line == typo.line && d.Position.Column > 0 }
			if !slices.ContainsFunc(a.Diagnostics, at) {
				t.Errorf("%s: got %v", typo.what, a.Diagnostics)
			}
		}
	}
}

// TestTyposPlain makes every typo in the shipped file and gives all of them to
// one plain `cue vet ./...`. It stops at the first package that is wrong, so they
// are files of one package, each with a name before its counter.
func TestTyposPlain(t *testing.T) {
	t.Parallel()
	vetTypos(t, policyKind(), shipped(t), "schema.#Counter & {")
}

// TestPublishedTyposPlain does the same with what a counter publishes and posts.
func TestPublishedTyposPlain(t *testing.T) {
	t.Parallel()
	vetTypos(t, policyKind(), []byte(testFile(t, "published.cue")), "schema.#Counter & {")
}

// TestWallTyposPlain does the same with a wall.cue.
func TestWallTyposPlain(t *testing.T) {
	t.Parallel()
	vetTypos(t, wallKind(), []byte(testFile(t, "wall/wall.cue")), "schema.#Wall & {")
}

// TestScenarioTyposPlain does the same with the scenarios.
func TestScenarioTyposPlain(t *testing.T) {
	t.Parallel()
	vetTypos(t, scenariosKind(), shippedScenarios(t), "scenarios: schema.#Scenarios & {")
}

func vetTypos(t *testing.T, k diagnose.Kind, good []byte, beginning string) {
	root := t.TempDir()
	if _, err := Init(root, "v0.3.0", false); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"counter.cue", "counter_scenarios.cue"} {
		if err := os.Remove(filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	all := slices.DeleteFunc(typos(t, k, good), func(x typo) bool {
		return strings.Contains(x.what, ": scenarios -> ") // only fridaycounter vet sees this
	})
	if len(all) < 100 {
		t.Errorf("only %d typos", len(all))
	}
	write := func(name string, file []byte) {
		named := bytes.Replace(file, []byte("\n"+beginning), []byte("\n"+name+": "+strings.TrimPrefix(beginning, "scenarios: ")), 1)
		if err := os.WriteFile(filepath.Join(root, name+".cue"), named, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("good", good)
	if out, err := (cueCommand{registry: "none", cache: t.TempDir()}).run(t, root, "vet", "./..."); err != nil {
		t.Fatalf("the file without a typo: %v\n%s", err, out)
	}
	for i, typo := range all {
		write(fmt.Sprintf("t%03d", i), typo.file)
	}
	out, err := (cueCommand{registry: "none", cache: t.TempDir()}).run(t, root, "vet", "./...")
	if err == nil {
		t.Error("cue vet accepts them")
	}
	for i, typo := range all {
		if want := typo.plain(i); !strings.Contains(out, want) {
			t.Errorf("%s: no %s in cue vet's output", typo.what, want)
		}
	}
	if strings.Contains(out, "good.cue") {
		t.Errorf("cue vet refuses the file without a typo:\n%s", out)
	}
}

// TestTruncated cuts the files at every byte.
func TestTruncated(t *testing.T) {
	t.Parallel()
	samples, err := filepath.Glob("testdata/*.cue")
	if err != nil {
		t.Fatal(err)
	}
	policy := shippedPolicy(t)
	for _, name := range append(samples, "testdata/wall/wall.cue", "../counter.cue", "../counter_scenarios.cue") {
		file, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		file = bytes.TrimSpace(file)
		r, beginning := request{Name: "counter.cue"}, "schema.#Counter & {"
		switch {
		case name == "testdata/wall/wall.cue":
			r, beginning = request{Name: "wall.cue", IsWall: true}, "schema.#Wall & {"
		case strings.HasSuffix(name, "_scenarios.cue"):
			r, beginning = request{Name: "counter_scenarios.cue", Policy: policy}, "schema.#Scenarios & {"
		}
		inside := bytes.Index(file, []byte(beginning)) + len(beginning)
		for n := range file {
			if name == "testdata/sources.cue" && n%7 != 0 {
				continue // it is long, and its syntax is that of the others
			}
			r.File = file[:n]
			a := evaluate(r)
			if len(a.Diagnostics) == 0 {
				t.Errorf("%s: accepted after %d bytes", name, n)
			} else if n >= inside && (len(a.Diagnostics) > 1 || a.Diagnostics[0].Message != "file ends before the closing brace") {
				t.Errorf("%s: after %d bytes, …%q: %v", name, n, file[n-10:n], a.Diagnostics)
			}
		}
	}
}

func isStreak(x ast.Expr) bool {
	id, ok := x.(*ast.Ident)
	return ok && id.Name == "#streak"
}

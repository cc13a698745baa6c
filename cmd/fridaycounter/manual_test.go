package main

import (
	"encoding/json"
	"errors"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine"
)

// A page is one that people read.
type page struct {
	path    string // from the root of the repository
	text    string
	samples []sample
}

// A sample is a block of code.
type sample struct{ language, text string }

var fence = regexp.MustCompile("(?ms)^ *```([a-z]*)\n(.*?)^ *```$")

// manual returns the pages of the repository, README.md first.
func manual(t *testing.T) []page {
	t.Helper()
	docs, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(docs) < 9 {
		t.Fatalf("found %v: %v", docs, err)
	}
	var pages []page
	for _, path := range append([]string{"../../README.md", "../../CONTRIBUTING.md", "../../CHANGELOG.md"}, docs...) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		p := page{path: strings.TrimPrefix(path, "../../"), text: string(text)}
		for _, m := range fence.FindAllStringSubmatch(p.text, -1) {
			p.samples = append(p.samples, sample{m[1], m[2]})
		}
		pages = append(pages, p)
	}
	return pages
}

// manualPage returns one page of the manual.
func manualPage(t *testing.T, path string) page {
	t.Helper()
	pages := manual(t)
	i := slices.IndexFunc(pages, func(p page) bool { return p.path == path })
	if i < 0 {
		t.Fatalf("there is no %s", path)
	}
	return pages[i]
}

// in returns the samples of some languages.
func (p page) in(languages ...string) []string {
	var texts []string
	for _, s := range p.samples {
		if slices.Contains(languages, s.language) {
			texts = append(texts, s.text)
		}
	}
	return texts
}

// TestManualLength holds that the README is read to its end, and that its pictures load.
func TestManualLength(t *testing.T) {
	readme := manualPage(t, "README.md")
	if n := len(strings.Fields(readme.text)); n > 1000 {
		t.Errorf("README.md has %d words, want at most 1000", n)
	}
	picture, err := os.Stat("../../docs/page.png")
	if err != nil {
		t.Fatal(err)
	}
	if picture.Size() > 200<<10 || !strings.Contains(readme.text, "](docs/page.png)") {
		t.Errorf("docs/page.png has %d bytes, want at most 200 KB, shown in README.md", picture.Size())
	}
}

// TestManualLinks checks that the links of the pages lead somewhere.
func TestManualLinks(t *testing.T) {
	pages, checked := manual(t), 0
	for _, p := range pages {
		for _, m := range regexp.MustCompile(`\]\(([^)\s]*)\)`).FindAllStringSubmatch(fence.ReplaceAllString(p.text, ""), -1) {
			link, err := url.Parse(m[1])
			if err != nil {
				t.Errorf("%s: %v", p.path, err)
				continue
			}
			if link.Scheme != "" {
				continue
			}
			checked++
			target := p.path
			if link.Path != "" {
				target = filepath.Join(filepath.Dir(p.path), link.Path)
			}
			if _, err := os.Stat(filepath.Join("../..", target)); err != nil {
				t.Errorf("%s: %s: %v", p.path, m[1], err)
			}
			i := slices.IndexFunc(pages, func(p page) bool { return p.path == target })
			if link.Fragment != "" && (i < 0 || !slices.Contains(anchors(pages[i].text), link.Fragment)) {
				t.Errorf("%s: %s: there is no such heading", p.path, m[1])
			}
		}
	}
	if checked < 40 {
		t.Errorf("found %d links only", checked)
	}
}

// anchors returns where links into a page may lead: the headings, in the form that GitHub gives them.
func anchors(text string) []string {
	var all []string
	for _, m := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		plain := regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(strings.ToLower(m[1]), "")
		all = append(all, strings.ReplaceAll(plain, " ", "-"))
	}
	return all
}

// runProgram runs the program, and returns what it says.
func runProgram(t *testing.T, args ...string) (string, error) {
	t.Helper()
	out, err := exec.Command("fridaycounter", args...).CombinedOutput()
	return string(out), err
}

// TestManualCommands checks that the program has each command and flag that the pages name.
func TestManualCommands(t *testing.T) {
	checked := 0
	for _, p := range manual(t) {
		if p.path == "CHANGELOG.md" {
			continue // it tells of the past too
		}
		texts := p.in("sh", "console", "yaml")
		for _, m := range regexp.MustCompile("`([^`\n]+)`").FindAllStringSubmatch(fence.ReplaceAllString(p.text, ""), -1) {
			texts = append(texts, m[1])
		}
		for _, text := range texts {
			text = strings.ReplaceAll(text, "go run ./cmd/fridaycounter", "fridaycounter")
			for _, m := range regexp.MustCompile(`(?m)(?:^\s*|\$ |- |[\[("']|, |\| |sudo |-u fridaycounter |run: |&& )(?:\./)?fridaycounter ([^|;&>#)(\]},\n]+)`).FindAllStringSubmatch(text, -1) {
				if err := checkCommand(m[1]); err != nil {
					t.Errorf("%s: fridaycounter %s: %v", p.path, m[1], err)
				}
				checked++
			}
		}
	}
	if checked < 50 {
		t.Errorf("found %d commands only", checked)
	}
}

// TestManualListsCommands checks that docs/operations.md lists each command.
func TestManualListsCommands(t *testing.T) {
	list := manualPage(t, "docs/operations.md").text
	for _, cmd := range newRoot(new(globals), machine{}).Commands() {
		if cmd.IsAvailableCommand() && !regexp.MustCompile("(?m)^\\| .*`"+cmd.Name()+"\\b").MatchString(list) {
			t.Errorf("docs/operations.md does not list %s", cmd.Name())
		}
	}
}

// TestManualMarks checks that docs/number.md lists what may be seen on the glass in the words of
// the page and of explain.
func TestManualMarks(t *testing.T) {
	polled := func(kind source.Kind) []engine.PollStatus {
		return []engine.PollStatus{{Source: "bamboo", Err: &source.Error{Kind: kind, Err: errors.New("refused")}}}
	}
	all := engine.Status{Stale: true, Refused: errors.New("typo"), Faulty: []string{"max7219"}, Clock: engine.ClockTrusted}
	all.Verdict.Lead.Known, all.Verdict.Lead.AtLeast = true, true
	var seen []string
	for _, change := range []func(*engine.Status){
		func(s *engine.Status) {},
		func(s *engine.Status) { s.Policy, s.Polls = new(engine.Policy), polled(source.Login) },
		func(s *engine.Status) { s.Policy, s.Polls = new(engine.Policy), polled(source.Missing) },
		func(s *engine.Status) { s.Policy, s.Clock = new(engine.Policy), engine.ClockBehind },
	} {
		status := all
		change(&status)
		seen = append(seen, report.Marks(&status)...)
	}
	list := manualPage(t, "docs/number.md").text
	for _, sentence := range seen {
		what, _, _ := strings.Cut(strings.TrimPrefix(sentence, "the "), ":")
		if !strings.Contains(list, "| "+what+" |") {
			t.Errorf("docs/number.md does not list %q", what)
		}
	}
	slices.Sort(seen)
	if seen = slices.Compact(seen); len(seen) < 8 {
		t.Errorf("the glass has %q only", seen)
	}
}

// checkCommand parses a command line, and runs nothing.
func checkCommand(line string) error {
	var args []string
	for _, m := range regexp.MustCompile(`"([^"]*)"|'([^']*)'|(\S+)`).FindAllStringSubmatch(line, -1) {
		args = append(args, m[1]+m[2]+m[3])
	}
	root := newRoot(new(globals), machine{})
	root.InitDefaultCompletionCmd(args...)
	cmd, rest, err := root.Find(args)
	if err != nil {
		return err
	}
	if cmd == root && !strings.HasPrefix(args[0], "-") {
		return errors.New("there is no such command")
	}
	cmd.InitDefaultHelpFlag()
	if err := cmd.ParseFlags(rest); err != nil {
		return err
	}
	if cmd.Flags().NArg() == 0 {
		return nil // prose may name a command without its arguments
	}
	return cmd.ValidateArgs(cmd.Flags().Args())
}

// TestManualData checks that the samples of YAML and JSON are that.
func TestManualData(t *testing.T) {
	for _, p := range manual(t) {
		for _, text := range p.in("yaml") {
			var v map[string]any
			if err := yaml.Unmarshal([]byte(text), &v); err != nil {
				t.Errorf("%s: %v in\n%s", p.path, err, text)
			}
		}
		for _, text := range p.in("json") {
			for line := range strings.Lines(text) {
				if !json.Valid([]byte(line)) {
					t.Errorf("%s: not JSON: %s", p.path, line)
				}
			}
		}
	}
}

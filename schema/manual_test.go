package schema

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestManual compares a part of the manual with what it was: of fields of each form.
func TestManual(t *testing.T) {
	all, err := Manual()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, d := range all {
		if !slices.Contains([]string{"#Counter", "#Wall", "#Publish", "#Streak", "#Credential", "#Exception", "#Page", "#Modules", "#Jenkins", "#Where", "#Paging", "#Want"}, d.Name) {
			continue
		}
		fmt.Fprintf(&b, "%s: %s\n%s", d.Name, d.Type, d.Text)
		for _, f := range d.Fields {
			fmt.Fprintf(&b, "%s: required %v, default %q: %s\n%s", f.Name, f.Required, f.Default, f.Type, f.Text)
		}
		b.WriteString("\n")
	}
	const golden = "testdata/manual.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want := testFile(t, "manual.txt"); b.String() != want {
		t.Errorf("%s differs (go test ./schema -run TestManual -update):\n%s", golden, b.String())
	}
}

// TestText checks that the text begins with #Counter and has every definition.
func TestText(t *testing.T) {
	text, err := Text()
	if err != nil {
		t.Fatal(err)
	}
	if want := "// #Counter is the whole file.\n#Counter: {\n"; !strings.HasPrefix(string(text), want) {
		t.Errorf("it begins with %.80q, want %q", text, want)
	}
	entries, err := files.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		file, err := files.ReadFile(e.Name())
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(file)) {
			if strings.HasPrefix(line, "#") && !strings.Contains(string(text), "\n"+line) {
				t.Errorf("%s: it lacks %s", e.Name(), line)
			}
		}
	}
}

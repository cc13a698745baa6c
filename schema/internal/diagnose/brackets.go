package diagnose

import (
	"fmt"
	"strings"

	"github.com/fridaycounter/fridaycounter/rules"
)

// A nesting is what the brackets of a file say, as far as they can be followed. The parser loses its way
// at the first mistake and complains about what is right; the brackets do not.
type nesting struct {
	isOpen   bool       // brackets are open at the end
	mismatch bool       // a closing bracket closes another or none; nothing is known from there on
	wrong    Diagnostic // what is wrong first
}

// A bracket is one that is open.
type bracket struct {
	closing      rune // what closes it
	line, indent int
}

// nest follows the brackets. A line that is not indented deeper than that of an open one begins with what
// closes it: where that is not so, a bracket is missing, or one is too many.
func (f *File) nest() nesting {
	n := nesting{wrong: Diagnostic{Position: f.end(), Message: "file ends before the closing brace"}}
	indented := Diagnostic{}
	var open []bracket
	heads := map[int]int{} // by indentation: the last line that ends with a colon
lines:
	for i, line := range strings.Split(blot(string(f.shown)), "\n") {
		code := strings.TrimSpace(line)
		indent := strings.Index(line, code)
		for column, c := range code {
			at := rules.Position{File: f.name, Line: i + 1, Column: indent + column + 1}
			if column == 0 && indented.Message == "" {
				indented = misplaced(at, c, open, heads[indent])
			}
			top := len(open) - 1
			switch {
			case strings.ContainsRune("{[(", c):
				open = append(open, bracket{map[rune]rune{'{': '}', '[': ']', '(': ')'}[c], i + 1, indent})
			case !strings.ContainsRune("}])", c):
			case top >= 0 && c == open[top].closing:
				open = open[:top]
			default:
				n.mismatch, n.wrong = true, f.unmatched(at, c, open)
				break lines
			}
		}
		if heads[indent] = 0; strings.HasSuffix(code, ":") {
			heads[indent] = i + 1
		}
	}
	if indented.Message != "" {
		n.wrong = indented
	}
	n.isOpen = len(open) > 0
	return n
}

// unmatched says which bracket a closing one meets instead of its own.
func (f *File) unmatched(at rules.Position, c rune, open []bracket) Diagnostic {
	d := Diagnostic{Position: at, Message: fmt.Sprintf("this %q closes nothing", string(c))}
	if len(open) > 0 {
		last := open[len(open)-1]
		opening := map[rune]string{'}': "{", ']': "[", ')': "("}[last.closing]
		d.Message = fmt.Sprintf("%q meets the open %q of line %d: a bracket is missing, or one is too many", string(c), opening, last.line)
	} else if !f.mentions(f.Kind.Definition) {
		d.Hint = "write schema." + f.Kind.Definition + " & { above the fields"
	}
	return d
}

// misplaced says what is wrong with a line that begins with c, among the brackets that are open. Head is
// the last line with that indentation, if it ends with a colon.
func misplaced(at rules.Position, c rune, open []bracket, head int) (d Diagnostic) {
	isClosing, last := strings.ContainsRune("}])", c), bracket{indent: -1}
	if len(open) > 0 {
		last = open[len(open)-1]
	}
	indent := at.Column - 1
	d.Position = at
	switch {
	case isClosing && last.indent < indent && head > 0:
		d.Message = fmt.Sprintf("this %q closes nothing", string(c))
		d.Hint = fmt.Sprintf("write its other half at the end of line %d", head)
	case isClosing && last.indent < indent && len(open) > 0:
		d.Message = fmt.Sprintf("this %q meets the bracket of line %d, which is indented otherwise", string(c), last.line)
		d.Hint = "a bracket between them is missing, or one is too many"
	case last.indent > indent, last.indent == indent && c != last.closing:
		d.Message = fmt.Sprintf("the bracket that is open since line %d is not closed before this line", last.line)
		d.Hint = fmt.Sprintf("write %c above it", last.closing)
	}
	return d
}

package diagnose

import (
	"fmt"
	"strings"

	"github.com/fridaycounter/fridaycounter/rules"
)

// A bracket is one that is open.
type bracket struct {
	opening, closing rune
	line, indent     int
}

// closes has what closes a bracket.
var closes = map[rune]rune{'{': '}', '[': ']', '(': ')'}

const isClosing = "}])"

// depth returns how many more brackets the code opens than it closes.
func depth(code string) (n int) {
	for opening, closing := range closes {
		n += strings.Count(code, string(opening)) - strings.Count(code, string(closing))
	}
	return n
}

// nest follows the brackets of the file, and returns what is wrong first. The parser loses its way at the first
// mistake and complains about what is right; the brackets do not. A line that is not indented deeper than that of
// an open one begins with what closes it: where that is not so, a bracket is missing, or one is too many. At a
// mismatch a bracket closes another or none, and nothing is known from there on.
func (f *File) nest() (wrong Diagnostic, isOpen, mismatch bool) {
	open := []bracket{{indent: -1}}
	heads := map[int]int{} // by indentation: the last line that ends with a colon
	for i, line := range strings.Split(Blot(string(f.shown)), "\n") {
		code := strings.TrimSpace(line)
		indent := strings.Index(line, code)
		for column, c := range code {
			at := rules.Position{File: f.name, Line: i + 1, Column: indent + column + 1}
			last := open[len(open)-1]
			if column == 0 && wrong.Message == "" {
				wrong = last.misplaced(at, c, heads[indent])
			}
			switch closing := closes[c]; {
			case closing != 0:
				open = append(open, bracket{c, closing, i + 1, indent})
			case !strings.ContainsRune(isClosing, c):
			case c == last.closing:
				open = open[:len(open)-1]
			case wrong.Message != "":
				return wrong, len(open) > 1, true
			default:
				return f.unmatched(at, c, last), len(open) > 1, true
			}
		}
		if heads[indent] = 0; strings.HasSuffix(code, ":") {
			heads[indent] = i + 1
		}
	}
	if wrong.Message == "" {
		wrong = Diagnostic{Position: f.end(), Message: "file ends before the closing brace"}
	}
	return wrong, len(open) > 1, false
}

// unmatched says which bracket a closing one meets instead of its own.
func (f *File) unmatched(at rules.Position, c rune, last bracket) Diagnostic {
	d := Diagnostic{Position: at, Message: fmt.Sprintf("this %q closes nothing", string(c))}
	if last.line > 0 {
		d.Message = fmt.Sprintf("%q meets the open %q of line %d: a bracket is missing, or one is too many", string(c), string(last.opening), last.line)
	} else if !f.mentions(f.Kind.Definition) {
		d.Hint = "write schema." + f.Kind.Definition + " & { above the fields"
	}
	return d
}

// misplaced says what is wrong with a line that begins with c, where b is the last bracket that is open. Head is
// the last line with that indentation, if it ends with a colon.
func (b bracket) misplaced(at rules.Position, c rune, head int) Diagnostic {
	d, indent := Diagnostic{Position: at}, at.Column-1
	switch isDeeper := strings.ContainsRune(isClosing, c) && b.indent < indent; {
	case isDeeper && head > 0:
		d.Message = fmt.Sprintf("this %q closes nothing", string(c))
		d.Hint = fmt.Sprintf("write its other half at the end of line %d", head)
	case isDeeper && b.line > 0:
		d.Message = fmt.Sprintf("this %q meets the bracket of line %d, which is indented otherwise", string(c), b.line)
		d.Hint = "a bracket between them is missing, or one is too many"
	case b.indent > indent, b.indent == indent && c != b.closing:
		d.Message = fmt.Sprintf("the bracket that is open since line %d is not closed before this line", b.line)
		d.Hint = fmt.Sprintf("write %c above it", b.closing)
	}
	return d
}

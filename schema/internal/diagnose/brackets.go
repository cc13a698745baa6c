package diagnose

import (
	"fmt"
	"strings"

	"cuelang.org/go/cue/scanner"
	"cuelang.org/go/cue/token"

	"github.com/fridaycounter/fridaycounter/rules"
)

// A lexeme is one token of a file, and how many brackets are open around it.
type lexeme struct {
	token token.Token
	pos   token.Pos
	text  string // as the file has it: "" for operators
	depth int
}

// A tokenStream is a file as far as its brackets can be followed. The parser loses
// its way at the first mistake and complains about what is right; the tokens do not.
type tokenStream struct {
	tokens    []lexeme
	open      []lexeme  // brackets that nothing has closed
	broken    token.Pos // a literal that the scanner refused; nothing is known from here on
	unmatched *lexeme   // the first closing bracket that closes another or none
}

// lex follows the file's tokens to its end, or to the first that is broken.
func lex(name string, text []byte) *tokenStream {
	l := &tokenStream{}
	var scan scanner.Scanner
	scan.Init(token.NewFile(name, -1, len(text)), text, func(pos token.Pos, _ string, _ []any) {
		if !l.broken.IsValid() {
			l.broken = pos
		}
	}, 0)
	var resume []int // depths at which a closing parenthesis resumes a string
	inString := false
	for !l.broken.IsValid() && l.unmatched == nil {
		pos, tok, literal := scan.Scan()
		if tok == token.EOF {
			break
		}
		x := lexeme{tok, pos, literal, len(l.open)}
		switch tok {
		case token.LBRACE, token.LBRACK, token.LPAREN:
			if inString {
				resume = append(resume, len(l.open))
			}
			l.open = append(l.open, x)
		case token.RBRACE, token.RBRACK, token.RPAREN:
			if len(l.open) == 0 || closing(l.open[len(l.open)-1].token) != tok {
				l.unmatched = &x
				continue
			}
			l.open = l.open[:len(l.open)-1]
			x.depth = len(l.open)
			if n := len(resume); n > 0 && resume[n-1] == len(l.open) {
				resume = resume[:n-1]
				rest := scan.ResumeInterpolation()
				inString = rest[len(rest)-1] == '('
				l.tokens = append(l.tokens, x)
				continue
			}
		}
		inString = tok == token.INTERPOLATION
		l.tokens = append(l.tokens, x)
	}
	return l
}

// closing returns the bracket that closes another.
func closing(open token.Token) token.Token {
	switch open {
	case token.LBRACE:
		return token.RBRACE
	case token.LBRACK:
		return token.RBRACK
	}
	return token.RPAREN
}

// reportBracket says which bracket a closing one meets instead of its own.
func (f *File) reportBracket(l *tokenStream) {
	if f.reportIndent() {
		return
	}
	if len(l.open) == 0 {
		hint := ""
		if !f.mentions(f.Kind.Definition) {
			hint = "write schema." + f.Kind.Definition + " & { above the fields"
		}
		f.Add(nil, f.At(l.unmatched.pos), fmt.Sprintf("this %q closes nothing", l.unmatched.token.String()), hint)
		return
	}
	last := l.open[len(l.open)-1]
	f.Add(nil, f.At(l.unmatched.pos), fmt.Sprintf("%q meets the open %q of line %d: a bracket is missing, or one is too many",
		l.unmatched.token.String(), last.token.String(), last.pos.Line()), "")
}

// reportIndent says where the indentation shows that a bracket is missing, in a file that has too many of one
// of them: a line that is not indented deeper than that of an open one begins with what closes it.
func (f *File) reportIndent() bool {
	type bracket struct {
		closing      rune
		line, indent int
	}
	var open []bracket
	heads := map[int]int{} // by indentation: the last line that ends with a colon
	for i, line := range strings.Split(blot(string(f.shown)), "\n") {
		code := strings.TrimSpace(line)
		indent := strings.Index(line, code)
		at := rules.Position{File: f.name, Line: i + 1, Column: indent + 1}
		for n, c := range code {
			isClosing, top := strings.ContainsRune("}])", c), len(open)-1
			switch {
			case isClosing && n == 0 && (top < 0 || open[top].indent < indent):
				message, hint := fmt.Sprintf("this %q closes nothing", string(c)), fmt.Sprintf("write its other half at the end of line %d", heads[indent])
				if heads[indent] == 0 && top < 0 {
					return false
				} else if heads[indent] == 0 {
					message = fmt.Sprintf("this %q meets the bracket of line %d, which is indented otherwise", string(c), open[top].line)
					hint = "a bracket between them is missing, or one is too many"
				}
				f.Add(nil, at, message, hint)
				return true
			case n == 0 && top >= 0 && (open[top].indent > indent || open[top].indent == indent && c != open[top].closing):
				f.Add(nil, at, fmt.Sprintf("the bracket that is open since line %d is not closed before this line", open[top].line),
					fmt.Sprintf("write %c above it", open[top].closing))
				return true
			case isClosing && (top < 0 || c != open[top].closing):
				return false // within a line, where the tokens know more
			case isClosing:
				open = open[:top]
			case strings.ContainsRune("{[(", c):
				open = append(open, bracket{map[rune]rune{'{': '}', '[': ']', '(': ')'}[c], i + 1, indent})
			}
		}
		if heads[indent] = 0; strings.HasSuffix(code, ":") {
			heads[indent] = i + 1
		}
	}
	return false
}

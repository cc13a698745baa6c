package diagnose

import (
	"bytes"
	"fmt"

	"cuelang.org/go/cue/scanner"
	"cuelang.org/go/cue/token"
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
	pairs     [][2]lexeme
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
			l.pairs = append(l.pairs, [2]lexeme{l.open[len(l.open)-1], x})
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
	if f.reportIndent(l) {
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

// reportIndent says which closing bracket begins a line that is indented otherwise than that of the bracket
// it closes, in a file that has too many of one of them.
func (f *File) reportIndent(l *tokenStream) bool {
	indent := func(x lexeme) string {
		line := []byte(f.line(f.At(x.pos)))
		return string(line[:len(line)-len(bytes.TrimLeft(line, " \t"))])
	}
	for _, p := range l.pairs {
		if first := len(indent(p[1])) == p[1].pos.Column()-1; first && indent(p[0]) != indent(p[1]) {
			f.Add(nil, f.At(p[1].pos), fmt.Sprintf("%q closes the %q of line %d, which is indented otherwise: a bracket between them is missing, or one is too many",
				p[1].token.String(), p[0].token.String(), p[0].pos.Line()), "")
			return true
		}
	}
	return false
}

package diagnose

import (
	"cmp"
	"regexp"
	"strconv"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"
)

// refuse records that a value is not what its definition wants. The message is the schema's or CUE's.
func (f *File) refuse(p Path, value ast.Expr, def, message string) {
	text := f.excerpt(value)
	switch {
	case !isWanted(message):
		message = tidy(message)
	case text != "":
		message = text + " is " + message
	}
	f.Add(p, f.At(value.Pos()), message, f.advice(def, value))
}

// isWanted reports whether a message is one of the schema's own.
func isWanted(message string) bool { return strings.HasPrefix(message, "not a") }

// advice says what to write in place of a value that is not what the definition wants; "" where
// nothing is better than another.
func (f *File) advice(def string, value ast.Expr) string {
	lit, ok := value.(*ast.BasicLit)
	if !ok || def == "" {
		return ""
	}
	if lit.Kind != token.STRING {
		return f.quoteAdvice(def, lit)
	}
	word, err := strconv.Unquote(lit.Value)
	if err != nil {
		return ""
	}
	wanted := f.definition(def).IncompleteKind()
	if wanted&cue.NumberKind != 0 && number.MatchString(word) || wanted&cue.BoolKind != 0 && (word == "true" || word == "false") {
		return "write " + word + ", without quotes"
	}
	return f.wordAdvice(def, word)
}

// wordAdvice is advice about a string.
func (f *File) wordAdvice(def, word string) string {
	switch def {
	case "#Zone":
		return zoneAdvice(word, zoneNames(f.Kind.Schema))
	case "#Weekday":
		if advice := weekdayAdvice(word); advice != "" {
			return advice
		}
	case "#Date":
		return dateAdvice(word)
	case "#From", "#To":
		return clockAdvice(word)
	case "#Duration":
		return durationAdvice(word)
	}
	for _, c := range corrections {
		if c.def != def || !c.pattern.MatchString(word) {
			continue
		}
		if write := c.pattern.ReplaceAllString(word, c.write); write != strconv.Quote(word) {
			return "write " + write
		}
	}
	return suggest(word, f.words(def))
}

// corrections are what to write in place of a text that the pattern matches.
var corrections = []struct {
	def     string
	pattern *regexp.Regexp
	write   string
}{
	{"#Bool", regexp.MustCompile(`^(?i:yes|on|true)$`), "true"},
	{"#Bool", regexp.MustCompile(`^(?i:no|off|false)$`), "false"},
	{"#Port", regexp.MustCompile(`^\D*(\d)\D(\d)$`), `"SPI$1.$2"`},
	{"#URL", regexp.MustCompile(`^([A-Za-z0-9-]+([.][A-Za-z0-9-]+)*(:\d+)?(/[^?#@ ]*)?)$`), `"https://$1"`},
	{"#Current", regexp.MustCompile(`^(\d+)\s*(?i:ma)?$`), `"${1}mA"`},
	{"#Current", regexp.MustCompile(`^(\d+)\s*[aA]$`), `"${1}000mA"`},
	{"#Speed", regexp.MustCompile(`^(\d+)000000$`), `"${1}MHz"`},
	{"#Speed", regexp.MustCompile(`^(\d+)000$`), `"${1}kHz"`},
	{"#Speed", regexp.MustCompile(`^([0-9.]+)\s*(?i:m(?:hz)?)$`), `"${1}MHz"`},
	{"#Speed", regexp.MustCompile(`^([0-9.]+)\s*(?i:k(?:hz)?)$`), `"${1}kHz"`},
	{"#Listen", regexp.MustCompile(`^:?(\d+)$`), `"127.0.0.1:$1" for this machine, "0.0.0.0:$1" for all`},
	{"#Listen", regexp.MustCompile(`^(localhost|\d+[.]\d+[.]\d+[.]\d+|[[].*])$`), `"$1:8474"`},
	{"#Host", regexp.MustCompile(`^(?:https?://)?([0-9A-Za-z.-]+)(?::\d+)?(?:/.*)?$`), `"$1"`},
	{"#Level", regexp.MustCompile(`^\d+\s*%$`), "8 for half"},
	{"#Rotation", regexp.MustCompile(`^(90|180|270|0)\D+$`), "$1"},
}

// quoteAdvice is advice about a number.
func (f *File) quoteAdvice(def string, lit *ast.BasicLit) string {
	wanted := f.definition(def).IncompleteKind()
	quoted := ast.NewString(lit.Value)
	switch {
	case wanted&cue.StringKind == 0 || lit.Kind != token.INT && lit.Kind != token.FLOAT:
		return ""
	case f.definition(def).Unify(f.Context.BuildExpr(quoted)).Err() == nil:
		return "write " + quoted.Value + ", in quotes"
	case wanted&cue.NumberKind == 0:
		return cmp.Or(f.wordAdvice(def, lit.Value), "text is wanted, in quotes")
	}
	return ""
}

// number is what people write as one.
var number = regexp.MustCompile(`^-?[0-9]+([.][0-9]+)?$`)

// definition returns a definition of the schema, or a CUE kind.
func (f *File) definition(def string) cue.Value {
	if !strings.HasPrefix(def, "#") {
		return f.Context.CompileString(def)
	}
	if !f.definitions.Exists() {
		f.definitions = f.Context.BuildInstance(f.schema)
	}
	return f.definitions.LookupPath(cue.ParsePath(def))
}

// words returns the strings that a definition permits.
func (f *File) words(def string) (words []string) {
	if op, alternatives := f.definition(def).Expr(); op == cue.OrOp {
		for _, a := range alternatives {
			if word, err := a.String(); err == nil {
				words = append(words, word)
			}
		}
	}
	return words
}

// tidy shortens what CUE says where we have no words of our own.
func tidy(message string) string {
	message = strings.Join(strings.Fields(message), " ")
	if runes := []rune(message); len(runes) > 200 {
		message = string(runes[:200]) + "…"
	}
	return message
}

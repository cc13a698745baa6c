package schema

import (
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema/internal/diagnose"
)

var (
	wrapped  = regexp.MustCompile(`#(Counter|Wall)\b`)
	likeWall = regexp.MustCompile(`(?mi)^\s*package\s+wall\b|#wall?s?\b`)
	ofPolicy = regexp.MustCompile(`(?m)^\s*"?(rules|poll|pages|history)"?\s*:`)
)

// IsWall reports whether a file is a wall.cue and not a policy (see [DefinitionOf]).
func IsWall(name string, file []byte) bool { return DefinitionOf(name, file) == "#Wall" }

// DefinitionOf returns of which definition a file is, #Counter or #Wall, by its text, which may have
// mistakes, or else by its name; "" where they do not say.
func DefinitionOf(name string, file []byte) string {
	definition, _ := definitionOf(name, file)
	return definition
}

// definitionOf returns which definition a file is of, and where it says that; "" where it does not.
func definitionOf(name string, file []byte) (definition string, at rules.Position) {
	text := diagnose.Blot(string(file))
	found := wrapped.FindStringIndex(text)
	switch {
	case found != nil:
		definition = text[found[0]:found[1]]
	case ofPolicy.MatchString(text):
		return "", at
	case likeWall.MatchString(text):
		definition, found = "#Wall", likeWall.FindStringIndex(text)
	case filepath.Base(name) == "wall.cue":
		definition, found = "#Wall", []int{0, 0}
	default:
		return "", at
	}
	before := text[:found[0]]
	return definition, rules.Position{File: name, Line: strings.Count(before, "\n") + 1, Column: found[0] - strings.LastIndexByte(before, '\n')}
}

// wall turns the evaluated file into a Wall, and finds what CUE cannot say.
func (f *file) wall(text []byte) *Wall {
	r, err := fieldsOf(f.Value)
	if err != nil {
		f.Explain(err, "")
		return nil
	}
	w := &Wall{Display: f.display(r["display"]), Hash: fmt.Sprintf("%x", sha256.Sum256(text))}
	w.Package, _ = f.Package()
	at := diagnose.Path{"source", "mqtt"}
	f.decode(at, r["source"].(fields)["mqtt"], reflect.ValueOf(&w.Source).Elem())
	f.checkMQTT(at, &w.Source.MQTT)
	for name, to := range map[string]any{"timezone": &w.Timezone, "brightness": &w.Brightness} {
		if r[name] != nil {
			f.decode(diagnose.Path{name}, r[name], reflect.ValueOf(to).Elem())
		}
	}
	if f.loadZone(w.Timezone) {
		w.Brightness = f.brightness(w.Brightness)
	}
	return w
}

// maxTopic is the bytes of a topic; the program writes to topics below it.
const maxTopic = 200

// checkMQTT refuses a broker that there cannot be, and a topic that is too long.
func (f *file) checkMQTT(p diagnose.Path, m *MQTT) {
	sends := "the number"
	if m.Auth != nil {
		sends = "the login"
	}
	f.checkAddress(p.With("broker"), m.Broker, sends, m.Insecure)
	if n := len(m.Topic); n > maxTopic {
		f.Report(p.With("topic"), fmt.Sprintf("%d bytes are too many: want at most %d", n, maxTopic), "")
	}
}

// checkFrames refuses pictures that are larger than any wall.
func (f *file) checkFrames(p diagnose.Path, sizes []string) {
	for i, size := range sizes {
		columns, rows, _ := strings.Cut(size, "x") // the schema lets nothing else through
		if numberOf(columns)*numberOf(rows) > 64*maxModules {
			f.Report(p.With(strconv.Itoa(i)), fmt.Sprintf("%s is too large: want at most %d pixels", size, 64*maxModules), "")
		}
	}
}

// checkNotify refuses a time before a window where no window is told.
func (f *file) checkNotify(list []Notify) {
	for i, n := range list {
		if n.Before > 0 && !slices.Contains(n.On, "window") {
			f.Report(diagnose.Path{"notify", strconv.Itoa(i), "before"}, `is the time before a window, and on has no "window"`, `add "window" to on, or delete it`)
		}
	}
}

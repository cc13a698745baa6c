// Package schema is the documented CUE schema of counter.cue, and of the scenarios
// beside it, and their evaluation.
//
// [Evaluator] turns the bytes of a file into a [Config], or into an [*Error] with
// everything that is wrong with it, in a child process that runs [Child]. The
// daemon itself never evaluates CUE.
package schema

import (
	"bytes"
	"embed"
	"slices"

	"github.com/fridaycounter/fridaycounter/schema/internal/diagnose"
)

//go:embed schema.cue sources.cue wall.cue presets.cue zone.cue scenarios.cue
var files embed.FS

// starter is a copy of the repository's counter.cue, which embedding cannot
// reach from here.
//
//go:embed starter.txt
var starter []byte

// scenariosStarter is a copy of counter_scenarios.cue, likewise.
//
//go:embed starter_scenarios.txt
var scenariosStarter []byte

// wallStarter is the wall.cue that [Init] writes.
//
//go:embed starter_wall.txt
var wallStarter []byte

// jsonSchema is generated from the CUE schema by its test.
//
//go:embed counter.schema.json
var jsonSchema []byte

// readable are the files that say what a policy and its scenarios may be, in the order in which
// people read them.
var readable = []string{"schema.cue", "sources.cue", "wall.cue", "scenarios.cue", "zone.cue"}

// Text returns the schema, which is its documentation. It begins with #Counter.
func Text() ([]byte, error) {
	var text []byte
	for _, name := range append(slices.Clip(readable), "presets.cue") {
		file, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		begin := bytes.Index(file, []byte("\n// #")) // the first definition, behind the imports
		text = append(text, file[begin:]...)
	}
	return text[1:], nil
}

// JSONSchema returns a JSON Schema (draft 2020-12) of the policy, for editors and for those
// who generate it; that of wall.cue is its definition Wall. It lets through some of what [Evaluator.Evaluate] refuses.
func JSONSchema() []byte { return bytes.Clone(jsonSchema) }

// Nearest returns the candidate with the fewest typing mistakes from word, or "" when none is near.
func Nearest(word string, candidates []string) string { return diagnose.Nearest(word, candidates) }

package schema

import (
	"fmt"
	"time"

	"github.com/fridaycounter/fridaycounter/schema/internal/diagnose"
)

// presetsFile is loaded only for a policy that has a preset.
const presetsFile = "presets.cue"

// policyKind is counter.cue.
func policyKind() diagnose.Kind {
	return diagnose.Kind{Name: "counter.cue", Definition: "#Counter", Form: "schema.#Counter & {…}", Schema: files, Without: presetsFile}
}

// scenariosKind is counter_scenarios.cue.
func scenariosKind() diagnose.Kind {
	return diagnose.Kind{
		Name: "counter_scenarios.cue", Definition: "#Scenarios", Form: "scenarios: schema.#Scenarios & {…}", Schema: files, Without: presetsFile,
	}
}

// A file is one of the two, evaluated. Its methods turn the values into the types of this package,
// and report what CUE cannot see.
type file struct {
	*diagnose.File
	zone *time.Location // of instants
}

// evaluate answers a request in this process. CUE panics on some files; a panic
// is an answer too.
func evaluate(r request) (a answer) {
	defer func() {
		if p := recover(); p != nil {
			a = answer{Diagnostics: wholeFile(r.Name, fmt.Sprintf("CUE cannot evaluate it: %v", p)).Diagnostics}
		}
	}()
	opened, ok := diagnose.Open(r.kind(), r.Name, r.File)
	f := &file{File: opened}
	switch {
	case !ok:
	case r.Policy != nil:
		a.Scenarios = f.scenarios(r.Policy)
	case r.Live != nil:
		a.Pages = f.pages(*r.Live)
	default:
		a.Config = f.check(r.File)
	}
	if f.Count() == 0 {
		return a
	}
	a = answer{Diagnostics: diagnostics(opened)}
	if r.Policy == nil {
		a.Display = f.validDisplay()
	}
	return a
}

// diagnostics returns what was found in a file, in its order.
func diagnostics(f *diagnose.File) (list []Diagnostic) {
	for _, d := range f.Diagnostics() {
		list = append(list, Diagnostic(d))
	}
	return list
}

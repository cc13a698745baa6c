package schema

import "reflect"

// A kind is one of the two files that people write. Both are parsed, checked and
// explained in the same way.
type kind struct {
	file       string       // its usual name
	definition string       // of the schema, that all of it must satisfy
	form       string       // what stands in it
	root       reflect.Type // what it holds, as a mirror type
}

func policyKind() kind {
	return kind{"counter.cue", "#Counter", "schema.#Counter & {…}", counterType}
}

func scenariosKind() kind {
	return kind{"counter_scenarios.cue", "#Scenarios", "scenarios: schema.#Scenarios & {…}", reflect.TypeFor[rawScenarioFile]()}
}

// isScenarios reports whether the kind is that of counter_scenarios.cue.
func (k kind) isScenarios() bool { return k.definition == "#Scenarios" }

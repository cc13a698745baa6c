package bamboo

import (
	"strings"
	"unicode"

	"github.com/fridaycounter/fridaycounter/rules"
)

// maxWord bounds a state word that is kept as it came, in bytes.
const maxWord = 64

// deploymentState reads both vocabularies: SUCCESS as recorded, Successful as in
// the OpenAPI text. It reports whether the word is known; none at all is, and
// means unknown.
func deploymentState(word string) (rules.State, bool) {
	switch fold(word) {
	case "SUCCESS", "SUCCESSFUL":
		return rules.StateSuccess, true
	case "FAILED":
		return rules.StateFailed, true
	case "UNKNOWN", "":
		return rules.StateUnknown, true
	}
	return rules.State(clip(word)), false
}

// lifeCycleState reads both vocabularies: IN_PROGRESS as recorded, InProgress as
// in the OpenAPI text. It reports whether the word is known.
func lifeCycleState(word string) (rules.LifeCycle, bool) {
	switch fold(word) {
	case "PENDING":
		return rules.LifeCyclePending, true
	case "QUEUED":
		return rules.LifeCycleQueued, true
	case "INPROGRESS":
		return rules.LifeCycleInProgress, true
	case "FINISHED":
		return rules.LifeCycleFinished, true
	case "NOTBUILT":
		return rules.LifeCycleNotBuilt, true
	}
	return rules.LifeCycle(clip(word)), false
}

// fold takes out what the vocabularies differ in: case, underscores and spaces.
func fold(word string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '_', ' ', '-':
			return -1
		}
		return unicode.ToUpper(r)
	}, word)
}

func clip(word string) string {
	if len(word) > maxWord {
		return strings.ToValidUTF8(word[:maxWord], "")
	}
	return word
}

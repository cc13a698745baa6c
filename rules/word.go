package rules

import (
	"strings"
	"unicode"
)

// ParseState reads Bamboo's words for a deployment state in both vocabularies:
// SUCCESS as servers send it, Successful as in the OpenAPI text. Case,
// underscores, spaces and hyphens do not matter. ok is false for a word that is
// not known.
func ParseState(word string) (s State, ok bool) {
	switch foldWord(word) {
	case "SUCCESS", "SUCCESSFUL":
		return StateSuccess, true
	case "FAILED":
		return StateFailed, true
	case "UNKNOWN":
		return StateUnknown, true
	}
	return "", false
}

// ParseLifeCycle reads Bamboo's words for a life cycle state, as [ParseState] does.
func ParseLifeCycle(word string) (l LifeCycle, ok bool) {
	switch foldWord(word) {
	case "PENDING":
		return LifeCyclePending, true
	case "QUEUED":
		return LifeCycleQueued, true
	case "INPROGRESS":
		return LifeCycleInProgress, true
	case "FINISHED":
		return LifeCycleFinished, true
	case "NOTBUILT":
		return LifeCycleNotBuilt, true
	}
	return "", false
}

// foldWord takes out what the vocabularies differ in.
func foldWord(word string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '_', ' ', '-':
			return -1
		}
		return unicode.ToUpper(r)
	}, word)
}

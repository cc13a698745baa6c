package bamboo

import "github.com/fridaycounter/fridaycounter/rules"

// maxWord bounds a state word that is not known, in bytes.
const maxWord = 64

// deploymentState reports whether the word is known; none at all is, and means
// unknown. Another word is kept.
func deploymentState(word string) (rules.State, bool) {
	if word == "" {
		return rules.StateUnknown, true
	}
	if s, ok := rules.ParseState(word); ok {
		return s, true
	}
	return rules.State(clip(word, maxWord)), false
}

// lifeCycleState reports whether the word is known. Another word is kept.
func lifeCycleState(word string) (rules.LifeCycle, bool) {
	if l, ok := rules.ParseLifeCycle(word); ok {
		return l, true
	}
	return rules.LifeCycle(clip(word, maxWord)), false
}

package source

import (
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// maxAhead is how far a date may lie after a trusted clock before the record is unusable.
// It covers servers whose clocks are a little wrong.
const maxAhead = 5 * time.Minute

// OldestDate is before every date that a source can mean. An earlier one may be in seconds where
// milliseconds are wanted.
var OldestDate = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// IsPlausible reports whether a date may be right: neither too old nor too far after now. Zero, which
// is no date, is plausible.
func IsPlausible(at, now time.Time) bool {
	return at.IsZero() || !at.Before(OldestDate) && !IsAhead(at, now)
}

// IsAhead reports whether a date lies too far after now to have happened.
func IsAhead(at, now time.Time) bool { return at.After(now.Add(maxAhead)) }

// ParseState reads Bamboo's words for a deployment state: SUCCESS as servers send it, and
// Successful as in its documentation. Case, underscores, blanks and hyphens do not matter.
func ParseState(word string) (rules.State, bool) {
	if foldWord(word) == "SUCCESSFUL" {
		return rules.StateSuccess, true
	}
	return oneOf(word, rules.StateSuccess, rules.StateFailed, rules.StateUnknown)
}

// ParseLifeCycle reads Bamboo's words for a life cycle state, as [ParseState] does.
func ParseLifeCycle(word string) (rules.LifeCycle, bool) {
	return oneOf(word, rules.LifeCyclePending, rules.LifeCycleQueued, rules.LifeCycleInProgress, rules.LifeCycleFinished, rules.LifeCycleNotBuilt)
}

// oneOf returns which of the words is meant.
func oneOf[T ~string](word string, words ...T) (T, bool) {
	word = foldWord(word)
	for _, w := range words {
		if foldWord(string(w)) == word {
			return w, true
		}
	}
	return "", false
}

var separators = strings.NewReplacer("_", "", " ", "", "-", "")

// foldWord returns a word in upper case, without what separates its parts.
func foldWord(word string) string { return separators.Replace(strings.ToUpper(word)) }

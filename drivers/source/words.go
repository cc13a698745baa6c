package source

import (
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// maxAhead is how far a date may lie after a trusted clock before the record is unusable.
// It covers servers whose clocks are a little wrong.
const maxAhead = 5 * time.Minute

// OldestDate is before every date that a source can mean: an earlier one may be in seconds in
// place of milliseconds.
var OldestDate = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// CanBe reports whether a date can have come by now. Zero, which is none, can.
func CanBe(at, now time.Time) bool {
	return at.IsZero() || !at.Before(OldestDate) && !IsAhead(at, now)
}

// IsAhead reports whether a date lies too far after now to have happened.
func IsAhead(at, now time.Time) bool { return at.After(now.Add(maxAhead)) }

// ParseState reads Bamboo's words for a deployment state: SUCCESS as servers send it, and
// Successful as in its documentation. Case, underscores, blanks and hyphens do not matter.
func ParseState(word string) (s rules.State, ok bool) {
	switch s = rules.State(foldWord(word)); s {
	case rules.StateSuccess, rules.StateFailed, rules.StateUnknown:
		return s, true
	case "SUCCESSFUL":
		return rules.StateSuccess, true
	}
	return "", false
}

var lifeCycles = [...]rules.LifeCycle{
	rules.LifeCyclePending, rules.LifeCycleQueued, rules.LifeCycleInProgress, rules.LifeCycleFinished, rules.LifeCycleNotBuilt,
}

// ParseLifeCycle reads Bamboo's words for a life cycle state, as [ParseState] does.
func ParseLifeCycle(word string) (l rules.LifeCycle, ok bool) {
	word = foldWord(word)
	for _, l := range lifeCycles {
		if foldWord(string(l)) == word {
			return l, true
		}
	}
	return "", false
}

var separators = strings.NewReplacer("_", "", " ", "", "-", "")

// foldWord takes out what the vocabularies differ in.
func foldWord(word string) string { return separators.Replace(strings.ToUpper(word)) }

package jsonl

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/fridaycounter/fridaycounter/rules"
)

// parseState reads a line's words beside Bamboo's own.
func parseState(word string) (rules.State, bool) {
	switch fold(word) {
	case "SUCCESS", "SUCCESSFUL":
		return rules.StateSuccess, true
	case "FAILED":
		return rules.StateFailed, true
	case "UNKNOWN":
		return rules.StateUnknown, true
	}
	return "", false
}

func parseLifeCycle(word string) (rules.LifeCycle, bool) {
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
	return "", false
}

// fold takes out what Bamboo's vocabularies differ in.
func fold(word string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '_', ' ':
			return -1
		}
		return unicode.ToUpper(r)
	}, word)
}

// readStates sets state and life cycle. A word that is not known is refused: the
// writer of the file can put it right, other than Bamboo's users.
func readStates(values map[string]value, d *rules.Deployment) *LineError {
	refuse := func(name, want string) *LineError {
		return &LineError{Column: values[name].column, Field: name, Why: fmt.Sprintf("%q is not %s", clip(values[name].text), want)}
	}
	var ok bool
	d.State = rules.StateUnknown
	if word := values["state"].text; word != "" {
		if d.State, ok = parseState(word); !ok {
			return refuse("state", "success, failed or unknown")
		}
	}
	word := values["life_cycle"].text
	switch {
	case word != "":
		if d.LifeCycle, ok = parseLifeCycle(word); !ok {
			return refuse("life_cycle", "pending, queued, in_progress, finished or not_built")
		}
	case d.State == rules.StateUnknown && d.Finished.IsZero():
		d.LifeCycle = rules.LifeCycleInProgress
	default:
		d.LifeCycle = rules.LifeCycleFinished
	}
	// Whoever has no queue does not write executed; what was cancelled or still
	// waits did not begin.
	if d.Executed.IsZero() && (word == "" || d.LifeCycle == rules.LifeCycleInProgress) {
		d.Executed = d.Started
	}
	return nil
}

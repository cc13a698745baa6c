package jsonl

import (
	"fmt"

	"github.com/fridaycounter/fridaycounter/rules"
)

// readStates sets state and life cycle. A word that is not known is refused: the
// writer of the file can put it right, other than Bamboo's users.
func readStates(values map[string]value, d *rules.Deployment) *LineError {
	refuse := func(name, want string) *LineError {
		return &LineError{Column: values[name].column, Field: name, Why: fmt.Sprintf("%q is not %s", clip(values[name].text), want)}
	}
	var ok bool
	d.State = rules.StateUnknown
	if word := values["state"].text; word != "" {
		if d.State, ok = rules.ParseState(word); !ok {
			return refuse("state", "success, failed or unknown")
		}
	}
	word := values["life_cycle"].text
	switch {
	case word != "":
		if d.LifeCycle, ok = rules.ParseLifeCycle(word); !ok {
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

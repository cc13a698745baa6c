package engine

import (
	"time"

	"github.com/fridaycounter/fridaycounter/schema"
)

// Status is what the loop knows, for those who watch it. It shares nothing that
// the loop changes.
type Status struct {
	Config   *schema.Config // nil until one was accepted
	Verdict  Verdict
	Pages    []schema.Page // with their texts
	Stale    bool
	LastGood time.Time // last poll without error; zero: none yet
	Poll     error     // why the last poll went wrong; nil when it did not
	Refused  error     // why the last saved file is not in force; nil when it is
}

// Package oncelog logs a trouble once, however often it is found.
package oncelog

import (
	"log/slog"
	"strings"
	"unicode"
)

// A Log logs a trouble when it begins, changes or ends, and not each time that it is
// found, so that an outage of a day does not fill a card.
type Log struct {
	*slog.Logger
	troubles map[string]string // the text of each that lasts, by topic
	notes    map[string]bool   // topics of which a note was logged
}

// New returns a log that has told nothing yet.
func New(log *slog.Logger) *Log { return &Log{log, map[string]string{}, map[string]bool{}} }

// Trouble logs err under a topic, or its end when err is nil. The messages begins and ends
// are constant; attrs say what they are about.
func (o *Log) Trouble(topic, begins, ends string, err error, attrs ...any) {
	before, lasts := o.troubles[topic]
	switch {
	case err == nil && lasts:
		delete(o.troubles, topic)
		o.Info(ends, attrs...)
	case err != nil && before != withoutDigits(err.Error()):
		o.troubles[topic] = withoutDigits(err.Error())
		o.Warn(begins, append(attrs, "error", err)...)
	}
}

// withoutDigits drops the figures of an error's text: ports and times change from one poll
// to the next while the trouble is the same.
func withoutDigits(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return -1
		}
		return r
	}, text)
}

// maxNotes bounds the memory of the notes.
const maxNotes = 1000

// Note logs a note of a source the first time that its topic comes up.
func (o *Log) Note(from, topic, text string) {
	topic = from + " " + topic
	if o.notes[topic] || len(o.notes) > maxNotes {
		return
	}
	o.notes[topic] = true
	if len(o.notes) > maxNotes {
		text = "there are more notes like these; they are not logged until the next start"
	}
	o.Warn("unexpected data from the source; the rest of its data counts", "source", from, "note", text)
}

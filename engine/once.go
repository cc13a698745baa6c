package engine

import (
	"log/slog"
	"strings"
	"unicode"
)

// onceLog logs a trouble when it begins, changes or ends, and not each time it is
// met again, so that an outage of a day does not fill a card.
type onceLog struct {
	log  *slog.Logger
	said map[string]string // by topic
	once map[string]struct{}
}

func newOnceLog(log *slog.Logger) *onceLog {
	return &onceLog{log, map[string]string{}, map[string]struct{}{}}
}

// trouble logs err under a topic, or its end when err is nil.
func (o *onceLog) trouble(topic, begins, ends string, err error) {
	before, was := o.said[topic]
	switch {
	case err == nil && was:
		delete(o.said, topic)
		o.log.Info(ends)
	case err != nil && before != gist(err):
		o.said[topic] = gist(err)
		o.log.Warn(begins, "error", err)
	}
}

// gist is an error's text without its figures: ports and times change from one
// poll to the next while the trouble is the same.
func gist(err error) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return -1
		}
		return r
	}, err.Error())
}

// refusal logs why a content of a file, known by its hash, is refused: a line for
// each error, and nothing when the same is found again.
func (o *onceLog) refusal(name, hash string, err error, inForce bool) {
	found := hash + " " + err.Error()
	if o.said[name] == found {
		return
	}
	o.said[name] = found
	if inForce {
		o.log.Warn(name + " is refused; nothing changes")
	} else {
		o.log.Warn(name + " is refused, and there is none in force")
	}
	for line := range strings.Lines(err.Error()) {
		o.log.Warn("refused: " + strings.TrimRight(line, "\n"))
	}
}

// maxNotes bounds the memory of what was said once.
const maxNotes = 1000

// note logs an oddity the first time that its topic comes up.
func (o *onceLog) note(topic, text string) {
	if _, ok := o.once[topic]; ok || len(o.once) > maxNotes {
		return
	}
	o.once[topic] = struct{}{}
	if len(o.once) > maxNotes {
		text = "there are more notes; they are not logged"
	}
	o.log.Warn("unexpected data from the source", "note", text)
}

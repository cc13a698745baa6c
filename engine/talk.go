package engine

import (
	"log/slog"
	"strings"
	"unicode"
)

// talk logs a trouble when it begins, changes or ends, and not each time it is
// met again, so that an outage of a day does not fill a card.
type talk struct {
	log  *slog.Logger
	said map[string]string // topic -> what was said of it
	once map[string]struct{}
}

func newTalk(log *slog.Logger) *talk {
	return &talk{log, map[string]string{}, map[string]struct{}{}}
}

// trouble tells of err under a topic, or of its end when err is nil.
func (t *talk) trouble(topic, begins, ends string, err error) {
	before, was := t.said[topic]
	switch {
	case err == nil && was:
		delete(t.said, topic)
		t.log.Info(ends)
	case err != nil && before != gist(err):
		t.said[topic] = gist(err)
		t.log.Warn(begins, "error", err)
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

// refusal tells why a content of a file, known by its hash, is refused: a line for
// each error, and nothing when the same is found again.
func (t *talk) refusal(name, hash string, err error, inForce bool) {
	found := hash + " " + err.Error()
	if t.said[name] == found {
		return
	}
	t.said[name] = found
	if inForce {
		t.log.Warn(name + " is refused; nothing changes")
	} else {
		t.log.Warn(name + " is refused, and there is none in force")
	}
	for line := range strings.Lines(err.Error()) {
		t.log.Warn("refused: " + strings.TrimRight(line, "\n"))
	}
}

// maxNotes bounds the memory of what was said once.
const maxNotes = 1000

// note tells of an oddity the first time that its topic comes up.
func (t *talk) note(topic, text string) {
	if _, ok := t.once[topic]; ok || len(t.once) > maxNotes {
		return
	}
	t.once[topic] = struct{}{}
	if len(t.once) > maxNotes {
		text = "there are more oddities than are worth a line"
	}
	t.log.Warn("odd answer", "note", text)
}

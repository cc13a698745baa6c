package wall

import (
	"encoding/json"
	"os"
	"path/filepath"
	"time"

	"github.com/google/renameio/v2"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/schema"
)

// store is the file that keeps what is known over restarts.
type store struct {
	loaded  bool
	changed bool // something is to be written
	writing bool
	next    time.Duration // uptime before which it is not written again
}

// A kept is the content of the file.
type kept struct {
	V       int          `json:"v"`
	Program string       `json:"program"` // that evaluated Wall
	Wall    *schema.Wall `json:"wall"`
	File    []byte       `json:"file"`  // the last good wall.cue
	Topic   string       `json:"topic"` // of State
	State   *state       `json:"state"`
}

const (
	maxKept = 2 << 20 // bytes of the file
	// saveEvery is the least time between two writes, for the life of a card.
	saveEvery = 10 * time.Second
)

// load reads the file. One that is missing or damaged means that nothing is known.
func (l *loop) load() {
	if l.o.State == "" {
		return
	}
	var k kept
	l.tasks.Start(func() {
		data, err := source.ReadFile(l.o.State, maxKept)
		if err != nil || json.Unmarshal(data, &k) != nil || k.V != Version {
			k = kept{}
		}
	}, func() {
		l.store.loaded = true
		l.kept(k)
	})
}

// kept takes in what was known before the start.
func (l *loop) kept(k kept) {
	s := k.State
	if s != nil && s.wrong() == "" && l.heard.state == nil && (l.file.wall == nil || l.heard.topic == k.Topic) {
		l.heard.topic, l.heard.state = k.Topic, s
		l.layOut()
	}
	if l.file.wall != nil {
		return
	}
	l.file.lastGood = k.File
	if k.Wall == nil || k.Program != l.o.Program || l.enforce(k.Wall, k.File) != nil {
		return
	}
	l.o.Log.Info("the file of the last run is in force until the saved one is evaluated", "file", l.o.Name)
}

// save writes the file when something changed, not too often, or now because the wall ends.
func (l *loop) save(uptime time.Duration, ends bool) {
	s := &l.store
	if l.o.State == "" || !s.loaded || !s.changed || s.writing || uptime < s.next && !ends || l.file.wall == nil {
		return
	}
	s.changed, s.writing, s.next = false, true, uptime+saveEvery
	k := kept{Version, l.o.Program, l.file.wall, l.file.bytes, l.heard.topic, l.heard.state}
	var err error
	l.tasks.Start(func() { err = write(l.o.State, k) }, func() {
		if s.writing = false; err != nil {
			s.changed, s.next = !ends, l.uptime()+retryAfter
		}
		l.log.Trouble("store", "what the wall shows cannot be stored; a restart shows no number until the counter is heard",
			"what the wall shows is stored again", err)
	})
}

func write(path string, k kept) error {
	data, err := json.Marshal(k)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return renameio.WriteFile(path, data, 0o600, renameio.WithTempDir(filepath.Dir(path)))
}

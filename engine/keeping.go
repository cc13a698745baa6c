package engine

import "time"

// keeping is the state of saving the last good file.
type keeping struct {
	running bool
	next    *Kept         // to be saved
	retry   time.Duration // uptime of that
}

// keep saves the last good file beside the loop, the latest of several.
func (l *loop) keep(k Kept) {
	if l.o.LastGood != nil {
		l.keeping.next, l.keeping.retry = &k, 0
	}
}

// startKeep saves what is to be saved, one at a time.
func (l *loop) startKeep(uptime time.Duration) {
	if l.keeping.running || l.keeping.next == nil || uptime < l.keeping.retry {
		return
	}
	k := *l.keeping.next
	l.keeping.running, l.keeping.next = true, nil
	l.start(func() func() {
		err := l.o.LastGood.Save(k)
		return func() { l.keptDone(k, err) }
	})
}

func (l *loop) keptDone(k Kept, err error) {
	l.keeping.running = false
	l.talk.trouble("last good", "the file is in force but a copy for the next start could not be kept", "the copy for the next start is kept again", err)
	if err != nil && l.keeping.next == nil {
		_, uptime := l.o.Clock.Now()
		l.keeping.next, l.keeping.retry = &k, uptime+maxSleep
	}
}

package watch

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
)

// timeout is how long a test waits for what must happen. It is long, since the
// tests run on busy machines; none of them waits that long when all is well.
const timeout = 60 * time.Second

// newWatcher returns a watcher with times of the test.
func newWatcher(path string, poll, debounce time.Duration) *Watcher {
	w := New(path, func() {})
	w.poll, w.debounce = poll, debounce
	return w
}

// reports are what a Watcher has sent so far, taken as fast as they come.
type reports struct {
	t   *testing.T
	mu  sync.Mutex
	all []Saved
}

// start watches until the test ends.
func start(t *testing.T, w *Watcher) *reports {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r := &reports{t: t}
	done := make(chan struct{})
	ch := w.Watch(ctx)
	go func() {
		defer close(done)
		for s := range ch {
			r.mu.Lock()
			r.all = append(r.all, s)
			r.mu.Unlock()
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return r
}

func (r *reports) list() []Saved {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.all[:len(r.all):len(r.all)]
}

// await waits until ok holds for the newest report, and returns that report.
func (r *reports) await(what string, ok func(Saved) bool) Saved {
	r.t.Helper()
	for end := time.Now().Add(timeout); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if all := r.list(); len(all) > 0 && ok(all[len(all)-1]) {
			return all[len(all)-1]
		}
	}
	r.t.Fatalf("no report of %s; got %s", what, texts(r.list()))
	return Saved{}
}

// content waits until the newest report has this content.
func (r *reports) content(want string) Saved {
	r.t.Helper()
	return r.await(strconv.Quote(want), func(s Saved) bool { return s.Err == nil && string(s.Data) == want })
}

// fails waits until the newest report has this error.
func (r *reports) fails(want string) Saved {
	r.t.Helper()
	return r.await(strconv.Quote(want), func(s Saved) bool { return s.Err != nil && s.Err.Error() == want })
}

// reload asks for a report and waits for it.
func (r *reports) reload(w *Watcher) Saved {
	r.t.Helper()
	before := len(r.list())
	w.Reload()
	return r.await("a reload", func(s Saved) bool { return s.Reloaded && len(r.list()) > before })
}

// errPollOnly is why a test has no events.
var errPollOnly = errors.New("this test wants no events")

func noEvents() (*fsnotify.Watcher, error) { return nil, errPollOnly }

// texts shows reports as the tests compare them.
func texts(all []Saved) []string {
	var out []string
	for _, s := range all {
		text := strconv.Quote(string(s.Data))
		if s.Err != nil {
			text = "error " + s.Err.Error()
		}
		if s.Reloaded {
			text += " reloaded"
		}
		if s.Warning != nil && !errors.Is(s.Warning, errPollOnly) {
			text += " warning " + s.Warning.Error()
		}
		out = append(out, text)
	}
	return out
}

func write(t *testing.T, path, content string) {
	t.Helper()
	must(t, os.WriteFile(path, []byte(content), 0o644))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// replace saves by writing another file and renaming it over path.
func replace(t *testing.T, path, content string) {
	t.Helper()
	write(t, path+".new", content)
	must(t, os.Rename(path+".new", path))
}

// relink lets the link at path lead to target, with one rename.
func relink(t *testing.T, path, target string) {
	t.Helper()
	must(t, os.Symlink(target, path+".new"))
	must(t, os.Rename(path+".new", path))
}

// A way is how an editor or a tool puts a new content where path leads to.
type way struct {
	name string
	odd  bool                                         // only the poll sees it, within 5 s
	lay  func(t *testing.T, dir string) (path string) // before the first content; nil: an existing directory
	save func(t *testing.T, path, content string)
}

func ways() []way {
	return []way{
		{"atomic rename", false, nil, replace},
		{"vim backup", false, nil, func(t *testing.T, path, content string) {
			if _, err := os.Lstat(path); err == nil {
				must(t, os.Rename(path, path+"~"))
			}
			write(t, path, content)
			os.Remove(path + "~")
		}},
		{"truncate and write", false, nil, write},
		{"unlink and create, as git", false, nil, func(t *testing.T, path, content string) {
			os.Remove(path)
			write(t, path, content)
		}},
		{"hard link put in place", false, nil, func(t *testing.T, path, content string) {
			write(t, path+".src", content)
			os.Remove(path)
			must(t, os.Link(path+".src", path))
			must(t, os.Remove(path+".src"))
		}},
		{"kubernetes ..data swap", false, func(t *testing.T, dir string) string {
			must(t, os.Symlink(filepath.Join("..data", "counter.cue"), filepath.Join(dir, "counter.cue")))
			return filepath.Join(dir, "counter.cue")
		}, func(t *testing.T, path, content string) {
			dir := filepath.Dir(path)
			old, _ := os.Readlink(filepath.Join(dir, "..data"))
			next, err := os.MkdirTemp(dir, "..2026_")
			must(t, err)
			write(t, filepath.Join(next, "counter.cue"), content)
			relink(t, filepath.Join(dir, "..data"), filepath.Base(next))
			if old != "" {
				must(t, os.RemoveAll(filepath.Join(dir, old)))
			}
		}},
		{"target of a link edited", false, func(t *testing.T, dir string) string {
			must(t, os.Mkdir(filepath.Join(dir, "etc"), 0o755))
			must(t, os.Mkdir(filepath.Join(dir, "dotfiles"), 0o755))
			must(t, os.Symlink(filepath.Join(dir, "dotfiles", "wall.cue"), filepath.Join(dir, "etc", "counter.cue")))
			return filepath.Join(dir, "etc", "counter.cue")
		}, func(t *testing.T, path, content string) {
			replace(t, filepath.Join(filepath.Dir(path), "..", "dotfiles", "wall.cue"), content)
		}},
		{"link in a third directory replaced", true, func(t *testing.T, dir string) string {
			must(t, os.Mkdir(filepath.Join(dir, "etc"), 0o755))
			must(t, os.Mkdir(filepath.Join(dir, "hop"), 0o755))
			must(t, os.Symlink("../hop/link", filepath.Join(dir, "etc", "counter.cue")))
			return filepath.Join(dir, "etc", "counter.cue")
		}, func(t *testing.T, path, content string) {
			hop := filepath.Join(filepath.Dir(path), "..", "hop")
			real, err := os.MkdirTemp(filepath.Dir(hop), "real")
			must(t, err)
			write(t, filepath.Join(real, "file"), content)
			relink(t, filepath.Join(hop, "link"), filepath.Join(real, "file"))
		}},
		{"release directory switched", true, func(t *testing.T, dir string) string {
			return filepath.Join(dir, "current", "conf", "counter.cue")
		}, func(t *testing.T, path, content string) {
			current := filepath.Dir(filepath.Dir(path))
			release, err := os.MkdirTemp(filepath.Dir(current), "release")
			must(t, err)
			must(t, os.Mkdir(filepath.Join(release, "conf"), 0o755))
			write(t, filepath.Join(release, "conf", "counter.cue"), content)
			relink(t, current, filepath.Base(release))
		}},
		{"directory removed and recreated", true, func(t *testing.T, dir string) string {
			return filepath.Join(dir, "conf", "counter.cue")
		}, func(t *testing.T, path, content string) {
			must(t, os.RemoveAll(filepath.Dir(path)))
			must(t, os.Mkdir(filepath.Dir(path), 0o755))
			write(t, path, content)
		}},
		{"directory tree removed and recreated", true, func(t *testing.T, dir string) string {
			return filepath.Join(dir, "a", "b", "c", "counter.cue")
		}, func(t *testing.T, path, content string) {
			must(t, os.RemoveAll(filepath.Join(filepath.Dir(path), "..", "..")))
			must(t, os.MkdirAll(filepath.Dir(path), 0o755))
			write(t, path, content)
		}},
		{"directory renamed away and put back", false, func(t *testing.T, dir string) string {
			must(t, os.Mkdir(filepath.Join(dir, "conf"), 0o755))
			return filepath.Join(dir, "conf", "counter.cue")
		}, func(t *testing.T, path, content string) {
			dir := filepath.Dir(path)
			must(t, os.Rename(dir, dir+".away"))
			write(t, filepath.Join(dir+".away", filepath.Base(path)), content)
			must(t, os.Rename(dir+".away", dir))
		}},
		{"directory renamed away, another put in place", false, func(t *testing.T, dir string) string {
			must(t, os.Mkdir(filepath.Join(dir, "conf"), 0o755))
			return filepath.Join(dir, "conf", "counter.cue")
		}, func(t *testing.T, path, content string) {
			dir := filepath.Dir(path)
			os.RemoveAll(dir + ".old")
			must(t, os.Mkdir(dir+".new", 0o755))
			write(t, filepath.Join(dir+".new", filepath.Base(path)), content)
			must(t, os.Rename(dir, dir+".old"))
			must(t, os.Rename(dir+".new", dir))
		}},
		{"directory renamed away and removed at once", false, func(t *testing.T, dir string) string {
			must(t, os.Mkdir(filepath.Join(dir, "conf"), 0o755))
			return filepath.Join(dir, "conf", "counter.cue")
		}, func(t *testing.T, path, content string) {
			dir := filepath.Dir(path)
			must(t, os.Rename(dir, dir+".old"))
			must(t, os.RemoveAll(dir+".old"))
			must(t, os.Mkdir(dir, 0o755))
			write(t, path, content)
		}},
	}
}

// Every way must be seen more than once: the first replacement is what makes
// simpler watchers blind. With a poll of an hour only events can tell; without events, or
// where the change is outside of the watched directories, only the poll.
func TestWatchSeesEveryWayOfSaving(t *testing.T) {
	for _, way := range ways() {
		for _, pollOnly := range []bool{false, true} {
			name := way.name + "/events"
			if pollOnly {
				name = way.name + "/poll"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				path := filepath.Join(dir, "counter.cue")
				if way.lay != nil {
					path = way.lay(t, dir)
				}
				w := newWatcher(path, time.Hour, 20*time.Millisecond)
				if pollOnly {
					w.open, w.poll = noEvents, 10*time.Millisecond
				}
				if way.odd {
					w.poll = 10 * time.Millisecond
				}
				// Some ways create the file empty; a busy machine may stop them there
				// for longer than the file has to rest.
				saved := map[string]bool{"": true, "v0": true}
				way.save(t, path, "v0")
				r := start(t, w)
				r.content("v0")
				for i := range 3 {
					text := "v" + strconv.Itoa(i+1)
					saved[text] = true
					way.save(t, path, text)
					got := r.content(text)
					if got.Reloaded || got.Warning != nil && !pollOnly {
						t.Errorf("got report %+v", got)
					}
					// An edit in place shows that the new directory is watched.
					saved[text+", edited"] = true
					write(t, path, text+", edited")
					r.content(text + ", edited")
				}
				for _, s := range r.list() { // a missing file is true, for a moment
					if s.Err == nil && !saved[string(s.Data)] {
						t.Errorf("got content %q, which nobody saved", s.Data)
					}
				}
			})
		}
	}
}

// A directory further up that is replaced gives no event to the watches below
// it. The poll finds out, and sets watches for the new tree.
func TestWatchFollowsReplacedAncestor(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "a", "b", "c", "counter.cue")
	must(t, os.MkdirAll(filepath.Dir(path), 0o755))
	write(t, path, "one")
	w := newWatcher(path, 50*time.Millisecond, 20*time.Millisecond)
	r := start(t, w)
	r.content("one")
	must(t, os.Rename(filepath.Join(dir, "a"), filepath.Join(dir, "old")))
	r.fails("read " + path + ": no such file or directory")
	must(t, os.MkdirAll(filepath.Dir(path), 0o755))
	write(t, path, "two")
	r.content("two")
	write(t, filepath.Join(dir, "old", "b", "c", "counter.cue"), "of nobody's interest")
	write(t, path, "three")
	r.content("three")
}

func TestWatchRelativePath(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	write(t, "counter.cue", "one")
	w := newWatcher("counter.cue", time.Hour, 20*time.Millisecond)
	r := start(t, w)
	r.content("one")
	replace(t, "counter.cue", "two")
	r.content("two")
}

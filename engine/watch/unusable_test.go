package watch

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// unusable puts something at path that is no usable file. PATH and DIR in an error stand
// for the path and its directory.
var unusable = []struct {
	name string
	put  func(t *testing.T, path string)
	want string
	is   error
}{
	{"missing", func(t *testing.T, path string) {}, "read PATH: no such file or directory", fs.ErrNotExist},
	{"directory missing", func(t *testing.T, path string) {
		must(t, os.Remove(filepath.Dir(path)))
	}, "read PATH: no such file or directory", fs.ErrNotExist},
	{"directory", func(t *testing.T, path string) {
		must(t, os.Mkdir(path, 0o755))
	}, "read PATH: it is a directory: want a regular file", nil},
	{"link to nothing", func(t *testing.T, path string) {
		must(t, os.Symlink("elsewhere.cue", path))
	}, "read PATH: no such file or directory (it is a link to DIR/elsewhere.cue)", fs.ErrNotExist},
	{"link to itself", func(t *testing.T, path string) {
		must(t, os.Symlink("counter.cue", path))
	}, "read PATH: too many levels of symbolic links", nil},
	{"file instead of its directory", func(t *testing.T, path string) {
		must(t, os.Remove(filepath.Dir(path)))
		write(t, filepath.Dir(path), "not a directory")
	}, "read PATH: not a directory", nil},
	{"device", func(t *testing.T, path string) {
		must(t, os.Symlink("/dev/zero", path))
	}, "read PATH: it is a device: want a regular file (it is a link to /dev/zero)", nil},
	{"one byte too long", func(t *testing.T, path string) {
		write(t, path, strings.Repeat("x", 64<<10+1))
	}, "read PATH: it is too long: want at most 64 KiB", nil},
	{"sparse gigabyte", func(t *testing.T, path string) {
		write(t, path, "")
		must(t, os.Truncate(path, 1<<30))
	}, "read PATH: it is too long: want at most 64 KiB", nil},
}

// makeRoom removes whatever unusable put there, and makes a place for a file.
func makeRoom(t *testing.T, path string) {
	t.Helper()
	dir := filepath.Dir(path)
	if info, err := os.Lstat(dir); err == nil && !info.IsDir() {
		must(t, os.Remove(dir))
	}
	must(t, os.RemoveAll(path))
	must(t, os.MkdirAll(dir, 0o755))
}

// Each unusable file is one report, at the start and later, and a good file
// after it is seen.
func TestWatchUnusableFile(t *testing.T) {
	t.Parallel()
	for _, tt := range unusable {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "conf")
			must(t, os.Mkdir(dir, 0o755))
			path := filepath.Join(dir, "counter.cue")
			tt.put(t, path)
			w := newWatcher(path, 20*time.Millisecond, 8*time.Millisecond)
			r := start(t, w)
			want := strings.NewReplacer("PATH", path, "DIR", dir).Replace(tt.want)
			got := r.fails(want)
			if got.Data != nil || got.Hash != "" {
				t.Errorf("got data %q and hash %q with an error", got.Data, got.Hash)
			}
			if tt.is != nil && !errors.Is(got.Err, tt.is) {
				t.Errorf("got error %v, want it to be %v", got.Err, tt.is)
			}
			r.reload(w)
			r.reload(w)
			if got := len(r.list()); got != 3 {
				t.Errorf("got %d reports, want one and the two that were asked for: %q", got, texts(r.list()))
			}
			makeRoom(t, path)
			replace(t, path, "good")
			r.content("good")
			must(t, os.Remove(path))
			tt.put(t, path)
			r.fails(want)
			makeRoom(t, path)
			replace(t, path, "good")
			r.content("good") // again: the error is to be cleared
		})
	}
}

func TestWatchLongestFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "counter.cue")
	text := strings.Repeat("x", 64<<10)
	write(t, path, text)
	r := start(t, New(path, func() {}))
	r.content(text)
}

func TestWatchEmptyFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "counter.cue")
	write(t, path, "")
	r := start(t, New(path, func() {}))
	const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" // sha256sum </dev/null
	if got := r.content(""); got.Hash != empty {
		t.Errorf("got hash %s, want %s", got.Hash, empty)
	}
}

// One bad save must not be the last that is seen, nor the 210th.
func TestWatchSurvivesBadSaves(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "conf")
	must(t, os.Mkdir(dir, 0o755))
	path := filepath.Join(dir, "counter.cue")
	write(t, path, "good")
	r := start(t, newWatcher(path, 20*time.Millisecond, 4*time.Millisecond))
	r.content("good")
	missing := "read " + path + ": no such file or directory"
	denied := "read " + path + ": permission denied: the user of this process needs to read the file and to enter its directories"
	for i := range 210 {
		bad := fmt.Sprint("counter: {{ bad ", i)
		write(t, path, bad)
		r.content(bad)
		must(t, os.Remove(path))
		if i%2 == 0 { // and without waiting for the report
			r.fails(missing)
		}
		write(t, path, "good")
		if i%3 == 0 {
			r.content("good")
		}
		must(t, os.Chmod(path, 0))
		if os.Geteuid() != 0 { // root reads it all the same
			r.fails(denied)
		}
		must(t, os.Chmod(path, 0o644))
		if i%10 == 0 {
			must(t, os.Chmod(dir, 0))
			must(t, os.Chmod(dir, 0o755))
			must(t, os.RemoveAll(dir))
			must(t, os.Mkdir(dir, 0o755))
			write(t, path, "good")
		}
		r.content("good")
	}
	replace(t, path, "better")
	r.content("better")
}

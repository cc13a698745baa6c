package engine

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// maxLinks is the number of symbolic links that one path may lead through, as
// in the kernel.
const maxLinks = 40

// A trail is the way from the root to a file, through symbolic links. All its
// directories are real paths: no component of them is a link.
type trail struct {
	dirs  []string        // where an edit, or the replacement of a link, is seen
	above []string        // their parents, where the directories themselves are replaced
	names map[string]bool // every component that was looked up, in whichever directory
}

// trace walks path component by component. filepath.EvalSymlinks does not say
// which directories it went through, and a link on the way may be replaced in
// any of them: Kubernetes swaps ..data, a release tool swaps current. Where the
// walk cannot go on, the trail ends at the directory that must change first. The
// error is about the working directory, which a relative path starts from.
func trace(path string) (trail, error) {
	whole, err := filepath.Abs(path)
	if err != nil {
		return trail{}, fmt.Errorf("read %s: %w", path, err)
	}
	t := trail{names: map[string]bool{}}
	at, todo := rooted(whole)
	for links := 0; len(todo) > 0; {
		name := todo[0]
		todo = todo[1:]
		switch name {
		case "", ".":
			continue
		case "..":
			at = filepath.Dir(at)
			continue
		}
		t.names[name] = true
		next := filepath.Join(at, name)
		target, err := os.Readlink(next)
		if err != nil { // it is no link, or there is nothing
			if info, err := os.Lstat(next); err == nil && info.IsDir() && len(todo) > 0 {
				at = next
				continue
			}
			break
		}
		if links++; links > maxLinks {
			break
		}
		t.watch(at)
		rest := todo
		if filepath.IsAbs(target) {
			at, todo = rooted(target)
		} else {
			todo = split(target)
		}
		todo = append(todo, rest...)
	}
	t.watch(at)
	return t, nil
}

// watch adds a directory and its parent. A directory is in dirs or above, or in
// both; the outlook does not mind.
func (t *trail) watch(dir string) {
	t.dirs = append(t.dirs, dir)
	t.above = append(t.above, filepath.Dir(dir))
}

// rooted splits an absolute path into its root and the components below it.
func rooted(path string) (root string, components []string) {
	root = filepath.VolumeName(path) + string(filepath.Separator)
	return root, split(strings.TrimPrefix(path, root))
}

func split(path string) []string { return strings.Split(path, string(filepath.Separator)) }

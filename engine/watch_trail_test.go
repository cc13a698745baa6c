package engine

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestTrace(t *testing.T) {
	root, err := filepath.EvalSymlinks(t.TempDir())
	must(t, err)
	for _, dir := range []string{"etc/app", "data/v1/conf", "hop"} {
		must(t, os.MkdirAll(filepath.Join(root, dir), 0o755))
	}
	write(t, filepath.Join(root, "data/v1/conf/counter.cue"), "x")
	write(t, filepath.Join(root, "etc/app/plain.cue"), "x")
	for link, target := range map[string]string{
		"data/current":       "v1",
		"hop/link":           "../data/current/conf/counter.cue",
		"etc/app/far.cue":    "../../hop/link",
		"etc/app/abs.cue":    filepath.Join(root, "hop/link"),
		"etc/app/broken.cue": "../../nowhere/else/x.cue",
		"etc/app/loop.cue":   "loop.cue",
	} {
		must(t, os.Symlink(target, filepath.Join(root, link)))
	}
	tests := []struct{ path, want string }{
		{"etc/app/plain.cue", "etc/app"},
		{"etc/app/missing.cue", "etc/app"},
		{"etc/none/at/all.cue", "etc"},
		{"etc/app/plain.cue/below.cue", "etc/app"},
		{"data/current/conf/counter.cue", "data data/v1/conf"},
		{"hop/link", "hop data data/v1/conf"},
		{"etc/app/far.cue", "etc/app hop data data/v1/conf"},
		{"etc/app/abs.cue", "etc/app hop data data/v1/conf"},
		{"etc/app/broken.cue", "etc/app ."},
		{"etc/app/../../hop/./link", "hop data data/v1/conf"},
	}
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			trail, err := trace(root + "/" + tt.path)
			must(t, err)
			var got []string
			for i, dir := range trail.dirs {
				rel, err := filepath.Rel(root, dir)
				must(t, err)
				got = append(got, rel)
				if want := filepath.Dir(dir); trail.above[i] != want {
					t.Errorf("got %s above %s, want %s", trail.above[i], dir, want)
				}
			}
			if got := strings.Join(got, " "); got != tt.want {
				t.Errorf("got directories %q, want %q", got, tt.want)
			}
		})
	}
	trail, err := trace(filepath.Join(root, "etc/app/loop.cue"))
	must(t, err)
	if got, most := len(trail.dirs), maxLinks+1; got > most {
		t.Errorf("got %d directories for a loop, want at most %d", got, most)
	}
}

// In random trees of directories and links, the trail ends where the standard
// library says that the file is.
func TestTraceAgreesWithEvalSymlinks(t *testing.T) {
	t.Parallel()
	found := 0
	for seed := range uint64(300) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		root, err := filepath.EvalSymlinks(t.TempDir())
		must(t, err)
		all := []string{root}
		pick := func() string { return all[rnd.IntN(len(all))] }
		for i := range 12 {
			at := filepath.Join(pick(), fmt.Sprint("n", i))
			switch target := pick(); rnd.IntN(4) {
			case 0:
				err = os.WriteFile(at, nil, 0o644)
			case 1:
				err = os.Symlink(target, at)
			case 2:
				rel, rerr := filepath.Rel(filepath.Dir(at), target) // lexical, so it may lead astray
				must(t, rerr)
				err = os.Symlink(rel, at)
			default:
				err = os.Mkdir(at, 0o755)
			}
			if err == nil { // below a file nothing can be made
				all = append(all, at)
			}
		}
		for _, path := range all[1:] {
			trail, err := trace(path)
			must(t, err)
			for _, dir := range trail.dirs {
				if real, err := filepath.EvalSymlinks(dir); err != nil || real != dir {
					t.Fatalf("seed %d: %s: got directory %s, which is really %s (%v)", seed, path, dir, real, err)
				}
			}
			real, err := filepath.EvalSymlinks(path)
			if err != nil {
				continue
			}
			if info, err := os.Lstat(real); err != nil || !info.Mode().IsRegular() {
				continue // no file to watch; the trail of a directory may end in it
			}
			found++
			if got, want := trail.dirs[len(trail.dirs)-1], filepath.Dir(real); got != want {
				t.Errorf("seed %d: %s: got the trail's end %s, want %s", seed, path, got, want)
			}
			if !trail.names[filepath.Base(path)] || !slices.Contains(trail.above, filepath.Dir(filepath.Dir(real))) {
				t.Errorf("seed %d: %s: got trail %+v without the name or the parent", seed, path, trail)
			}
		}
	}
	if found < 500 {
		t.Errorf("got %d paths compared, want more", found)
	}
}

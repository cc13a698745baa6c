// Package build says which build of the program this is.
package build

import (
	"cmp"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"time"
)

// What .ci/package tells the linker. A package is built without asking Git, since the
// answer depends on the clone: its tags, its depth, and what lies about.
var (
	packageVersion string
	packageCommit  string
	packageTime    string // of the commit, RFC 3339
)

// Version returns the package's version, else the module's: "(devel)" for a build from a
// checkout without a tag.
func Version() string {
	if packageVersion != "" {
		return packageVersion
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

// SemanticVersion returns the version as Go and CUE write it: v1.2.3-rc.1 for the package
// 1.2.3~rc.1.
func SemanticVersion() string {
	if packageVersion != "" {
		return "v" + strings.ReplaceAll(packageVersion, "~", "-")
	}
	return Version()
}

// Commit returns the commit that was built, "unknown" if the build did not record it.
func Commit() string {
	if packageCommit != "" {
		return packageCommit
	}
	revision, dirty := cmp.Or(setting("vcs.revision"), "unknown"), ""
	if setting("vcs.modified") == "true" {
		dirty = "+changes"
	}
	return revision[:min(12, len(revision))] + dirty
}

// Time returns an instant that no right clock is before: the time of the commit or, if the
// build did not record it, of this source.
func Time() time.Time {
	at := time.Date(2026, time.November, 22, 0, 0, 0, 0, time.UTC)
	for _, text := range []string{packageTime, setting("vcs.time")} {
		if t, err := time.Parse(time.RFC3339, text); err == nil && t.After(at) {
			at = t
		}
	}
	return at
}

// ID differs between any two builds: what one of them evaluated may mean something else to
// another.
func ID() string {
	id := Version() + " " + Commit()
	if info, err := os.Stat(Executable()); err == nil {
		id += fmt.Sprintf(" %d %s", info.Size(), info.ModTime().UTC().Format(time.RFC3339Nano))
	}
	return id
}

// Executable returns the path of this program. On Linux it stays right when an upgrade
// replaces the file.
func Executable() string {
	if runtime.GOOS == "linux" {
		return "/proc/self/exe"
	}
	path, err := os.Executable()
	if err != nil {
		return os.Args[0]
	}
	return path
}

// setting returns what the build recorded under a key, or "".
func setting(key string) string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == key {
				return s.Value
			}
		}
	}
	return ""
}

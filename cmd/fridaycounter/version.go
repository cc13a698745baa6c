package main

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"
)

func (p *program) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version, the commit and the platform",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(p.stdout, "fridaycounter %s (commit %s) %s %s/%s\n",
				version(), commit(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}

// What .ci/package tells the linker. A package is built without asking Git, since the
// answer depends on the clone: its tags, its depth, what lies about.
var (
	packageVersion string
	packageCommit  string
	packageTime    string // of the commit, RFC 3339
)

// version returns the package's version, else the module's, "(devel)" for a build
// from a checkout without a tag.
func version() string {
	if packageVersion != "" {
		return packageVersion
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

// builtAt returns an instant that no right clock is before: that of the commit
// that was built or, if the build did not record it, of this source.
func builtAt() time.Time {
	at := time.Date(2026, time.November, 22, 0, 0, 0, 0, time.UTC)
	for _, text := range []string{packageTime, recorded("vcs.time")} {
		if t, err := time.Parse(time.RFC3339, text); err == nil && t.After(at) {
			at = t
		}
	}
	return at
}

// commit returns the commit that was built, if the build recorded it.
func commit() string {
	if packageCommit != "" {
		return packageCommit
	}
	revision, dirty := cmp.Or(recorded("vcs.revision"), "unknown"), ""
	if recorded("vcs.modified") == "true" {
		dirty = "+changes"
	}
	return revision[:min(12, len(revision))] + dirty
}

// recorded returns what the build recorded under a key, or "".
func recorded(key string) string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == key {
				return s.Value
			}
		}
	}
	return ""
}

package main

import (
	"os"
	"path/filepath"
)

// The places of an installed counter.
const (
	systemConfig = "/etc/fridaycounter/counter.cue"
	systemState  = "/var/lib/fridaycounter"
)

// statePath returns the directory that --state names, or the service's: systemd's,
// else that of the installed counter for its policy, else the user's (XDG base
// directory specification).
func (p *program) statePath() (string, error) {
	if p.state != "" {
		return p.state, nil
	}
	if dir := p.getenv("STATE_DIRECTORY"); dir != "" {
		return dir, nil
	}
	if _, err := os.Stat(systemState); err == nil && p.configPath() == systemConfig {
		return systemState, nil
	}
	base := p.getenv("XDG_STATE_HOME")
	if base == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", err
		}
		base = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(base, "fridaycounter"), nil
}

// historyPath returns where the history is.
func (p *program) historyPath() (string, error) {
	dir, err := p.statePath()
	return filepath.Join(dir, "history.db"), err
}

package main

import (
	"context"
	"path/filepath"
)

// serviceState asks systemd for it: active, failed and so on.
func (d *doctor) serviceState(ctx context.Context) (string, error) {
	return d.host.command(ctx, "systemctl", "is-active", "fridaycounter")
}

// isInstalled reports whether the policy is that of the installed service.
func (d *doctor) isInstalled() bool {
	path, err := filepath.Abs(d.path)
	return err == nil && path == systemConfig && d.unit.path != ""
}

// lookAtService asks systemd whether the service runs.
func (d *doctor) lookAtService(ctx context.Context) []finding {
	const check = "service"
	if !d.host.exists("/run/systemd/system") {
		return skipAll("systemd does not run here", check)
	}
	if d.unit.path == "" {
		return skipAll("fridaycounter.service is not installed", check)
	}
	state, err := d.serviceState(ctx)
	switch {
	case err != nil:
		return []finding{skipped(check, "systemctl: %v", err)}
	case state == "active", state == "reloading":
		return []finding{okay(check, "%s is %s", d.unit.path, state)}
	case state == "activating": // for the first time, or again and again
		return []finding{warning(check, "journalctl -u fridaycounter -n 50", "%s is %s", d.unit.path, state)}
	case state == "failed":
		return []finding{failure(check, "journalctl -u fridaycounter -n 50", "%s is %s", d.unit.path, state)}
	}
	return []finding{warning(check, "sudo systemctl enable --now fridaycounter", "%s is %s", d.unit.path, state)}
}

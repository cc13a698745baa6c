package main

import "context"

// lookAtService asks systemd whether the service runs.
func (d *doctor) lookAtService(ctx context.Context) []finding {
	const check = "service"
	if !d.host.exists("/run/systemd/system") {
		return skipAll("systemd does not run here", check)
	}
	if d.unit.path == "" {
		return skipAll("fridaycounter.service is not installed", check)
	}
	state, err := d.host.command(ctx, "systemctl", "is-active", "fridaycounter")
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

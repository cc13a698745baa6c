package doctor

import "context"

// serviceState asks systemd for it: active, failed and so on.
func (d *doctor) serviceState(ctx context.Context) (string, error) {
	return d.Machine.command(ctx, "systemctl", "is-active", "fridaycounter")
}

// checkService asks systemd whether the service runs.
func (d *doctor) checkService(ctx context.Context) Finding {
	state, err := d.serviceState(ctx)
	switch {
	case !d.Machine.Exists("/run/systemd/system"):
		return skipped("systemd does not run here")
	case d.unit.Path == "":
		return skipped("fridaycounter.service is not installed")
	case err != nil:
		return skipped("systemctl: %v", err)
	}
	text := d.unit.Path + " is " + state
	const journal = "journalctl -u fridaycounter -n 50"
	switch state {
	case "active", "reloading":
		return okay("%s", text)
	case "activating": // for the first time, or again and again
		return warning(journal, "%s", text)
	case "failed":
		return failure(journal, "%s", text)
	}
	return warning("sudo systemctl enable --now fridaycounter", "%s", text)
}

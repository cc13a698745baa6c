package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/schema"
)

// lookAtPolicy finds the policy. Where the file is refused, the other checks go by the
// copy that run has kept of it.
func (d *doctor) lookAtPolicy(ctx context.Context) []finding {
	config, err := d.evaluate(ctx, d.path)
	refused, isRefused := errors.AsType[*schema.Error](err)
	switch {
	case isRefused:
		found := failure("policy", "fridaycounter vet "+d.path, "it is refused: %s", diagnosis(refused))
		if _, d.config, err = d.inForce(ctx, d.path, err); err == nil {
			found.Found += "; the checks below go by the last good copy"
		}
		return []finding{found}
	case err != nil:
		text, hint, _ := strings.Cut(err.Error(), " (hint: ")
		return []finding{failure("policy", strings.TrimSuffix(hint, ")"), "%s", text)}
	}
	d.config = config
	if path, err := filepath.Abs(d.path); err == nil && d.user.other {
		if err := d.host.may(d.user, path, mayRead); err != nil {
			return []finding{failure("policy", "sudo chmod a+r "+path, "%v", err)}
		}
	}
	return []finding{okay("policy", "%s, SHA-256 %.12s: %s", d.path, config.Hash, engine.Describe(config))}
}

// diagnosis names the first mistakes.
func diagnosis(e *schema.Error) string {
	const most = 3
	var texts []string
	for _, m := range e.Diagnostics[:min(most, len(e.Diagnostics))] {
		texts = append(texts, m.String())
	}
	if more := len(e.Diagnostics) - most; more > 0 {
		texts = append(texts, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(texts, "; ")
}

package bamboo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
)

// maxActive is how many running results of an environment are asked for one by one.
const maxActive = 50

// reread asks for the known running results that the pages did not show. What
// cannot be read stays as it is known, and is an error that makes it stale.
func (r *reading) reread(ctx context.Context) {
	ids := make([]string, 0, len(r.active))
	for id := range r.active {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for i, id := range ids {
		if i == maxActive {
			r.fail(r.env, fmt.Errorf("bamboo: %d more results that were running were not asked for again", len(ids)-i))
			return
		}
		if err := r.rereadOne(ctx, id); err != nil {
			r.fail(r.env, err)
			if r.stops(ctx, err) {
				r.stopped = true
				return
			}
		}
	}
}

func (r *reading) rereadOne(ctx context.Context, id string) error {
	vanished := func(err error) error {
		return &MissingError{Environments: []string{r.login.scrub(r.env.Name)}, Err: err,
			Why: fmt.Sprintf("its result %s vanished while it ran and counts as running until it is excepted", id)}
	}
	if at, ok := r.client.gone[id]; ok && isHeld(at, r.now) {
		return vanished(nil)
	}
	// A forbidden one would stop each poll before the next environment.
	if at, ok := r.client.denied["result "+id]; ok && isHeld(at, r.now) {
		return r.stillForbidden(at)
	}
	delete(r.client.denied, "result "+id)
	var result wireResult
	err := r.get(ctx, "deploy/result/"+id, nil, &result)
	var answer *StatusError
	if errors.As(err, &answer) && answer.Status == http.StatusNotFound {
		r.client.gone[id] = r.now
		return vanished(err)
	}
	if isForbidden(err) {
		r.client.denied["result "+id] = r.now
	}
	if err != nil {
		return err
	}
	delete(r.client.gone, id)
	if result.ID.String() != id {
		return fmt.Errorf("bamboo: GET %s: the answer is of result %s", r.client.show("deploy/result/"+id), result.ID)
	}
	d, notes, err := r.deployment(&result, r.env)
	if err != nil {
		return err
	}
	for _, n := range notes {
		r.note(n)
	}
	r.found = append(r.found, d)
	return nil
}

package engine

import (
	"encoding/json"

	"github.com/fridaycounter/fridaycounter/schema"
)

// policy is an accepted counter.cue with all that was made of it. Only the pages
// and the schedule change after it is made.
type policy struct {
	config    *schema.Config
	court     *Court
	file      []byte
	source    Source
	sourceKey string // equal for two policies exactly if one source serves both

	now schedule

	pages []schema.Page // for live
	live  schema.Live
	bad   error // why the pages could not be computed
}

// knows reports whether the pages were computed for a known number, or cannot be
// computed and the bare number stands for them.
func (p *policy) knows() bool { return p.live.Streak.Known || p.bad != nil }

// newPolicy prepares everything that can go wrong before anything is changed.
// The source of old is kept if it serves the new policy too.
func newPolicy(config *schema.Config, file []byte, old *policy, open func(*schema.Config) (Source, error)) (*policy, error) {
	court, err := NewCourt(config)
	if err != nil {
		return nil, err
	}
	key, err := json.Marshal([]any{config.Source, config.History})
	if err != nil {
		return nil, err
	}
	p := &policy{config: config, court: court, file: file, sourceKey: string(key)}
	if old != nil && old.sourceKey == p.sourceKey {
		p.source = old.source
		return p, nil
	}
	p.source, err = open(config)
	return p, err
}

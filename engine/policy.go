package engine

import (
	"encoding/json"
	"path/filepath"
	"time"

	"github.com/fridaycounter/fridaycounter/schema"
)

// policy is an accepted counter.cue with all that was made of it. Only the docket,
// the pages and the schedule change after it is made.
type policy struct {
	config    *schema.Config
	court     *Court
	file      []byte
	view      view
	source    Source
	sourceKey string // equal for two policies exactly if one source serves both

	docket *Docket // nil: the store was not read yet
	read   int     // good answers of the source when it was last read

	now schedule

	pages []schema.Page // for live
	live  schema.Live
	bad   error // why the pages could not be computed
	bare  bool  // the bare number stands for them until they are computed
}

// knows reports whether the pages were computed for a known number, or the bare
// number stands for them.
func (p *policy) knows() bool { return p.live.Streak.Known || p.bad != nil || p.bare }

// newPolicy prepares everything that can go wrong before anything is changed.
// The source of old is kept if it serves the new policy too.
func (l *loop) newPolicy(config *schema.Config, file []byte, old *policy) (*policy, error) {
	court, err := NewCourt(config)
	if err != nil {
		return nil, err
	}
	key, err := json.Marshal([]any{config.Source, config.History})
	if err != nil {
		return nil, err
	}
	p := &policy{config: config, court: court, file: file, sourceKey: string(key), view: newView(config, filepath.Dir(l.o.Name))}
	if old != nil && old.sourceKey == p.sourceKey {
		p.source = old.source
		return p, nil
	}
	p.source, err = l.o.Open(config)
	return p, err
}

// judgesAs reports whether the docket of another policy serves this one too, as of now.
func (p *policy) judgesAs(old *policy, now time.Time) bool {
	return p.view.key == old.docket.view.key && old.docket.err == nil && !old.docket.behind && !old.docket.ahead(now) &&
		p.config.Timezone == old.config.Timezone && same(unplaced(p.config.Rules), unplaced(old.config.Rules))
}

// wants reports whether the store is to be read again: the docket is that of
// another source, or of nothing yet, although the present one has answered whole
// so many times; or it cannot serve.
func (p *policy) wants(now time.Time, answers int) bool {
	d := p.docket
	return d.err != nil || d.behind || d.ahead(now) || answers > p.read && (d.good.IsZero() || d.view.key != p.view.key)
}

package rules

import "strings"

// A place is what a deployment says of its environment.
type place struct{ projectID, project, environmentID, environment string }

// clone copies the texts, so that their owner may reuse its memory.
func (p place) clone() place {
	return place{strings.Clone(p.projectID), strings.Clone(p.project), strings.Clone(p.environmentID), strings.Clone(p.environment)}
}

// places numbers the places of records, so that each is kept once.
type places struct {
	list  []place
	index map[place]uint32
}

// add returns the number of the deployment's place.
func (p *places) add(d *Deployment) uint32 {
	at := place{d.ProjectID, d.Project, d.EnvironmentID, d.Environment}
	if i, ok := p.index[at]; ok {
		return i
	}
	at = at.clone()
	i := uint32(len(p.list))
	p.list = append(p.list, at)
	p.index[at] = i
	return i
}

// of returns the place of a record.
func (p *places) of(r *record) *place { return &p.list[r.place] }

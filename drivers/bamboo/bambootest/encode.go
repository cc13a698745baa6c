package bambootest

import (
	"strconv"
	"time"
)

func (s *Server) oid(id int64) any {
	if s.Quirks.NumericOID {
		return uint64(1<<53) + uint64(id)*7919
	}
	return strconv.FormatInt(id*7919+1<<53, 36)
}

func (s *Server) project(p Project) object {
	o := object{}
	if p.Raw == nil {
		o = object{"id": p.ID, "oid": s.oid(p.ID), "key": object{"key": strconv.FormatInt(p.ID, 10)}, "name": p.Name,
			"planKey": object{"key": "PLAN"}, "description": "", "operations": readOnly(), "repositorySpecsManaged": false}
	}
	for name, value := range p.Raw {
		o[name] = value
	}
	environments := []object{}
	for _, e := range p.Environments {
		environments = append(environments, s.environment(p, e))
	}
	o["environments"] = environments
	return o
}

func (s *Server) environment(p Project, e Environment) object {
	o := object{}
	if e.Raw == nil {
		o = object{"id": e.ID, "key": object{"key": strconv.FormatInt(p.ID, 10) + "-" + strconv.FormatInt(e.ID, 10)},
			"name": e.Name, "description": "", "deploymentProjectId": p.ID, "operations": readOnly(), "position": 0,
			"configurationState": "TASKED"}
	}
	for name, value := range e.Raw {
		o[name] = value
	}
	return o
}

// result encodes a result as recorded answers do.
func (s *Server) result(r Result) any {
	if r.Raw != nil {
		return r.Raw
	}
	state, cycle := r.State, r.LifeCycle
	if s.Quirks.TitleWords {
		state, cycle = titleWord(state), titleWord(cycle)
	}
	o := object{
		"id": r.ID, "deploymentVersionName": r.Version, "deploymentState": state, "lifeCycleState": cycle,
		"deploymentVersion": object{"id": r.ID, "name": r.Version, "items": []any{}, "operations": readOnly(), "planBranchName": "main"},
		"reasonSummary":     r.Reason, "operations": readOnly(),
		"key": object{"key": "1-1-" + strconv.FormatInt(r.ID, 10), "entityKey": object{"key": "1-1"}, "resultNumber": r.ID},
	}
	for name, at := range map[string]time.Time{
		"startedDate": r.Started, "queuedDate": r.Queued, "executedDate": r.Executed, "finishedDate": r.Finished,
	} {
		switch {
		case !at.IsZero():
			o[name] = at.UnixMilli()
		case s.Quirks.NullDates:
			o[name] = nil
		case s.Quirks.ZeroDates:
			o[name] = 0
		}
	}
	if !r.Executed.IsZero() {
		o["agent"] = object{"id": 1, "name": "agent", "type": "LOCAL", "active": true, "enabled": true, "busy": false}
	}
	return o
}

// titleWord returns a state in the vocabulary of the OpenAPI text.
func titleWord(word string) string {
	switch word {
	case "SUCCESS":
		return "Successful"
	case "FAILED":
		return "Failed"
	case "UNKNOWN":
		return "Unknown"
	case "PENDING":
		return "Pending"
	case "QUEUED":
		return "Queued"
	case "IN_PROGRESS":
		return "InProgress"
	case "FINISHED":
		return "Finished"
	case "NOT_BUILT":
		return "NotBuilt"
	}
	return word
}

// readOnly is what a user who may only look gets.
func readOnly() object {
	return object{"canView": true, "canEdit": false, "canDelete": false, "allowedToExecute": false, "canExecute": false,
		"allowedToCreateVersion": false, "allowedToSetVersionStatus": false}
}

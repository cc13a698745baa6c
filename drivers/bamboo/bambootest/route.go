package bambootest

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// route answers a call of the API. It runs under the lock.
func (s *Server) route(w http.ResponseWriter, r *http.Request, call string) {
	kind, id, _ := strings.Cut(strings.TrimPrefix(call, "deploy/"), "/")
	id, isList := strings.CutSuffix(id, "/results")
	switch {
	case call == "info":
		send(w, http.StatusOK, object{"version": cmp.Or(s.Version, "9.2.1"), "buildNumber": "90201", "state": "RUNNING"})
		return
	case call == "deploy/project/all":
		all := []object{}
		for _, p := range s.Projects {
			all = append(all, p.encode())
		}
		send(w, http.StatusOK, all)
		return
	}
	for _, p := range s.Projects {
		if kind == "project" && strconv.FormatInt(p.ID, 10) == id {
			send(w, http.StatusOK, p.encode())
			return
		}
		for _, e := range p.Environments {
			switch isIt := strconv.FormatInt(e.ID, 10) == id; {
			case kind == "environment" && isIt && isList:
				s.results(w, r, e)
				return
			case kind == "environment" && isIt:
				send(w, http.StatusOK, e.encode(p))
				return
			case kind == "result":
				if i := slices.IndexFunc(e.Results, func(r Result) bool { return strconv.FormatInt(r.ID, 10) == id }); i >= 0 {
					if result, ok := e.Results[i].asOf(s.now()); ok {
						send(w, http.StatusOK, result.encode())
						return
					}
				}
			}
		}
	}
	fail(w, http.StatusNotFound, "Could not find deployment "+kind+" with id "+id)
}

func (s *Server) now() time.Time {
	if s.Clock == nil {
		return time.Time{}
	}
	return s.Clock()
}

// results answers one page, newest first by start, from start-index.
func (s *Server) results(w http.ResponseWriter, r *http.Request, e Environment) {
	list := make([]Result, 0, len(e.Results))
	for _, result := range slices.Backward(e.Results) {
		if result, ok := result.asOf(s.now()); ok {
			list = append(list, result)
		}
	}
	newestFirst := func(a, b Result) int {
		return cmp.Or(b.Started.Compare(a.Started), cmp.Compare(b.ID, a.ID))
	}
	if !slices.IsSortedFunc(list, newestFirst) { // mostly it was written oldest first
		slices.SortStableFunc(list, newestFirst)
	}
	usual := cmp.Or(s.PageSize, 25)
	size := max(1, min(number(r, "max-result", usual), cmp.Or(s.MaxPageSize, usual)))
	start := max(0, number(r, "start-index", 0))
	page, claimed := Page(list, start, size), len(list)
	if s.Paging != nil {
		page, claimed = s.Paging(list, start, size)
	}
	sent := []any{}
	for _, result := range page {
		sent = append(sent, result.encode())
	}
	send(w, http.StatusOK, object{"size": claimed, "expand": "results", "results": sent, "start-index": start, "max-result": len(sent)})
}

func number(r *http.Request, name string, otherwise int) int {
	if n, err := strconv.Atoi(r.URL.Query().Get(name)); err == nil {
		return n
	}
	return otherwise
}

func send(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json;charset=utf-8")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v)
}

func fail(w http.ResponseWriter, status int, message string) {
	send(w, status, object{"message": message, "status-code": status})
}

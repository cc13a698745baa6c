package bambootest

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// find returns the answer to a call of the API, nil where there is none. It runs under the lock.
func (s *Server) find(call string, query url.Values) any {
	switch call {
	case "info":
		return object{"version": cmp.Or(s.Version, "9.2.1"), "state": "RUNNING"}
	case "deploy/project/all":
		all := []object{}
		for _, p := range s.Projects {
			all = append(all, p.encode())
		}
		return all
	}
	kind, id, _ := strings.Cut(strings.TrimPrefix(call, "deploy/"), "/")
	id, isList := strings.CutSuffix(id, "/results")
	n, _ := strconv.ParseInt(id, 10, 64)
	for _, p := range s.Projects {
		if kind == "project" && p.ID == n {
			return p.encode()
		}
		for _, e := range p.Environments {
			switch {
			case kind == "environment" && e.ID == n && isList:
				return s.results(query, e)
			case kind == "environment" && e.ID == n:
				return e.encode(p)
			case kind == "result":
				if i := slices.IndexFunc(e.Results, func(r Result) bool { return r.ID == n }); i >= 0 {
					if result, ok := e.Results[i].asOf(s.now()); ok {
						return result.encode()
					}
				}
			}
		}
	}
	return nil
}

func (s *Server) now() time.Time {
	if s.Clock == nil {
		return time.Time{}
	}
	return s.Clock()
}

// results returns one page, newest first by start, from start-index.
func (s *Server) results(query url.Values, e Environment) object {
	list := make([]Result, 0, len(e.Results))
	for _, result := range slices.Backward(e.Results) { // mostly it was written oldest first
		if result, ok := result.asOf(s.now()); ok {
			list = append(list, result)
		}
	}
	slices.SortStableFunc(list, func(a, b Result) int {
		return cmp.Or(b.Started.Compare(a.Started), cmp.Compare(b.ID, a.ID))
	})
	usual := cmp.Or(s.PageSize, 25)
	size, err := strconv.Atoi(query.Get("max-result"))
	if err != nil {
		size = usual
	}
	size = max(1, min(size, cmp.Or(s.MaxPageSize, usual)))
	start, _ := strconv.Atoi(query.Get("start-index"))
	start = max(0, start)
	page, claimed := Page(list, start, size), len(list)
	if s.Paging != nil {
		page, claimed = s.Paging(list, start, size)
	}
	sent := []any{}
	for _, result := range page {
		sent = append(sent, result.encode())
	}
	return object{"size": claimed, "results": sent, "start-index": start, "max-result": len(sent)}
}

func send(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json;charset=utf-8")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v)
}

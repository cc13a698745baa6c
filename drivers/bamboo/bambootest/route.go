package bambootest

import (
	"cmp"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// object is a JSON object to be sent.
type object map[string]any

// route answers a call of the API. It runs under the lock.
func (s *Server) route(w http.ResponseWriter, r *http.Request, call string, visible bool) {
	parts := strings.Split(call, "/")
	switch {
	case call == "info":
		s.send(w, r, object{"version": cmp.Or(s.Version, "9.2.1"), "edition": "", "buildDate": "2022-11-15T00:00:00.000Z",
			"buildNumber": "90201", "state": "RUNNING"})
	case call == "deploy/project/all":
		all := []object{}
		if visible {
			for _, p := range s.Projects {
				all = append(all, s.project(p))
			}
		}
		s.send(w, r, all)
	case len(parts) == 3 && parts[0] == "deploy":
		s.one(w, r, parts[1], parts[2], visible)
	case len(parts) == 4 && parts[0] == "deploy" && parts[1] == "environment" && parts[3] == "results":
		_, e := s.find(parts[2])
		if e == nil {
			s.fail(w, r, http.StatusNotFound, "Could not find deployment environment with id "+parts[2])
			return
		}
		if !visible {
			e = &Environment{}
		}
		s.results(w, r, e)
	default:
		s.fail(w, r, http.StatusNotFound, "null for uri: "+r.URL.Path)
	}
}

// one answers the calls for a single thing by id.
func (s *Server) one(w http.ResponseWriter, r *http.Request, kind, id string, visible bool) {
	if visible {
		switch kind {
		case "project":
			for _, p := range s.Projects {
				if strconv.FormatInt(p.ID, 10) == id {
					s.send(w, r, s.project(p))
					return
				}
			}
		case "environment":
			if p, e := s.find(id); e != nil {
				s.send(w, r, s.environment(p, *e))
				return
			}
		case "result":
			if result, ok := s.findResult(id); ok {
				s.send(w, r, result)
				return
			}
		}
	}
	s.fail(w, r, http.StatusNotFound, "Could not find deployment "+kind+" with id "+id)
}

func (s *Server) find(id string) (Project, *Environment) {
	for _, p := range s.Projects {
		for i := range p.Environments {
			if strconv.FormatInt(p.Environments[i].ID, 10) == id {
				return p, &p.Environments[i]
			}
		}
	}
	return Project{}, nil
}

func (s *Server) findResult(id string) (any, bool) {
	for _, p := range s.Projects {
		for _, e := range p.Environments {
			for _, r := range e.Results {
				if strconv.FormatInt(r.ID, 10) == id {
					r, ok := r.asOf(s.now())
					return s.result(r), ok
				}
			}
		}
	}
	return nil, false
}

func (s *Server) now() time.Time {
	if s.Clock == nil {
		return time.Time{}
	}
	return s.Clock()
}

// results answers one page, newest first by start, from start-index.
func (s *Server) results(w http.ResponseWriter, r *http.Request, e *Environment) {
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
	if s.Quirks.OldestFirst {
		slices.Reverse(list)
	}
	start := max(0, number(r, "start-index", 0))
	size := s.pageSize(r)
	if s.Quirks.IgnoreStart {
		start = 0
	}
	if s.Quirks.EmptyAfter > 0 && start >= s.Quirks.EmptyAfter {
		size = 0
	}
	sent := []any{}
	for i := start; i < start+size; i++ {
		switch {
		case i < len(list):
			sent = append(sent, s.result(list[i]))
		case s.Quirks.Endless && len(list) > 0:
			sent = append(sent, s.result(list[i%len(list)]))
		case s.Quirks.EndlessFresh:
			sent = append(sent, s.result(Result{ID: 1<<40 + int64(i), State: "SUCCESS", LifeCycle: "FINISHED",
				Started: time.UnixMilli(1700000000000 - int64(i)), Finished: time.UnixMilli(1700000000000)}))
		}
	}
	claimed := len(list)
	if s.Quirks.Size != nil {
		claimed = s.Quirks.Size(len(list), len(sent))
	}
	s.send(w, r, object{"size": claimed, "expand": "results", "results": sent,
		"start-index": start, "max-result": len(sent)})
	s.served++
	if s.Quirks.BetweenPages != nil {
		s.Quirks.BetweenPages(s, s.served)
	}
}

func (s *Server) pageSize(r *http.Request) int {
	size := cmp.Or(s.PageSize, 25)
	asked := number(r, "max-result", size)
	return max(1, min(asked, cmp.Or(s.MaxPageSize, size)))
}

func number(r *http.Request, name string, otherwise int) int {
	if n, err := strconv.Atoi(r.URL.Query().Get(name)); err == nil {
		return n
	}
	return otherwise
}

// send answers with JSON, or with XML when the request does not ask for JSON.
func (s *Server) send(w http.ResponseWriter, r *http.Request, v any) {
	if !strings.Contains(r.Header.Get("Accept"), "application/json") {
		w.Header().Set("Content-Type", "application/xml;charset=utf-8")
		fmt.Fprint(w, `<?xml version="1.0" encoding="UTF-8" standalone="yes"?><results expand="results"/>`)
		return
	}
	w.Header().Set("Content-Type", "application/json;charset=utf-8")
	json.NewEncoder(w).Encode(v)
}

// fail answers with an error in the form that was asked for.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, status int, message string) {
	if strings.Contains(r.Header.Get("Accept"), "application/json") {
		w.Header().Set("Content-Type", "application/json;charset=utf-8")
		w.WriteHeader(status)
		json.NewEncoder(w).Encode(object{"message": message, "status-code": status})
		return
	}
	w.Header().Set("Content-Type", "application/xml;charset=utf-8")
	w.WriteHeader(status)
	fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8" standalone="yes"?><status><status-code>%d</status-code><message>`, status)
	xml.EscapeText(w, []byte(message))
	fmt.Fprint(w, `</message></status>`)
}

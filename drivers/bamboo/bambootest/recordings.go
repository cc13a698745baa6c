package bambootest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Recordings returns a server of recorded answers, found anywhere below dir by
// their names: deploy-project-all.json, deploy-project-{id}.json,
// deploy-environment-{id}-results.json, and -results-elements.json for a list
// that was kept without its envelope. Elements are served as they were recorded.
// An environment without a recorded list has an empty one.
func Recordings(dir string) (*Server, error) {
	lists := map[string][]Result{}
	s := &Server{}
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name := entry.Name()
		id, ok := strings.CutPrefix(strings.TrimSuffix(name, ".json"), "deploy-environment-")
		switch {
		case name == "deploy-project-all.json":
			return readJSON(path, func(all []map[string]json.RawMessage) error { return s.addProjects(all) })
		case strings.HasPrefix(name, "deploy-project-"):
			return readJSON(path, func(one map[string]json.RawMessage) error {
				return s.addProjects([]map[string]json.RawMessage{one})
			})
		case ok && strings.HasSuffix(id, "-results-elements"):
			return readJSON(path, func(elements []json.RawMessage) (err error) {
				lists[strings.TrimSuffix(id, "-results-elements")], err = recorded(elements)
				return err
			})
		case ok && strings.HasSuffix(id, "-results") && isNumber(strings.TrimSuffix(id, "-results")):
			return readJSON(path, func(page struct{ Results []json.RawMessage }) (err error) {
				lists[strings.TrimSuffix(id, "-results")], err = recorded(page.Results)
				return err
			})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(s.Projects) == 0 {
		return nil, fmt.Errorf("bambootest: %s: holds no recorded deployment project", dir)
	}
	for i := range s.Projects {
		for j := range s.Projects[i].Environments {
			e := &s.Projects[i].Environments[j]
			e.Results = lists[strconv.FormatInt(e.ID, 10)]
		}
	}
	return s, nil
}

// RecordedPage returns the results of one recorded answer of
// environment/{id}/results, to be put into an [Environment].
func RecordedPage(path string) (results []Result, err error) {
	err = readJSON(path, func(page struct{ Results []json.RawMessage }) (err error) {
		results, err = recorded(page.Results)
		return err
	})
	return results, err
}

func (s *Server) addProjects(all []map[string]json.RawMessage) error {
	for _, raw := range all {
		p := Project{Raw: raw}
		var environments []map[string]json.RawMessage
		if err := json.Unmarshal(raw["environments"], &environments); err != nil {
			return err
		}
		for _, raw := range environments {
			e := Environment{Raw: raw}
			if err := named(raw, &e.ID, &e.Name); err != nil {
				return err
			}
			p.Environments = append(p.Environments, e)
		}
		if err := named(raw, &p.ID, &p.Name); err != nil {
			return err
		}
		s.Projects = append(s.Projects, p)
	}
	return nil
}

func named(raw map[string]json.RawMessage, id *int64, name *string) error {
	if err := json.Unmarshal(raw["id"], id); err != nil {
		return err
	}
	return json.Unmarshal(raw["name"], name)
}

// recorded reads from elements what the server needs to order and page them.
func recorded(elements []json.RawMessage) ([]Result, error) {
	var results []Result
	for _, raw := range elements {
		var e struct {
			ID          int64
			StartedDate int64
		}
		if err := json.Unmarshal(raw, &e); err != nil {
			return nil, err
		}
		results = append(results, Result{ID: e.ID, Started: time.UnixMilli(e.StartedDate), Raw: raw})
	}
	return results, nil
}

func readJSON[T any](path string, use func(T) error) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var v T
	if err = json.Unmarshal(text, &v); err == nil {
		err = use(v)
	}
	if err != nil {
		return fmt.Errorf("bambootest: %s: %w", path, err)
	}
	return nil
}

func isNumber(s string) bool {
	_, err := strconv.ParseInt(s, 10, 64)
	return err == nil
}

package bamboo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fridaycounter/fridaycounter/drivers/bamboo/bambootest"
	"github.com/fridaycounter/fridaycounter/drivers/source/rest"
	"github.com/fridaycounter/fridaycounter/rules"
)

// recorded returns a server of the recorded answers, found by their names:
// deploy-project-all.json, deploy-project-{id}.json, deploy-environment-{id}-results.json,
// and -results-elements.json for a list that was kept without its envelope. Projects and
// results are served as they were recorded.
func recorded(t *testing.T) *bambootest.Server {
	t.Helper()
	lists := map[string][]bambootest.Result{}
	var projects []json.RawMessage
	err := filepath.WalkDir(recordings(t), func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name := strings.TrimSuffix(entry.Name(), ".json")
		id, ok := strings.CutPrefix(name, "deploy-environment-")
		list := strings.TrimSuffix(strings.TrimSuffix(id, "-elements"), "-results")
		switch _, notID := strconv.Atoi(list); {
		case name == "deploy-project-all":
			var all []json.RawMessage
			readJSON(t, path, &all)
			projects = append(projects, all...)
		case strings.HasPrefix(name, "deploy-project-"):
			var one json.RawMessage
			readJSON(t, path, &one)
			projects = append(projects, one)
		case ok && notID == nil && strings.HasSuffix(id, "-results-elements"):
			var elements []json.RawMessage
			readJSON(t, path, &elements)
			lists[list] = recordedResults(t, elements)
		case ok && notID == nil && strings.HasSuffix(id, "-results"):
			lists[list] = recordedPage(t, path)
		}
		return nil
	})
	if err != nil || len(projects) == 0 {
		t.Fatalf("got %d projects, %v", len(projects), err)
	}
	s := &bambootest.Server{NoDate: true}
	for _, text := range projects {
		var p bambootest.Project
		if err := json.Unmarshal(text, &p); err != nil {
			t.Fatal(err)
		}
		for i := range p.Environments {
			p.Environments[i].Results = lists[fmt.Sprint(p.Environments[i].ID)]
		}
		s.Projects = append(s.Projects, p)
		s.Inject(fmt.Sprint("deploy/project/", p.ID), -1, bambootest.Respond(200, "application/json", string(text)))
	}
	all, err := json.Marshal(projects)
	if err != nil {
		t.Fatal(err)
	}
	s.Inject("deploy/project/all", -1, bambootest.Respond(200, "application/json", string(all)))
	return s
}

// recordedPage returns the results of one recorded answer of environment/{id}/results.
func recordedPage(t *testing.T, path string) []bambootest.Result {
	t.Helper()
	var page struct{ Results []json.RawMessage }
	readJSON(t, path, &page)
	return recordedResults(t, page.Results)
}

// recordedResults reads from elements what the server needs to order and page them.
func recordedResults(t *testing.T, elements []json.RawMessage) (results []bambootest.Result) {
	t.Helper()
	for _, raw := range elements {
		var e struct{ ID, StartedDate int64 }
		if err := json.Unmarshal(raw, &e); err != nil {
			t.Fatal(err)
		}
		results = append(results, bambootest.Result{ID: e.ID, Started: time.UnixMilli(e.StartedDate), Raw: raw})
	}
	return results
}

func readJSON(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// newestFirst returns all that is known, newest first.
func newestFirst(m *memory) (all []rules.Deployment) {
	for _, e := range m.Environments {
		all = append(all, e.Deployments...)
	}
	slices.SortStableFunc(all, func(a, b rules.Deployment) int { return b.Started.Compare(a.Started) })
	return all
}

// table writes deployments one a line, newest first as they came.
func table(all []rules.Deployment) string {
	b := new(strings.Builder)
	for _, d := range all {
		clock := func(t time.Time) string {
			if t.IsZero() {
				return "-"
			}
			return t.UTC().Format("Mon 2006-01-02 15:04:05.000")
		}
		fmt.Fprintf(b, "%s %s/%s %s/%s %s %s %s | %s | %s | %s\n", d.ID, d.ProjectID, d.EnvironmentID, d.Project, d.Environment,
			d.Version, d.State, d.LifeCycle, clock(d.Started), clock(d.Executed), clock(d.Finished))
	}
	return b.String()
}

func TestRecorded(t *testing.T) {
	s := recorded(t)
	for _, test := range []struct{ environment, want string }{
		{"dev", `2228225 1736705/1802241 deploy-this/dev release-2 SUCCESS FINISHED | Mon 2021-09-13 06:19:39.524 | Mon 2021-09-13 06:19:40.302 | Mon 2021-09-13 06:19:40.345
1998850 1736705/1802241 deploy-this/dev release-1 SUCCESS FINISHED | Mon 2021-09-13 02:44:05.640 | Mon 2021-09-13 02:44:06.203 | Mon 2021-09-13 02:44:06.208
1998849 1736705/1802241 deploy-this/dev release-1 FAILED FINISHED | Mon 2021-09-13 02:43:32.824 | Mon 2021-09-13 02:43:33.007 | Mon 2021-09-13 02:43:33.129
`},
		{"1802242", `1998851 1736705/1802242 deploy-this/staging release-1 SUCCESS FINISHED | Mon 2021-09-13 02:44:26.171 | Mon 2021-09-13 02:44:26.295 | Mon 2021-09-13 02:44:26.302
`},
		{"test-env3", `1769478 884737/1310724 deploy-test/test-env3 release-1 FAILED FINISHED | Fri 2023-03-10 12:29:28.484 | Fri 2023-03-10 12:29:28.540 | Fri 2023-03-10 12:29:28.545
1769477 884737/1310724 deploy-test/test-env3 release-1 FAILED FINISHED | Fri 2023-03-10 12:29:08.998 | Fri 2023-03-10 12:29:09.027 | Fri 2023-03-10 12:29:09.031
`},
	} {
		c := newClient(t, flat{URL: start(t, s), Environments: patterns(t, test.environment), HistoryFrom: time.Unix(1, 0)})
		m := newMemory()
		a := ask(t, c, m, noon)
		list := newestFirst(m)
		if diff := cmp.Diff(test.want, table(list)); diff != "" {
			t.Errorf("%s: %s", test.environment, diff)
		}
		if e := a.Environments[0]; !e.Exhausted || !e.From.Equal(list[len(list)-1].Started) {
			t.Errorf("%s: got the coverage %+v", test.environment, e)
		}
	}
}

// Every recorded environment can be read, in pages of any size.
func TestRecordedServer(t *testing.T) {
	for _, size := range []int{1, 2, 25} {
		s := recorded(t)
		s.PageSize, s.MaxPageSize = size, size
		c := newClient(t, flat{URL: start(t, s), HistoryFrom: time.Unix(1, 0)})
		m := newMemory()
		ask(t, c, m, noon)
		list := newestFirst(m)
		if got, want := len(list), 3+1+5+2+2; got != want {
			t.Errorf("pages of %d: got %d deployments, want %d", size, got, want)
		}
		fridays := 0
		for _, d := range list {
			if d.Executed.Weekday() == time.Friday && d.State == rules.StateFailed {
				fridays++
			}
		}
		if want := 8; fridays != want {
			t.Errorf("pages of %d: got %d failed Friday deployments, want %d", size, fridays, want)
		}
	}
}

func TestDerivedStates(t *testing.T) {
	s := recorded(t)
	results := recordedPage(t, filepath.Join(recordings(t), "derived", "deploy-environment-results-queued-in-progress-cancelled.json"))
	for i := range s.Projects {
		for j := range s.Projects[i].Environments {
			if e := &s.Projects[i].Environments[j]; e.ID == 1802241 {
				e.Results = results
			}
		}
	}
	c := newClient(t, flat{URL: start(t, s), Environments: patterns(t, "1802241"), HistoryFrom: time.Unix(1, 0)})
	m := newMemory()
	ask(t, c, m, noon)
	want := `2228301 1736705/1802241 deploy-this/dev release-2 UNKNOWN QUEUED | Fri 2021-09-17 16:01:40.000 | - | -
2228300 1736705/1802241 deploy-this/dev release-2 UNKNOWN IN_PROGRESS | Fri 2021-09-17 16:00:00.000 | Fri 2021-09-17 16:01:00.000 | -
2228299 1736705/1802241 deploy-this/dev release-2 UNKNOWN NOT_BUILT | Fri 2021-09-17 15:56:40.000 | - | Fri 2021-09-17 15:58:20.000
`
	if got := table(newestFirst(m)[:3]); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if got := fmt.Sprint(len(m.Environment("1802241").Active())); got != "2" {
		t.Errorf("got %s running, want 2", got)
	}
}

// Recorded error bodies come out as errors that can be read.
func TestRecordedErrors(t *testing.T) {
	for _, test := range []struct {
		file, kind string
		status     int
		want       string
	}{
		{"errors/404-without-accept.xml", "application/xml", 500, `500 Internal Server Error, application/xml, `},
		{"errors/502-proxy-timeout.html", "text/html", 502, `502 Bad Gateway, text/html, `},
		{"errors/400-queue-limit.json", "application/json", 400, `400 Bad Request, application/json, `},
		{"xml/result-list-size657-trimmed.xml", "application/xml", 200, `bytes: the answer is not JSON`},
		{"metrik/result-SEC-DEP.json", "application/json", 200, `unexpected JSON`},
		{"devlake/deploy-project-all.json", "application/json", 200, `bytes: unexpected JSON: it is of type array`},
	} {
		body, err := os.ReadFile(filepath.Join(recordings(t), test.file))
		if err != nil {
			t.Fatal(err)
		}
		s := one(history(1))
		s.Inject("results", 1, bambootest.Respond(test.status, test.kind, string(body)))
		_, err = client(t, s).Poll(context.Background(), nil, noon)
		var status *rest.StatusError
		if !errors.As(err, &status) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %s", test.file, err, test.want)
		}
	}
}

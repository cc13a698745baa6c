package sources_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// A gitLab is a fake GitLab with one project, group/shop. Deployments are in the order of their ids.
type gitLab struct{ deployments []object }

func (g *gitLab) serve(w http.ResponseWriter, r *http.Request) any {
	q := r.URL.Query()
	id, isList := strings.CutPrefix(r.URL.EscapedPath(), "/api/v4/projects/group%2Fshop/deployments")
	if !isList {
		w.WriteHeader(http.StatusNotFound)
		return object{"message": "404 Project Not Found"}
	}
	if id = strings.Trim(id, "/"); id != "" {
		for _, d := range g.deployments {
			if fmt.Sprint(d["id"]) == id {
				return d
			}
		}
		w.WriteHeader(http.StatusNotFound)
		return object{"message": "404 Not found"}
	}
	if q.Has("updated_after") && q.Get("order_by") != "updated_at" {
		w.WriteHeader(http.StatusBadRequest)
		return nil
	}
	list := append([]object{}, g.deployments...)
	if q.Get("order_by") == "updated_at" {
		slices.SortStableFunc(list, func(a, b object) int { return strings.Compare(a["updated_at"].(string), b["updated_at"].(string)) })
	}
	list = slices.DeleteFunc(list, func(d object) bool {
		name := d["environment"].(object)["name"]
		return q.Has("environment") && q.Get("environment") != name || q.Has("updated_after") && d["updated_at"].(string) < q.Get("updated_after")
	})
	if q.Get("sort") == "desc" { // ascending is the default
		slices.Reverse(list)
	}
	page, size := max(1, number(q.Get("page"))), number(q.Get("per_page"))
	if page*size < len(list) {
		w.Header().Set("Link", fmt.Sprintf(`<http://%s%s?%s>; rel="next"`, r.Host, r.URL.EscapedPath(), with(q, "page", page+1)))
	}
	return list[min(len(list), (page-1)*size):min(len(list), page*size)]
}

// gitLabDeployment returns one with a job that has these dates; "": null. "-": there is no job.
func gitLabDeployment(id int, status, created, updated, started, finished string) object {
	date := func(text string) any {
		if text == "" {
			return nil
		}
		return at(text)
	}
	d := object{
		"id": id, "iid": id, "status": status, "ref": "main", "created_at": at(created), "updated_at": at(updated),
		"environment": object{"id": 1, "name": "production"}, "deployable": nil,
	}
	if started != "-" {
		d["deployable"] = object{"id": id, "created_at": at(created), "started_at": date(started), "finished_at": date(finished)}
	}
	return d
}

func gitLabSource(url string) string {
	return fmt.Sprintf(`gitlab: {url: %q, projects: ["group/shop"], environments: ["production"], auth: header: {name: "PRIVATE-TOKEN", value: env: "T"}}`, url)
}

// TestGitLabStatuses has a row for each of GitLab's words, with a job and without.
func TestGitLabStatuses(t *testing.T) {
	for _, tt := range []struct{ status, started, finished, want string }{
		{"created", "", "", "waits"},
		{"blocked", "", "", "waits"},
		{"running", "13 10:02", "", "running 13 10:02"},
		{"success", "13 10:02", "13 10:05", "success 13 10:02 to 13 10:05"},
		{"failed", "13 10:02", "13 10:05", "failed 13 10:02 to 13 10:05"},
		{"failed", "", "13 10:05", "did not run"}, // stuck in the queue
		{"canceled", "", "13 10:05", "did not run"},
		{"canceled", "13 10:02", "13 10:05", "not_built 13 10:02 to 13 10:05"},
		{"skipped", "", "", "did not run"},
		{"teleported", "", "", "unknown 13 10:00"},
		// By the API alone, as external tools do.
		{"success", "-", "", "success 13 10:00 to 13 11:00"},
		{"failed", "-", "", "failed 13 10:00 to 13 11:00"},
		{"running", "-", "", "running 13 10:00"},
		{"created", "-", "", "waits"},
	} {
		g := &gitLab{[]object{gitLabDeployment(7, tt.status, "13 10:00", "13 11:00", tt.started, tt.finished)}}
		url, _ := serve(t, g.serve)
		r := newReader(t, gitLabSource(url), now)
		r.poll()
		r.wantGood()
		if got, want := r.runs(), []string{"group/shop/production 7 " + tt.want}; !slices.Equal(got, want) {
			t.Errorf("%s %s: got %q, want %q", tt.status, tt.started, got, want)
		}
	}
}

// TestGitLabApprovedLater reads a deployment that was approved long after it was made, and newer
// ones, from a server whose own order is the oldest first.
func TestGitLabApprovedLater(t *testing.T) {
	g := &gitLab{}
	for i := range 250 {
		g.deployments = append(g.deployments, gitLabDeployment(i+1, "success", "13 10:00", "13 11:00", "13 10:02", "13 10:05"))
	}
	g.deployments[3] = gitLabDeployment(4, "blocked", "13 10:00", "13 11:00", "", "")
	url, requests := serve(t, g.serve)
	r := newReader(t, gitLabSource(url), now)
	r.poll()
	r.wantGood()
	if got := r.known.Size(); got != 250 {
		t.Fatalf("got %d deployments, want 250", got)
	}
	requests()
	r.now = r.now.Add(time.Hour)
	g.deployments[3] = gitLabDeployment(4, "success", "13 10:00", "20 12:30", "20 12:20", "20 12:30")
	r.poll()
	r.wantGood()
	if got := requests(); len(got) != 1 {
		t.Errorf("got %q, want one request", got)
	}
	if got := r.runs(); !slices.Contains(got, "group/shop/production 4 success 20 12:20 to 20 12:30") {
		t.Errorf("the approved one is not among the runs")
	}
}

// TestGitLabManyWait reads manual jobs that nobody played: each pipeline leaves one.
func TestGitLabManyWait(t *testing.T) {
	g := &gitLab{}
	for i := range 120 {
		g.deployments = append(g.deployments, gitLabDeployment(i+1, "created", "13 10:00", "13 11:00", "", ""))
	}
	url, requests := serve(t, g.serve)
	r := newReader(t, gitLabSource(url), now)
	for range 2 {
		requests()
		r.poll()
		r.wantGood()
		r.now = r.now.Add(time.Hour)
	}
	if got := requests(); len(got) != 1 {
		t.Errorf("got %q, want one request", got)
	}
}

// TestGitLabClock wants no claim of a server whose clock is so wrong that changes would be missed.
func TestGitLabClock(t *testing.T) {
	g := &gitLab{[]object{gitLabDeployment(1, "success", "13 10:00", "13 11:00", "13 10:02", "13 10:05")}}
	behind := time.Minute
	var r *reader
	url, _ := serve(t, func(w http.ResponseWriter, q *http.Request) any {
		w.Header().Set("Date", r.now.Add(-behind).Format(http.TimeFormat))
		return g.serve(w, q)
	})
	r = newReader(t, gitLabSource(url), now)
	r.poll()
	r.wantGood()
	behind, r.now = 2*time.Hour, r.now.Add(time.Hour)
	if r.poll(); r.err == nil || !strings.Contains(r.err.Error(), "the server's clock is 2h0m0s behind") || !r.known.Environments[0].Read.Equal(now) {
		t.Errorf("got %v", r.err)
	}
}

// A jenkins is a fake Jenkins with one job in folders, and a branch with a slash.
type jenkins struct {
	builds []object          // the newest first
	stages map[string]object // answers of wfapi/describe, by number
}

var buildRange = regexp.MustCompile(`\{(\d+),(\d+)\}$`)

func (j *jenkins) serve(w http.ResponseWriter, r *http.Request) any {
	path, ok := strings.CutPrefix(r.URL.EscapedPath(), "/job/shop/job/deploy/job/feature%252Fx/")
	tree := r.URL.Query().Get("tree")
	if n, isDescribe := strings.CutSuffix(path, "/wfapi/describe"); ok && isDescribe {
		return j.stages[n]
	}
	if m := buildRange.FindStringSubmatch(tree); ok && path == "api/json" && m != nil {
		from, to := number(m[1]), number(m[2])
		return object{"_class": "x", "allBuilds": j.builds[min(from, len(j.builds)):min(to, len(j.builds))]}
	}
	n, isBuild := strings.CutSuffix(path, "/api/json")
	for _, b := range j.builds {
		if ok && isBuild && fmt.Sprint(b["number"]) == n {
			return b
		}
	}
	w.WriteHeader(http.StatusNotFound)
	return nil
}

func millis(text string) int64 {
	at, err := time.Parse(time.RFC3339, at(text))
	if err != nil {
		panic(err)
	}
	return at.UnixMilli()
}

func build(number int, result any, began string, minutes int) object {
	return object{
		"_class": "hudson.model.FreeStyleBuild", "number": number, "displayName": fmt.Sprint("#", number), "building": result == nil, "inProgress": result == nil,
		"result": result, "timestamp": millis(began), "duration": minutes * 60000, "url": "https://ci.example.com/1/",
		"actions": []object{{}, {"parameters": []object{{"name": "TARGET", "value": "prod"}}}},
	}
}

func jenkinsSource(url, more string) string {
	return fmt.Sprintf(`jenkins: {url: %q, jobs: Production: {job: "shop/deploy/feature%%2Fx"%s}, auth: basic: {username: "wall", password: env: "T"}}`, url, more)
}

// TestJenkinsResults has a row for each result of a build.
func TestJenkinsResults(t *testing.T) {
	for _, tt := range []struct {
		result any
		want   string
	}{
		{nil, "running 13 10:00"},
		{"SUCCESS", "success 13 10:00 to 13 10:05"},
		{"UNSTABLE", "success 13 10:00 to 13 10:05"},
		{"FAILURE", "failed 13 10:00 to 13 10:05"},
		{"ABORTED", "not_built 13 10:00 to 13 10:05"},
		{"NOT_BUILT", "did not run"},
		{"NOT_BUILD", "unknown 13 10:00 to 13 10:05"},
	} {
		j := &jenkins{builds: []object{build(7, tt.result, "13 10:00", 5)}}
		url, _ := serve(t, j.serve)
		r := newReader(t, jenkinsSource(url, ""), now)
		r.poll()
		r.wantGood()
		if got, want := r.runs(), []string{"Production 7 " + tt.want}; !slices.Equal(got, want) {
			t.Errorf("%v: got %q, want %q", tt.result, got, want)
		}
	}
	running := build(7, "SUCCESS", "13 10:00", 5)
	running["inProgress"] = true // after building, post-build actions deploy
	url, _ := serve(t, (&jenkins{builds: []object{running}}).serve)
	r := newReader(t, jenkinsSource(url, ""), now)
	if r.poll(); !slices.Equal(r.runs(), []string{"Production 7 running 13 10:00"}) {
		t.Errorf("in progress: got %q", r.runs())
	}
}

// TestJenkinsStages takes one stage for the deployment.
func TestJenkinsStages(t *testing.T) {
	for _, tt := range []struct{ build, stage, want string }{
		{"SUCCESS", "SUCCESS", "success 13 10:10 to 13 10:12"},
		{"ABORTED", "FAILED", "failed 13 10:10 to 13 10:12"},
		{"FAILED", "UNSTABLE", "success 13 10:10 to 13 10:12"},
		{"IN_PROGRESS", "IN_PROGRESS", "running 13 10:10"},
		{"IN_PROGRESS", "", "waits"},
		{"PAUSED_PENDING_INPUT", "PAUSED_PENDING_INPUT", "waits"},
		{"ABORTED", "", "did not run"},
		{"ABORTED", "NOT_EXECUTED", "did not run"},
		{"ABORTED", "IN_PROGRESS", "not_built 13 10:10 to 13 10:12"},
		{"ABORTED", "null", "unknown 13 10:10 to 13 10:12"},
	} {
		stages := []object{{"name": "Build", "status": "SUCCESS", "startTimeMillis": millis("13 10:00"), "durationMillis": 60000}}
		if tt.stage != "" {
			stages = append(stages, object{"name": `Deploy to "PROD" [1]`, "status": tt.stage, "startTimeMillis": millis("13 10:10"), "durationMillis": 120000})
		}
		j := &jenkins{
			builds: []object{build(7, "SUCCESS", "13 10:00", 30)},
			stages: map[string]object{"7": {"status": tt.build, "stages": stages}},
		}
		url, _ := serve(t, j.serve)
		r := newReader(t, jenkinsSource(url, `, stage: "Deploy to \"PROD\" [1]", parameters: TARGET: "prod"`), now)
		r.poll()
		r.wantGood()
		if got, want := r.runs(), []string{"Production 7 " + tt.want}; !slices.Equal(got, want) {
			t.Errorf("build %s, stage %s: got %q, want %q", tt.build, tt.stage, got, want)
		}
	}
}

// TestJenkinsGaps wants completeness to end where numbers are missing, and to begin anew where
// the job was made again.
func TestJenkinsGaps(t *testing.T) {
	j := &jenkins{builds: []object{build(12, "SUCCESS", "18 10:00", 5), build(11, "SUCCESS", "17 10:00", 5), build(7, "SUCCESS", "06 10:00", 5)}}
	url, _ := serve(t, j.serve)
	r := newReader(t, jenkinsSource(url, ""), now)
	r.poll()
	r.wantGood()
	from := func() string { return r.known.Environments[0].CompleteFrom.Format("02 15:04") }
	if got := from(); got != "17 10:00" {
		t.Errorf("complete from %s, want 17 10:00", got)
	}
	r.now = r.now.Add(24 * time.Hour)
	j.builds = []object{build(2, "SUCCESS", "21 09:00", 5), build(1, "SUCCESS", "20 15:00", 5)}
	r.poll()
	r.wantGood()
	if got := from(); got != "20 15:00" || len(r.runs()) != 5 {
		t.Errorf("made anew: complete from %s with %q, want 20 15:00 with 5 runs", got, r.runs())
	}
}

// An argoCD is a fake Argo CD.
type argoCD struct{ applications []object }

func (a *argoCD) serve(w http.ResponseWriter, r *http.Request) any {
	name, single := strings.CutPrefix(r.URL.Path, "/api/v1/applications/")
	var list []object
	for _, app := range a.applications {
		meta, status := app["metadata"].(object), app["status"].(object)
		if single && meta["name"] == name {
			return app
		}
		short := object{"metadata": object{"name": meta["name"]}}
		if o, ok := status["operationState"].(object); ok {
			short["status"] = object{"operationState": object{"phase": o["phase"], "startedAt": o["startedAt"], "finishedAt": o["finishedAt"]}}
		}
		list = append(list, short)
	}
	if single {
		w.WriteHeader(http.StatusForbidden) // without a project, what is not there is forbidden
		return nil
	}
	return object{"metadata": object{}, "items": list} // null without any
}

func application(name, uid string, operation object, history ...object) object {
	status := object{}
	if operation != nil {
		status["operationState"] = operation
	}
	if history != nil {
		status["history"] = history
	}
	return object{"metadata": object{"name": name, "uid": uid}, "spec": object{"project": "shop"}, "status": status}
}

func entry(id int, began, ended string) object {
	return object{"id": id, "revision": "abc", "deployStartedAt": at(began), "deployedAt": at(ended)}
}

func operation(phase, began, ended string) object {
	o := object{"phase": phase, "startedAt": at(began), "operation": object{"sync": object{"revision": "abc"}}}
	if ended != "" {
		o["finishedAt"] = at(ended)
	}
	return o
}

// TestArgoCD follows an application: the history and the last operation are one list.
func TestArgoCD(t *testing.T) {
	a := &argoCD{}
	url, requests := serve(t, a.serve)
	r := newReader(t, fmt.Sprintf(`argocd: {url: %q, applications: ["/-production$/"], auth: token: env: "T"}`, url), now)
	first := entry(3, "11 10:00", "11 10:01")
	second := entry(4, "13 10:00", "13 10:05")
	for _, step := range []struct {
		name string
		apps []object
		want []string
		from string
	}{
		{"none", nil, nil, ""},
		{"one operation is its history entry too", []object{application("x-production", "u1", operation("Succeeded", "13 10:00", "13 10:05"), first, second), application("x-test", "u2", nil)},
			[]string{"u1/11 success", "u1/13 success"}, ""},
		{"running", []object{application("x-production", "u1", operation("Running", "14 10:00", ""), first, second)},
			[]string{"u1/11 success", "u1/13 success", "u1/14 running"}, ""},
		{"failed, which leaves no history", []object{application("x-production", "u1", operation("Failed", "14 10:00", "14 10:02"), first, second)},
			[]string{"u1/11 success", "u1/13 success", "u1/14 failed"}, ""},
		{"made anew with ids from 0", []object{application("x-production", "u9", operation("Succeeded", "16 10:00", "16 10:05"), entry(0, "16 10:00", "16 10:05"))},
			[]string{"u1/11 success", "u1/13 success", "u1/14 failed", "u9/16 success"}, "16 10:00"},
	} {
		a.applications = step.apps
		r.now = r.now.Add(time.Hour)
		r.poll()
		if step.apps != nil {
			r.wantGood()
		}
		var got []string
		for _, run := range r.runs() { // shop/x-production UID/2026-03-13T10:00:00Z outcome …
			words := strings.Fields(run)
			uid, began, _ := strings.Cut(words[1], "/2026-03-")
			got = append(got, uid+"/"+began[:2]+" "+words[2])
		}
		if !slices.Equal(got, step.want) {
			t.Errorf("%s: got %q, want %q", step.name, got, step.want)
		}
		if from := step.from; from != "" && r.known.Environments[0].CompleteFrom.Format("02 15:04") != from {
			t.Errorf("%s: complete from %v, want %s", step.name, r.known.Environments[0].CompleteFrom, from)
		}
	}
	requests()
	r.now = r.now.Add(time.Hour)
	if r.poll(); len(requests()) != 1 {
		t.Error("a steady poll takes more than one request")
	}
	r.now = r.now.Add(time.Hour)
	a.applications = nil
	if r.poll(); !r.known.Environments[0].Gone {
		t.Error("an application that was deleted is not gone")
	}
}

// TestRecordedAnswers maps what real servers answered.
func TestRecordedAnswers(t *testing.T) {
	var deployments []object
	recorded(t, "gitlab/deployments-elements.json", &deployments)
	for _, d := range deployments {
		d["updated_at"] = d["created_at"]
	}
	labURL, _ := serve(t, (&gitLab{deployments}).serve)
	lab := newReader(t, strings.Replace(gitLabSource(labURL), `["production"]`, `["/./"]`, 1), time.Date(2019, 6, 1, 0, 0, 0, 0, time.UTC))
	lab.poll()
	lab.wantGood()
	if got := len(lab.runs()); got != len(deployments) {
		t.Errorf("GitLab: got %d, want %d", got, len(deployments))
	}

	var app object
	recorded(t, "argocd/application-history-full.json", &app)
	name := app["metadata"].(map[string]any)["name"].(string)
	argoURL, _ := serve(t, func(_ http.ResponseWriter, r *http.Request) any {
		if strings.HasSuffix(r.URL.Path, name) {
			return app
		}
		return object{"items": []object{{"metadata": object{"name": name}}}}
	})
	argo := newReader(t, fmt.Sprintf(`argocd: {url: %q, applications: [%q], auth: token: env: "T"}`, argoURL, name), time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC))
	argo.poll()
	argo.wantGood()
	if got := len(argo.runs()); got != 10 {
		t.Errorf("Argo CD: got %d runs, want 10: the last operation is the newest entry", got)
	}
}

// TestForeignHost follows no link to another server, and a redirect only on the same one.
func TestForeignHost(t *testing.T) {
	target, _ := url.Parse("http://example.com/api/v3/repos/example/shop/deployments?page=2")
	address, _ := serve(t, func(w http.ResponseWriter, r *http.Request) any {
		w.Header().Set("Link", fmt.Sprintf(`<%s>; rel="next"`, target))
		return []object{}
	})
	r := newReader(t, gitHubSource(address, production), now)
	if r.poll(); r.err == nil || !strings.Contains(r.err.Error(), "another server") {
		t.Errorf("a link: got %v", r.err)
	}
	r = newReader(t, fmt.Sprintf(`http: {url: %q, get: "/list", page: number: parameter: "page", map: {id: "id", environment: "e", state: "s", executed: "x"}, states: {success: [], failed: [], running: []}}`, address), now)
	if r.poll(); r.err != nil {
		t.Errorf("a link that is not asked for: got %v", r.err)
	}
	g := &gitHub{deployments: []gitHubDeployment{{id: 7, environment: "production", created: "13 10:00", statuses: []string{"success 13 10:05"}}}}
	address, _ = serve(t, func(w http.ResponseWriter, r *http.Request) any {
		if rest, ok := strings.CutPrefix(r.URL.Path, "/api/v3/repositories/1/"); ok {
			r.URL.Path = "/api/v3/repos/example/shop/" + rest
			return g.serve(w, r)
		}
		http.Redirect(w, r, strings.Replace(r.URL.RequestURI(), "/repos/example/shop/", "/repositories/1/", 1), http.StatusMovedPermanently)
		return nil
	})
	r = newReader(t, gitHubSource(address, production), now)
	if r.poll(); r.err != nil || len(r.runs()) != 1 {
		t.Errorf("a renamed repository: got %q, %v", r.runs(), r.err)
	}
}

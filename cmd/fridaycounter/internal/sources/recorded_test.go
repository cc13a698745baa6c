package sources_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
)

// TestRecordedGraphQL reads what GitHub answered by GraphQL; the recorder's client wrote its
// names with capitals.
func TestRecordedGraphQL(t *testing.T) {
	var list []object
	recorded(t, "github/graphql-deployments-elements.json", &list)
	nodes := []object{}
	for _, d := range list {
		statuses := []object{}
		if s, ok := d["Statuses"].(object); ok {
			for _, one := range s["nodes"].([]any) {
				statuses = append(statuses, object{"state": one.(object)["state"], "createdAt": one.(object)["updatedAt"]})
			}
		}
		nodes = append(nodes, object{"databaseId": d["DatabaseId"], "environment": d["Environment"], "createdAt": d["CreatedAt"], "statuses": object{"nodes": statuses}})
	}
	slices.SortFunc(nodes, func(a, b object) int { return strings.Compare(b["createdAt"].(string), a["createdAt"].(string)) })
	url, _ := serve(t, func(_ http.ResponseWriter, r *http.Request) any {
		if r.Method == "GET" {
			return []object{}
		}
		return object{"data": object{"repository": object{"deployments": object{"nodes": nodes, "pageInfo": object{"hasNextPage": false}}}}}
	})
	r := newReader(t, gitHubSource(url, `environments: ["github-pages"]`+withToken), time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
	r.poll()
	r.wantGood()
	for _, want := range []string{
		"example/shop/github-pages 3881429895 success 20 00:30 to 20 00:30",
		"example/shop/github-pages 3839563910 success 14 00:32 to 14 00:32", // DevLake took the 20th, when it became inactive
		"example/shop/github-pages 1670973641 unknown 24 00:18",             // without statuses
	} {
		if got := r.runs(); !slices.Contains(got, want) {
			t.Errorf("got %q, want %q among them", got, want)
		}
	}
}

// TestRecordedJenkins reads builds of a freestyle job and of pipelines, as Jenkins listed them.
func TestRecordedJenkins(t *testing.T) {
	at := time.Date(2024, 4, 1, 0, 0, 0, 0, time.UTC)
	var freestyle, multibranch []object
	recorded(t, "jenkins/builds-elements-freestyle.json", &freestyle)
	recorded(t, "jenkins/builds-elements-multibranch.json", &multibranch)
	for name, list := range map[string][]object{"freestyle": freestyle, "multibranch": multibranch[:4]} {
		slices.SortStableFunc(list, func(a, b object) int { return int(b["number"].(float64) - a["number"].(float64)) })
		url, _ := serve(t, (&jenkins{builds: list}).serve)
		r := newReader(t, jenkinsSource(url, ""), at)
		r.poll()
		r.wantGood()
		if got := len(r.runs()); got != len(list) {
			t.Errorf("%s: got %d runs, want %d", name, got, len(list))
		}
		if unknown := strings.Contains(strings.Join(r.notes, " "), `unknown state "NOT_BUILD"`); unknown != (name == "freestyle") {
			t.Errorf("%s: notes %q", name, r.notes)
		}
	}
	for i, want := range []string{
		// By the answers 1 to 5: a stage that the build, which was cancelled, did not come to.
		"Build Docker image: failed 18 05:55 to 18 05:56", "Deploy to DEV: not_built 18 05:56 to 18 05:56", "Deploy to DEV: did not run",
		"Deploy to UAT: not_built 18 05:56 to 18 05:56", "Deploy to PROD: did not run",
	} {
		var described object
		recorded(t, fmt.Sprintf("jenkins/wfapi-describe-%d.json", i+1), &described)
		stage, want, _ := strings.Cut(want, ": ")
		b := build(82, "ABORTED", "13 10:00", 1)
		b["timestamp"] = described["startTimeMillis"]
		url, _ := serve(t, (&jenkins{builds: []object{b}, stages: map[string]object{"82": described}}).serve)
		r := newReader(t, jenkinsSource(url, fmt.Sprintf(", stage: %q", stage)), time.Date(2021, 2, 1, 0, 0, 0, 0, time.UTC))
		r.poll()
		r.wantGood()
		if got := r.runs(); !slices.Equal(got, []string{"Production 82 " + want}) {
			t.Errorf("answer %d, stage %s: got %q, want %s", i+1, stage, got, want)
		}
	}
}

// TestRecordedArgoCD reads an application whose ids begin at 0.
func TestRecordedArgoCD(t *testing.T) {
	var app object
	recorded(t, "argocd/application-test-app.json", &app)
	url, _ := serve(t, (&argoCD{[]object{app}}).serve)
	r := newReader(t, fmt.Sprintf(`argocd: {url: %q, applications: ["/./"]}`, url), time.Date(2021, 9, 1, 0, 0, 0, 0, time.UTC))
	r.poll()
	r.wantGood()
	got := r.runs()
	if len(got) != 2 || !strings.HasSuffix(got[0], "success 04 17:39 to 04 17:39") || !strings.HasSuffix(got[1], "success 11 11:38 to 11 11:38") {
		t.Errorf("got %q, want two runs", got)
	}
}

// TestSteadyPolls wants one request for each list while nothing is new, from every system.
func TestSteadyPolls(t *testing.T) {
	g := &gitHub{deployments: []gitHubDeployment{{id: 7, environment: "production", created: "13 10:00", statuses: []string{"success 13 10:05"}}}}
	for name, w := range map[string]world{
		"GitHub":              gitHubWorld(g, production),
		"GitHub with a token": gitHubWorld(g, production+withToken),
		"GitLab":              {gitLabSource("URL"), (&gitLab{[]object{gitLabDeployment(7, "success", "13 10:00", "13 10:05", "13 10:00", "13 10:05")}}).serve},
		"Jenkins":             {jenkinsSource("URL", ""), (&jenkins{builds: []object{build(1, "SUCCESS", "13 10:00", 5)}}).serve},
		"Argo CD": {`argocd: {url: "URL", applications: ["/./"]}`, (&argoCD{[]object{
			application("x", "u1", operation("Succeeded", "13 10:00", "13 10:05"), entry(0, "13 10:00", "13 10:05"))}}).serve},
	} {
		url, requests := serve(t, w.serve)
		r := newReader(t, strings.ReplaceAll(w.source, "URL", url), now)
		r.poll()
		for range 4 {
			requests()
			r.now = r.now.Add(time.Hour)
			r.poll()
			r.wantGood()
			if got := requests(); len(got) != 1 || len(r.runs()) != 1 {
				t.Errorf("%s: got %q with %q, want one request", name, got, r.runs())
			}
		}
	}
}

// TestForeignAnswers wants to be told what was found in the place of an answer, and that nothing
// that is known is lost.
func TestForeignAnswers(t *testing.T) {
	for _, w := range []struct {
		name   string
		source string
		serve  func(w http.ResponseWriter, r *http.Request) any
	}{
		{"GitHub", gitHubSource("URL", production), (&gitHub{deployments: []gitHubDeployment{{id: 7, environment: "production", created: "13 10:00", statuses: []string{"success 13 10:05"}}}}).serve},
		{"GitLab", gitLabSource("URL"), (&gitLab{[]object{gitLabDeployment(7, "success", "13 10:00", "13 10:05", "13 10:00", "13 10:05")}}).serve},
		{"Jenkins", jenkinsSource("URL", ""), (&jenkins{builds: []object{build(1, "SUCCESS", "13 10:00", 5)}}).serve},
		{"Argo CD", `argocd: {url: "URL", applications: ["/./"]}`, (&argoCD{[]object{application("x", "u1", operation("Failed", "13 10:00", "13 10:05"))}}).serve},
	} {
		for _, tt := range []struct {
			name, media, body, want string
		}{
			{"a login page", "text/html; charset=utf-8", "<!DOCTYPE html><html>login</html>", "text/html"},
			{"an answer of another system", "application/json", `{"message": "hello"}`, "want a list"},
			{"a list that is a text", "application/json", `{"allBuilds": "x", "items": "x"}`, "want a list"},
			{"half an answer", "application/json", `[{"id": 7, "envi`, "not JSON"},
			{"nothing", "application/json", "", "not JSON"},
		} {
			broken := false
			url, _ := serve(t, func(rw http.ResponseWriter, r *http.Request) any {
				if !broken {
					return w.serve(rw, r)
				}
				rw.Header().Set("Content-Type", tt.media)
				fmt.Fprint(rw, tt.body)
				return nil
			})
			r := newReader(t, strings.ReplaceAll(w.source, "URL", url), now)
			r.poll()
			r.wantGood()
			broken, r.now = true, r.now.Add(time.Hour)
			r.poll()
			if r.err == nil || !strings.Contains(r.err.Error(), tt.want) || len(r.runs()) != 1 {
				t.Errorf("%s, %s: got %v with %q, want %q", w.name, tt.name, r.err, r.runs(), tt.want)
			}
		}
	}
}

// TestGraphQLRefusals reads refusals that come with 200, and does not take them for an empty list.
func TestGraphQLRefusals(t *testing.T) {
	for _, tt := range []struct {
		name   string
		answer object
		want   string
	}{
		{"a repository that is not there", object{"data": object{"repository": nil}, "errors": []object{{"type": "NOT_FOUND"}}}, "the login may not see it"},
		{"a list that could not be read", object{"data": object{"repository": object{"deployments": object{"nodes": nil}}}, "errors": []object{{"message": "timeout"}}}, "want a list"},
		{"the rate limit", object{"errors": []object{{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}}}, "want a list"},
		{"no list", object{"data": object{"repository": object{"deployments": nil}}}, "want a list"},
	} {
		url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) any {
			if r.Method == "POST" {
				return tt.answer
			}
			return []object{}
		})
		r := newReader(t, gitHubSource(url, production+withToken), now)
		r.poll()
		if r.err == nil || !strings.Contains(r.err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", tt.name, r.err, tt.want)
		}
	}
}

// TestRateLimitIsNoRefusedLogin wants that a limit is waited for, and that the login is tried after it.
func TestRateLimitIsNoRefusedLogin(t *testing.T) {
	g := &gitHub{deployments: []gitHubDeployment{{id: 7, environment: "production", created: "13 10:00", statuses: []string{"success 13 10:05"}}}, left: 1, used: 1}
	url, requests := serve(t, g.serve)
	r := newReader(t, gitHubSource(url, production+withToken), time.Now())
	r.poll()
	if r.err == nil || len(requests()) != 1 {
		t.Fatalf("got %v, want an error after one request", r.err)
	}
	var waits time.Duration
	for _, e := range source.All(r.err) {
		waits = max(waits, e.RetryAfter)
	}
	if kind := source.KindOf(r.err); kind == source.Login || waits.Round(time.Minute) != 20*time.Minute {
		t.Errorf("got %v to be asked again after %v, want no refused login and 20 minutes", kind, waits)
	}
	g.left, r.now = 0, r.now.Add(30*time.Minute)
	if r.poll(); r.err != nil || len(r.runs()) != 1 {
		t.Errorf("after it: got %v with %q, want one run", r.err, r.runs())
	}
}

// TestRefusalsOfOthers wants to be told which list was refused, and what to do.
func TestRefusalsOfOthers(t *testing.T) {
	noPlugin := &jenkins{builds: []object{build(7, "SUCCESS", "13 10:00", 5)}}
	refuse := func(status int, header ...string) func(http.ResponseWriter, *http.Request) any {
		return func(w http.ResponseWriter, _ *http.Request) any {
			for i := 0; i < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(status)
			return nil
		}
	}
	for _, tt := range []struct {
		world
		want string
	}{
		{world{source: gitLabSource("URL"), serve: refuse(404)}, "what is private is not found either"},
		{world{source: gitLabSource("URL"), serve: refuse(429, "Retry-After", "30")}, "ask again after 30s"},
		{world{source: jenkinsSource("URL", ""), serve: refuse(403)}, "Production: GET"},
		{world{source: jenkinsSource("URL", ""), serve: refuse(401)}, "not sent again"},
		{world{source: `argocd: {url: "URL", applications: ["/./"], auth: token: env: "T"}`, serve: refuse(401)}, "not sent again"},
		{world{source: `argocd: {url: "URL", applications: ["/./"], auth: token: env: "T"}`, serve: refuse(403)}, "the index"},
		{world{source: jenkinsSource("URL", `, stage: "Deploy"`), serve: func(w http.ResponseWriter, r *http.Request) any {
			if strings.Contains(r.URL.Path, "/wfapi/") { // the plugin is not there
				w.WriteHeader(http.StatusNotFound)
				return nil
			}
			return noPlugin.serve(w, r)
		}}, "details of record 7"},
	} {
		url, _ := serve(t, tt.serve)
		r := newReader(t, strings.ReplaceAll(tt.source, "URL", url), now)
		r.poll()
		if r.err == nil || !strings.Contains(r.err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", tt.source, r.err, tt.want)
		}
	}
}

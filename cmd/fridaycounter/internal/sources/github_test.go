package sources_test

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

type object = map[string]any

// A gitHub is a fake GitHub with one repository, example/shop. Deployments are newest first.
type gitHub struct {
	deployments []gitHubDeployment
	left        int // requests before the limit; 0: none is
	used        int
}

type gitHubDeployment struct {
	id                   int
	environment, created string
	transient            bool
	task                 string   // "": deploy
	statuses             []string // "success 13 10:05", the newest first
}

func (g *gitHub) serve(w http.ResponseWriter, r *http.Request) any {
	if g.used++; g.left > 0 && g.used > g.left {
		w.Header().Set("X-RateLimit-Remaining", "0")
		w.Header().Set("X-RateLimit-Reset", strconv.FormatInt(time.Now().Add(20*time.Minute).Unix(), 10))
		w.WriteHeader(http.StatusForbidden)
		return nil
	}
	q := r.URL.Query()
	rest, isList := strings.CutPrefix(r.URL.Path, "/api/v3/repos/example/shop/deployments")
	switch {
	case r.URL.Path == "/api/graphql":
		return g.graphQL(r)
	case !isList:
		w.WriteHeader(http.StatusNotFound)
		return nil
	case strings.HasSuffix(rest, "/statuses"):
		d := g.find(strings.Trim(strings.TrimSuffix(rest, "/statuses"), "/"))
		list := []object{}
		for _, s := range d.statuses {
			state, when, _ := strings.Cut(s, " ")
			list = append(list, object{"state": state, "created_at": at(when), "log_url": "https://github.com/log"})
		}
		return list
	case rest != "":
		if d := g.find(strings.Trim(rest, "/")); d != nil {
			return d.json()
		}
		w.WriteHeader(http.StatusNotFound)
		return nil
	}
	list := []object{}
	for _, d := range g.deployments {
		if e := q.Get("environment"); e == "" || e == d.environment {
			list = append(list, d.json())
		}
	}
	page, size := max(1, number(q.Get("page"))), number(q.Get("per_page"))
	if page*size < len(list) {
		w.Header().Set("Link", fmt.Sprintf(`<http://%s%s?%s>; rel="next", <http://x/>; rel="last"`, r.Host, r.URL.Path, with(q, "page", page+1)))
	}
	list = list[min(len(list), (page-1)*size):min(len(list), page*size)]
	etag := fmt.Sprintf(`W/"%x"`, sha256.Sum256(fmt.Append(nil, list, g.deployments)))
	w.Header().Set("ETag", etag)
	if r.Header.Get("If-None-Match") == etag {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	return list
}

func number(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}

func with(q map[string][]string, name string, n int) string {
	parts := []string{}
	for k, v := range q {
		if k != name {
			parts = append(parts, k+"="+v[0])
		}
	}
	return strings.Join(append(parts, fmt.Sprintf("%s=%d", name, n)), "&")
}

func (g *gitHub) find(id string) *gitHubDeployment {
	i := slices.IndexFunc(g.deployments, func(d gitHubDeployment) bool { return strconv.Itoa(d.id) == id })
	if i < 0 {
		return nil
	}
	return &g.deployments[i]
}

func (d *gitHubDeployment) json() object {
	return object{
		"id": d.id, "environment": d.environment, "created_at": at(d.created), "updated_at": at("19 00:00"), "ref": "main", "sha": "abc",
		"task": cmp.Or(d.task, "deploy"), "transient_environment": d.transient, "creator": object{"login": "user1"},
	}
}

func (g *gitHub) graphQL(r *http.Request) any {
	var query struct {
		Variables struct {
			After        string
			Environments []string
		}
	}
	json.NewDecoder(r.Body).Decode(&query)
	from := number(query.Variables.After)
	nodes := []object{}
	for _, d := range g.deployments {
		if e := query.Variables.Environments; e != nil && !slices.Contains(e, d.environment) {
			continue
		}
		statuses := []object{}
		for _, s := range d.statuses {
			state, when, _ := strings.Cut(s, " ")
			statuses = append(statuses, object{"state": strings.ToUpper(state), "createdAt": at(when)})
		}
		nodes = append(nodes, object{
			"databaseId": d.id, "environment": d.environment, "createdAt": at(d.created), "task": cmp.Or(d.task, "deploy"), "commitOid": "abc",
			"ref": object{"name": "main"}, "statuses": object{"nodes": statuses},
		})
	}
	more := from+100 < len(nodes)
	nodes = nodes[min(from, len(nodes)):min(from+100, len(nodes))]
	info := object{"endCursor": strconv.Itoa(from + 100), "hasNextPage": more}
	return object{"data": object{"repository": object{"deployments": object{"nodes": nodes, "pageInfo": info}}}}
}

func gitHubSource(url, more string) string {
	return fmt.Sprintf("github: {url: %q, insecure: true, repositories: [\"example/shop\"], %s}", url+"/api/v3", more)
}

const (
	production = `environments: ["production"]`
	withToken  = `, auth: token: env: "T"`
)

// TestGitHubStatuses has a row for each of GitHub's words, and for what tools make of them. Each
// is read by REST and by GraphQL.
func TestGitHubStatuses(t *testing.T) {
	for _, tt := range []struct {
		name     string
		created  string
		statuses []string
		want     string
	}{
		{"no status yet", "19 10:00", nil, "waits"},
		{"no status for over 7 days", "12 10:00", nil, "unknown 12 10:00"},
		{"queued", "13 10:00", []string{"queued 13 10:01"}, "waits"},
		{"pending", "13 10:00", []string{"pending 13 10:01"}, "waits"},
		{"waiting for a review, for over 7 days", "12 10:00", []string{"waiting 12 10:01"}, "waits"},
		{"running", "13 10:00", []string{"in_progress 13 10:02", "queued 13 10:01"}, "running 13 10:02"},
		{"success", "13 10:00", []string{"success 13 10:05", "in_progress 13 10:02", "queued 13 10:01"}, "success 13 10:02 to 13 10:05"},
		{"failure", "13 10:00", []string{"failure 13 10:05", "in_progress 13 10:02"}, "failed 13 10:02 to 13 10:05"},
		{"error", "13 10:00", []string{"error 13 10:05", "in_progress 13 10:02"}, "failed 13 10:02 to 13 10:05"},
		{"rejected before it began", "13 10:00", []string{"failure 13 10:05", "waiting 13 10:01"}, "did not run"},
		{"inactive since, days later", "13 10:00", []string{"inactive 18 10:00", "success 13 10:05", "in_progress 13 10:02"}, "success 13 10:02 to 13 10:05"},
		{"only inactive", "13 10:00", []string{"inactive 18 10:00"}, "unknown 13 10:00"},
		{"a tool that says only success", "13 10:00", []string{"success 13 10:05"}, "success 13 10:00 to 13 10:05"},
		{"a word that nobody knows", "13 10:00", []string{"teleported 13 10:05", "in_progress 13 10:02"}, "unknown 13 10:02 to 13 10:05"},
	} {
		for way, auth := range map[string]string{"REST": "", "GraphQL": withToken} {
			t.Run(tt.name+" by "+way, func(t *testing.T) {
				g := &gitHub{deployments: []gitHubDeployment{{id: 7, environment: "production", created: tt.created, statuses: tt.statuses}}}
				url, _ := serve(t, g.serve)
				r := newReader(t, gitHubSource(url, production+auth), now)
				r.poll()
				r.wantGood()
				if got, want := r.runs(), []string{"example/shop/production 7 " + tt.want}; !slices.Equal(got, want) {
					t.Errorf("got %q, want %q", got, want)
				}
				if unknown := strings.Contains(tt.name, "nobody knows"); unknown != strings.Contains(strings.ToLower(strings.Join(r.notes, "")), "teleported") {
					t.Errorf("notes: %q", r.notes)
				}
			})
		}
	}
}

// TestGitHubSteadyPoll wants one request that is answered with 304 while nothing is new, and
// statuses only of what is new or had not ended.
func TestGitHubSteadyPoll(t *testing.T) {
	g := &gitHub{deployments: []gitHubDeployment{
		{id: 9, environment: "production", created: "18 10:00", statuses: []string{"success 18 10:05"}},
		{id: 8, environment: "staging", created: "17 10:00"},
		{id: 7, environment: "production", created: "16 10:00", statuses: []string{"success 16 10:05"}},
	}}
	url, requests := serve(t, g.serve)
	r := newReader(t, gitHubSource(url, production), now)
	r.poll()
	r.wantGood()
	if got := len(requests()); got != 3 {
		t.Errorf("first reading: got %d requests, want 3", got)
	}
	for range 3 {
		r.now = r.now.Add(time.Hour)
		r.poll()
		r.wantGood()
		if got := requests(); len(got) != 1 {
			t.Errorf("steady poll: got %q, want one request", got)
		}
	}
	g.deployments = append([]gitHubDeployment{{id: 10, environment: "production", created: "20 14:00", statuses: []string{"in_progress 20 14:01"}}}, g.deployments...)
	r.now = r.now.Add(time.Hour)
	r.poll()
	if got := requests(); len(got) != 2 {
		t.Errorf("something new: got %q, want two requests", got)
	}
	r.now = r.now.Add(time.Hour)
	r.poll()
	r.wantGood()
	if got := requests(); len(got) != 1 {
		t.Errorf("it runs on: got %q, want one request", got)
	}
	if got := r.runs()[0]; got != "example/shop/production 10 running 20 14:01" {
		t.Errorf("got %q", got)
	}
}

// TestGitHubFirstReading reads two years of ten deployments a day with a token.
func TestGitHubFirstReading(t *testing.T) {
	g := &gitHub{}
	for i := range 7300 {
		g.deployments = append(g.deployments, gitHubDeployment{id: 10000 - i, environment: "production", created: "13 10:00", statuses: []string{"success 13 10:05"}})
	}
	url, requests := serve(t, g.serve)
	r := newReader(t, strings.Replace(gitHubSource(url, production+withToken), "/api/v3", "/api/v3/", 1), now)
	r.poll()
	r.wantGood()
	if got := len(requests()); got > 80 || r.known.Size() != 7300 {
		t.Errorf("got %d requests and %d deployments, want at most 80 and 7300", got, r.known.Size())
	}
}

// TestGitHubWithoutToken reaches the limit of 60 requests an hour, and goes on where it was.
func TestGitHubWithoutToken(t *testing.T) {
	g := &gitHub{left: 60}
	for i := range 150 {
		g.deployments = append(g.deployments, gitHubDeployment{id: 1000 - i, environment: "production", created: "13 10:00", statuses: []string{"success 13 10:05"}})
	}
	url, _ := serve(t, g.serve)
	r := newReader(t, gitHubSource(url, production), now)
	for hour := range 6 {
		g.used = 0
		r.poll()
		if r.err == nil {
			break
		}
		if text := r.err.Error(); !strings.Contains(text, "403") || strings.Contains(text, "login") {
			t.Fatalf("hour %d: %s", hour, text)
		}
		r.now = r.now.Add(time.Hour)
	}
	r.wantGood()
	if got := r.known.Size(); got != 150 {
		t.Errorf("got %d deployments, want 150", got)
	}
}

// TestGitHubTransient skips an environment that is marked as transient whole, however it is read.
func TestGitHubTransient(t *testing.T) {
	for way, auth := range map[string]string{"REST": "", "GraphQL": withToken} {
		g := &gitHub{deployments: []gitHubDeployment{
			{id: 9, environment: "pr-1", created: "18 10:00", transient: true, statuses: []string{"success 18 10:05"}},
			{id: 8, environment: "live", created: "17 10:00", statuses: []string{"success 17 10:05"}},
		}}
		url, _ := serve(t, g.serve)
		r := newReader(t, gitHubSource(url, `environments: ["/./"]`+auth), now)
		r.poll()
		r.wantGood()
		if got, want := r.runs(), []string{"example/shop/live 8 success 17 10:00 to 17 10:05"}; !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", way, got, want)
		}
	}
}

// TestGitHubRefusals wants a sentence for each way to be refused.
func TestGitHubRefusals(t *testing.T) {
	for _, tt := range []struct {
		status int
		header map[string]string
		want   string
	}{
		{401, nil, "it is not sent again until it changes"},
		{403, nil, "403 Forbidden"},
		{403, map[string]string{"X-RateLimit-Remaining": "0"}, "rate limit"},
		{429, map[string]string{"Retry-After": "60"}, "ask again after 1m0s"},
		{404, nil, "private"},
	} {
		url, requests := serve(t, func(w http.ResponseWriter, _ *http.Request) any {
			for k, v := range tt.header {
				w.Header().Set(k, v)
			}
			w.WriteHeader(tt.status)
			return nil
		})
		r := newReader(t, gitHubSource(url, production+withToken), now)
		r.poll()
		if r.err == nil || !strings.Contains(r.err.Error(), tt.want) {
			t.Errorf("%d %v: got %v, want %q", tt.status, tt.header, r.err, tt.want)
		}
		r.poll()
		if got := len(requests()); tt.status == 401 && got != 1 {
			t.Errorf("401: got %d requests, want 1", got)
		}
	}
}

// TestGitHubRecorded reads the deployments that GitHub answered with.
func TestGitHubRecorded(t *testing.T) {
	var list []object
	recorded(t, "github/deployments-list-2018.json", &list)
	url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) any {
		if strings.HasSuffix(r.URL.Path, "/statuses") {
			return []object{}
		}
		return list
	})
	r := newReader(t, gitHubSource(url, production), time.Date(2018, 12, 1, 0, 0, 0, 0, time.UTC))
	r.poll()
	r.wantGood()
	if got := len(r.runs()); got != len(list) {
		t.Errorf("got %d runs, want %d", got, len(list))
	}
}

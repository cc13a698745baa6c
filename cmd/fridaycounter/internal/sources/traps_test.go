package sources_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// A world is what a fake server has, and a source that reads it.
type world struct {
	source string // with URL in it
	serve  func(w http.ResponseWriter, r *http.Request) any
}

// A trap is a thing that a server does between two polls, an hour apart.
type trap struct {
	name   string
	world  world
	change func()   // before the second poll; nil: there is one poll
	want   []string // runs that are known at the end
	from   string   // what is known completely then; "": not looked at

	missing string // why the first poll is no good; "": it is
}

func (tt *trap) test(t *testing.T) {
	url, _ := serve(t, tt.world.serve)
	r := newReader(t, strings.ReplaceAll(tt.world.source, "URL", url), now)
	r.poll()
	if tt.missing == "" {
		r.wantGood()
	} else if r.err == nil || r.err.Error() != tt.missing {
		t.Errorf("got %v, want %s", r.err, tt.missing)
	}
	if tt.change != nil {
		tt.change()
		r.now = r.now.Add(time.Hour)
		r.poll()
		r.wantGood()
	}
	got := r.runs()
	slices.Sort(got)
	if !slices.Equal(got, tt.want) {
		t.Errorf("got %q, want %q", got, tt.want)
	}
	if from := r.known.Environments; tt.from != "" && (len(from) == 0 || from[0].CompleteFrom.Format("02 15:04") != tt.from) {
		t.Errorf("known completely from %v, want %s", from, tt.from)
	}
}

// gitHubWorld is read by REST. more are fields of the source.
func gitHubWorld(g *gitHub, more string) world { return world{gitHubSource("URL", more), g.serve} }

func TestGitHubTraps(t *testing.T) {
	done := []string{"success 13 10:05", "in_progress 13 10:02"}
	one := func(environment string, statuses ...string) *gitHub {
		return &gitHub{deployments: []gitHubDeployment{{id: 7, environment: environment, created: "13 10:00", statuses: statuses}}}
	}
	running, renamed, inactive := one("production", "in_progress 13 10:02"), one("old", "in_progress 13 10:02"), one("production", done...)
	tasks := one("production", done...)
	tasks.deployments = append([]gitHubDeployment{{id: 8, environment: "production", created: "14 10:00", task: "secrets only"}}, tasks.deployments...)
	matrix := one("production", done...)
	for id := 8; id < 10; id++ {
		matrix.deployments = append([]gitHubDeployment{{id: id, environment: "production", created: "13 10:00", statuses: done}}, matrix.deployments...)
	}
	deleted := one("production", done...)
	success := "success 13 10:02 to 13 10:05"
	for _, tt := range []trap{
		{name: "auto_inactive, of which no webhook tells", world: gitHubWorld(inactive, production), change: func() {
			inactive.deployments[0].statuses = append([]string{"inactive 20 12:30"}, done...)
		}, want: []string{"example/shop/production 7 " + success}},
		{name: "a status changes the environment while it runs", world: gitHubWorld(renamed, `environments: ["/./"]`), change: func() {
			renamed.deployments[0].environment, renamed.deployments[0].statuses = "new", done
		}, want: []string{"example/shop/new 7 " + success, "example/shop/old 7 unknown 13 10:02 to 20 12:00"}},
		{name: "a name with a slash and a space", world: gitHubWorld(one("eu/live 1+2", done...), `environments: ["eu/live 1+2"]`),
			want: []string{"example/shop/eu%2Flive 1+2 7 " + success}},
		{name: "names that differ by case are two", world: gitHubWorld(one("Production", done...), `environments: ["/^production$/"]`),
			missing: `nothing is listed of ["/^production$/"]; not selected: ["Production"]`},
		{name: "a job that only wants the secrets of an environment, by task", world: gitHubWorld(tasks, production+`, task: "deploy"`),
			want: []string{"example/shop/production 7 " + success}},
		{name: "the same, read by GraphQL first", world: gitHubWorld(tasks, production+withToken+`, task: "deploy"`),
			want: []string{"example/shop/production 7 " + success}},
		{name: "a matrix makes one for each cell", world: gitHubWorld(matrix, production), want: []string{
			"example/shop/production 7 " + success, "example/shop/production 8 " + success, "example/shop/production 9 " + success}},
		{name: "deleted while it ran", world: gitHubWorld(running, production), change: func() { running.deployments = nil },
			want: []string{"example/shop/production 7 unknown 13 10:02 to 20 12:00"}},
		{name: "what was deleted stays known", world: gitHubWorld(deleted, production), change: func() { deleted.deployments = nil },
			want: []string{"example/shop/production 7 " + success}},
		{name: "transient ones where they are asked for", world: gitHubWorld(&gitHub{deployments: []gitHubDeployment{
			{id: 7, environment: "pr-1", created: "13 10:00", transient: true, statuses: done}}}, `environments: ["/^pr/"], transient: true`),
			want: []string{"example/shop/pr-1 7 " + success}},
	} {
		t.Run(tt.name, tt.test)
	}
}

func TestGitLabTraps(t *testing.T) {
	const source = `gitlab: {url: "URL", projects: ["group/shop"], environments: ["/^(production|review/.*)$/"]}`
	lab := func(list ...object) *gitLab { return &gitLab{list} }
	done := func(id int) object {
		return gitLabDeployment(id, "success", "13 10:00", "13 10:06", "13 10:02", "13 10:05")
	}
	at := func(id int, environment string) object {
		d := done(id)
		d["environment"] = object{"id": 2, "name": environment}
		return d
	}
	retried, removed, queued := lab(gitLabDeployment(7, "failed", "13 10:00", "13 10:06", "13 10:02", "13 10:05")), lab(done(7)), lab(gitLabDeployment(7, "created", "13 10:00", "13 10:06", "", ""))
	numbered := lab(done(7))
	success := " success 13 10:02 to 13 10:05"
	for _, tt := range []trap{
		{name: "a retry is a new deployment", world: world{source, retried.serve}, change: func() {
			retried.deployments = append(retried.deployments, gitLabDeployment(8, "success", "20 12:10", "20 12:20", "20 12:11", "20 12:15"))
		}, want: []string{"group/shop/production 7 failed 13 10:02 to 13 10:05", "group/shop/production 8 success 20 12:11 to 20 12:15"}},
		{name: "review apps by a pattern", world: world{source, lab(at(7, "review/x"), at(8, "staging")).serve},
			want: []string{"group/shop/review%2Fx 7" + success}},
		{name: "an environment that was deleted takes its deployments away", world: world{source, removed.serve},
			change: func() { removed.deployments = nil }, want: []string{"group/shop/production 7" + success}},
		{name: "deleted before it ran", world: world{source, queued.serve},
			change: func() { queued.deployments = nil }, want: []string{"group/shop/production 7 waits"}},
		{name: "made by the API, and cancelled", world: world{source, lab(gitLabDeployment(7, "canceled", "13 10:00", "13 11:00", "-", "")).serve},
			want: []string{"group/shop/production 7 not_built 13 10:00 to 13 11:00"}},
		{name: "a legacy success without dates of the job", world: world{source, lab(gitLabDeployment(7, "success", "13 10:00", "13 11:00", "", "")).serve},
			want: []string{"group/shop/production 7 success 13 10:00"}},
		{name: "a project by its id, renamed since", world: world{strings.Replace(source, `"group/shop"`, "42", 1), func(w http.ResponseWriter, r *http.Request) any {
			if strings.Contains(r.URL.Path, "/projects/42/") {
				http.Redirect(w, r, strings.Replace(r.URL.RequestURI(), "/42/", "/group%2Fshop/", 1), http.StatusMovedPermanently)
				return nil
			}
			return numbered.serve(w, r)
		}}, want: []string{"42/production 7" + success}},
	} {
		t.Run(tt.name, tt.test)
	}
}

func TestJenkinsTraps(t *testing.T) {
	source := jenkinsSource("URL", "")
	of := func(builds ...object) *jenkins { return &jenkins{builds: builds} }
	good := func(number int, began string) object { return build(number, "SUCCESS", began, 5) }
	other := good(8, "14 10:00")
	other["actions"] = []object{{}, {"parameters": []object{{"name": "ENV", "value": "x"}, {"name": "TARGET", "value": "test"}}}}
	anew, reused, dropped, discarded := of(good(2, "13 11:00"), good(1, "13 10:00")), of(good(1, "13 10:00")), of(build(7, nil, "20 11:00", 0)), of()
	for n := range 250 {
		discarded.builds = append(discarded.builds, good(300-n, "13 10:00"))
	}
	kept := of(good(30, "18 10:00"), good(29, "17 10:00"), good(3, "02 10:00"))
	crashed := build(7, nil, "13 10:00", 5)
	crashed["building"], crashed["inProgress"] = false, false
	run := func(id int, began, ended string) string {
		return fmt.Sprintf("Production %d success %s to %s", id, began, ended)
	}
	for _, tt := range []trap{
		{name: "the environment is a parameter", world: world{jenkinsSource("URL", `, parameters: TARGET: "prod"`), of(other, good(7, "13 10:00")).serve},
			want: []string{run(7, "13 10:00", "13 10:05")}},
		{name: "a build that is kept for ever ends what is known", world: world{source, kept.serve}, from: "17 10:00",
			want: []string{run(29, "17 10:00", "17 10:05"), run(3, "02 10:00", "02 10:05"), run(30, "18 10:00", "18 10:05")}},
		{name: "a job that was made anew, and has passed the number", world: world{source, anew.serve}, change: func() {
			anew.builds = []object{good(3, "20 12:30"), good(2, "20 12:20"), good(1, "20 12:10")}
		}, from: "20 12:10", want: []string{
			run(1, "13 10:00", "13 10:05"), run(1, "20 12:10", "20 12:15"), run(2, "13 11:00", "13 11:05"), run(2, "20 12:20", "20 12:25"), run(3, "20 12:30", "20 12:35")}},
		{name: "a number that is used again", world: world{source, reused.serve}, change: func() { reused.builds = []object{good(1, "20 12:10")} },
			from: "20 12:10", want: []string{run(1, "13 10:00", "13 10:05"), run(1, "20 12:10", "20 12:15")}},
		{name: "neither a result nor building, after a crash of Jenkins", world: world{source, of(crashed).serve},
			want: []string{"Production 7 unknown 13 10:00 to 13 10:05"}},
		{name: "discarded while it ran", world: world{source, dropped.serve}, change: func() { dropped.builds = nil },
			want: []string{"Production 7 unknown 20 11:00 to 20 12:00"}},
	} {
		t.Run(tt.name, tt.test)
	}
	t.Run("buildDiscarder", func(t *testing.T) {
		url, requests := serve(t, discarded.serve)
		r := newReader(t, strings.Replace(jenkinsSource(url, ""), "jobs:", `keep: {age: "240h"}, jobs:`, 1), now)
		r.poll()
		r.wantGood()
		if got := len(requests()); got > 4 || r.known.Size() != 250 {
			t.Errorf("got %d builds by %d requests, want 250 by at most 4", r.known.Size(), got)
		}
		discarded.builds = discarded.builds[:20]
		r.now = r.now.Add(time.Hour)
		r.poll()
		r.wantGood()
		if got := requests(); len(got) != 1 || r.known.Size() != 250 || !slices.Contains(r.runs(), run(51, "13 10:00", "13 10:05")) {
			t.Errorf("what was discarded is not known: %d builds by %q", r.known.Size(), got)
		}
	})
}

func TestArgoCDTraps(t *testing.T) {
	const source = `argocd: {url: "URL", applications: ["/./"]}`
	of := func(apps ...object) *argoCD { return &argoCD{apps} }
	history := func(from, to int) (list []object) {
		for id := from; id <= to; id++ {
			list = append(list, entry(id, fmt.Sprintf("%02d 10:00", id), fmt.Sprintf("%02d 10:05", id)))
		}
		return list
	}
	id := func(day, clock string) string { return "shop/x u1/2026-03-" + day + "T" + clock + ":00Z" }
	dry := operation("Succeeded", "14 10:00", "14 10:01")
	dry["operation"].(object)["sync"].(object)["dryRun"] = true
	selective := operation("Succeeded", "14 10:00", "14 10:01")
	selective["operation"].(object)["sync"].(object)["resources"] = []object{{"kind": "Job", "name": "x"}}
	old := entry(0, "13 10:00", "13 10:05")
	delete(old, "deployStartedAt")
	delete(old, "revision")
	old["revisions"] = []string{"abc", "def"}
	retried := of(application("x", "u1", operation("Failed", "14 10:00", "14 10:02")))
	bare := of(application("x", "u1", operation("Failed", "14 10:00", "14 10:02")))
	// Self-heal at night, and a rollback by hand, which is a sync to an older revision.
	healed, rolledBack := entry(0, "13 02:00", "13 02:01"), entry(1, "14 10:00", "14 10:05")
	healed["initiatedBy"] = object{"automated": true}
	rolledBack["initiatedBy"] = object{"username": "anna"}
	healing := operation("Failed", "15 02:00", "15 02:01")
	healing["operation"].(object)["initiatedBy"] = object{"automated": true}
	byHand := strings.Replace(source, `applications:`, `by_hand: true, applications:`, 1)
	anew := of(application("x", "u1", nil, history(13, 13)...))
	cut := of(application("x", "u1", nil, history(1, 10)...))
	kept := of(application("x", "u1", nil, history(1, 10)...))
	flapping, steady, hidden := of(application("x", "u1", nil, history(13, 13)...)), of(application("x", "u1", nil, history(13, 13)...)), of(application("x", "u1", nil, history(13, 13)...))
	var heals []object
	for n := range 10 {
		heal := entry(20+n, fmt.Sprint("20 12:", 11+n), fmt.Sprint("20 12:", 11+n))
		heal["initiatedBy"] = object{"automated": true}
		heals = append(heals, heal)
	}
	var most []string
	for day := 1; day <= 19; day++ {
		if day != 11 {
			most = append(most, fmt.Sprintf("%s success %02d 10:00 to %02d 10:05", id(fmt.Sprintf("%02d", day), "10:00"), day, day))
		}
	}
	for _, tt := range []trap{
		{name: "a dry run deploys nothing", world: world{source, of(application("x", "u1", dry)).serve}},
		{name: "a selective sync leaves no history, and counts", world: world{source, of(application("x", "u1", selective)).serve},
			want: []string{id("14", "10:00") + " success 14 10:00 to 14 10:01"}},
		{name: "self-heal and a rollback count", world: world{source, of(application("x", "u1", healing, healed, rolledBack)).serve}, want: []string{
			id("13", "02:00") + " success 13 02:00 to 13 02:01", id("14", "10:00") + " success 14 10:00 to 14 10:05", id("15", "02:00") + " failed 15 02:00 to 15 02:01"}},
		{name: "only what began by hand", world: world{byHand, of(application("x", "u1", healing, healed, rolledBack)).serve},
			want: []string{id("14", "10:00") + " success 14 10:00 to 14 10:05"}},
		{name: "an ApplicationSet makes an application anew", world: world{source, anew.serve}, change: func() {
			anew.applications = []object{application("x", "u2", operation("Succeeded", "20 12:30", "20 12:35"), entry(0, "20 12:30", "20 12:35"))}
		}, want: []string{id("13", "10:00") + " success 13 10:00 to 13 10:05", "shop/x u2/2026-03-20T12:30:00Z success 20 12:30 to 20 12:35"}},
		{name: "an application that is not there", world: world{strings.Replace(source, "/./", "X", 1), of(application("x", "u1", nil)).serve},
			missing: `nothing is listed of ["X"]: there is "x", which differs by case; not selected: ["x"]`},
		{name: "an error", world: world{source, of(application("x", "u1", operation("Error", "14 10:00", "14 10:01"))).serve},
			want: []string{id("14", "10:00") + " failed 14 10:00 to 14 10:01"}},
		{name: "terminating", world: world{source, of(application("x", "u1", operation("Terminating", "14 10:00", ""))).serve},
			want: []string{id("14", "10:00") + " running 14 10:00"}},
		{name: "before 1.8 there is no deployStartedAt", world: world{source, of(application("x", "u1", nil, old)).serve},
			want: []string{id("13", "10:05") + " success 13 10:05 to 13 10:05"}},
		{name: "a retry keeps the start", world: world{source, retried.serve}, change: func() {
			retried.applications = []object{application("x", "u1", operation("Succeeded", "14 10:00", "14 10:30"), entry(0, "14 10:00", "14 10:30"))}
		}, want: []string{id("14", "10:00") + " success 14 10:00 to 14 10:30"}},
		{name: "a limit of 0 keeps no history", world: world{source, bare.serve}, from: "15 10:00", change: func() {
			bare.applications = []object{application("x", "u1", operation("Succeeded", "15 10:00", "15 10:01"))}
		}, want: []string{id("14", "10:00") + " failed 14 10:00 to 14 10:02", id("15", "10:00") + " success 15 10:00 to 15 10:01"}},
		{name: "the history is cut to 10, and joins", world: world{source, kept.serve}, from: "01 10:00", change: func() {
			kept.applications = []object{application("x", "u1", operation("Succeeded", "12 10:00", "12 10:05"), history(3, 12)...)}
		}, want: append(append(slices.Clone(most[:10]), id("11", "10:00")+" success 11 10:00 to 11 10:05"), most[10])},
		{name: "more than 10 syncs between two polls", world: world{source, cut.serve}, from: "12 10:00", change: func() {
			cut.applications = []object{application("x", "u1", operation("Succeeded", "19 10:00", "19 10:05"), history(12, 19)...)}
		}, want: most},
		{name: "more than 10 of self-heal between two polls, which may hide one by hand", world: world{byHand, flapping.serve}, from: "20 12:11", change: func() {
			flapping.applications = []object{application("x", "u1", nil, heals...)}
		}, want: []string{id("13", "10:00") + " success 13 10:00 to 13 10:05"}},
		{name: "10 of self-heal since long before", world: world{byHand, steady.serve}, from: "13 10:00",
			change: func() { steady.applications[0] = application("x", "u1", healing, healed) }, want: []string{id("13", "10:00") + " success 13 10:00 to 13 10:05"}},
		{name: "an application that the login may view since the last poll", world: world{source, hidden.serve}, from: "12 10:00", change: func() {
			hidden.applications = append(hidden.applications, application("a", "u2", nil, entry(340, "12 10:00", "12 10:05")))
		}, want: []string{"shop/a u2/2026-03-12T10:00:00Z success 12 10:00 to 12 10:05", id("13", "10:00") + " success 13 10:00 to 13 10:05"}},
	} {
		t.Run(tt.name, tt.test)
	}
}

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
)

// recordings are answers of real Bamboo servers, kept beside the project and not
// in it.
const recordings = "../../../shared/bamboo"

// needRecordings skips the test where there are none. In CI they must be there.
func needRecordings(t *testing.T) {
	t.Helper()
	if _, err := os.Stat(recordings); err == nil {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("no recordings at %s", recordings)
	}
	t.Skipf("no recordings at %s: they are not part of the project", recordings)
}

// recordedBamboo serves recordings and nothing else. It is written without a
// line of drivers/bamboo or its test server, whose idea of Bamboo it checks.
func recordedBamboo(t *testing.T) string {
	t.Helper()
	read := func(name string) []byte {
		data, err := os.ReadFile(filepath.Join(recordings, name))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	list := func(name string) []byte {
		var elements []json.RawMessage
		if err := json.Unmarshal(read(name), &elements); err != nil {
			t.Fatal(err)
		}
		data, err := json.Marshal(map[string]any{"size": len(elements), "expand": "results", "results": elements, "start-index": 0, "max-result": len(elements)})
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	const api = "GET /bamboo/rest/api/latest/deploy/"
	empty := read("derived/deploy-environment-results-empty.json")
	mux := http.NewServeMux()
	answer := func(path string, body []byte) {
		mux.HandleFunc(api+path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			if i := r.FormValue("start-index"); i != "" && i != "0" {
				w.Write(empty)
				return
			}
			w.Write(body)
		})
	}
	all := bytes.TrimSpace(read("devlake/deploy-project-all.json"))
	project := read("metrik/deploy-project-1736705.json")
	all = append(append(all[:len(all)-1:len(all)-1], ','), append(project, ']')...)
	answer("project/all", all)
	answer("project/1736705", project)
	answer("environment/1802241/results", read("metrik/deploy-environment-1802241-results.json"))
	answer("environment/1802242/results", read("metrik/deploy-environment-1802242-results.json"))
	answer("environment/950273/results", list("devlake/deploy-environment-950273-results-elements.json"))
	answer("environment/1310724/results", list("devlake/deploy-environment-1310724-results-elements.json"))
	answer("environment/1310725/results", list("devlake/deploy-environment-1310725-results-elements.json"))
	answer("environment/1310723/results", empty)
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL + "/bamboo"
}

func TestOnceOnRecordings(t *testing.T) {
	needRecordings(t)
	url := recordedBamboo(t)
	for _, c := range []struct {
		name, environments, rule, at string
		weeks, days                  int
		id, environment, version     string
	}{
		{
			name: "failed Friday deployments count", environments: `["test-env"]`, rule: `weekdays: ["Friday"]`,
			at: "2023-04-01T00:00:00Z", weeks: 3, days: 21, id: "1769476", environment: "test-env", version: "release-2",
		},
		{
			name: "the newest of three environments", environments: `["/^test-env/"]`, rule: `weekdays: ["Friday"]`,
			at: "2023-03-17T12:30:49.400Z", weeks: 0, days: 6, id: "1769480", environment: "test-env4", version: "release-3",
		},
		{
			name: "a week to the instant", environments: `["/^test-env/"]`, rule: `weekdays: ["Friday"]`,
			at: "2023-03-17T12:30:49.401Z", weeks: 1, days: 7, id: "1769480", environment: "test-env4", version: "release-3",
		},
		{
			name: "by id", environments: `[1802241]`, rule: `weekdays: ["Monday"]`,
			at: "2021-10-01T00:00:00Z", weeks: 2, days: 17, id: "2228225", environment: "dev", version: "release-2",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := onceJSON(t, fmt.Sprintf(recordedPolicy, url, c.environments, c.rule), c.at)
			var b report.Breach
			if got.Breach != nil {
				b = *got.Breach
			}
			if got.Weeks == nil || *got.Weeks != c.weeks || *got.Days != c.days || !got.Known || got.AtLeast {
				t.Errorf("got %s, want %d weeks, %d days", marshal(t, got), c.weeks, c.days)
			}
			if b.ID != c.id || b.Environment != c.environment || b.Version != c.version {
				t.Errorf("breach: got %s, want id %s, environment %s, version %s", marshal(t, b), c.id, c.environment, c.version)
			}
		})
	}
}

// recordedPolicy takes URL, environments and a window.
const recordedPolicy = `package counter

import "github.com/fridaycounter/fridaycounter/schema"

schema.#Counter & {
	#streak:  _
	timezone: "Etc/UTC"
	source: bamboo: {url: "%s", environments: %s}
	rules: "no-friday-deploys": forbid: [{%s}]
	history: from: "2020-01-01"
	poll: [{every: "1h"}]
	display: {modules: 2, terminal: {}}
	pages: [{text: "\(#streak.weeks)"}]
	brightness: [{level: 8}]
}
`

// explain on the recordings reads as a person would say it: testdata/explain has the
// texts.
func TestExplainOnRecordings(t *testing.T) {
	needRecordings(t)
	url := recordedBamboo(t)
	for _, c := range []struct{ name, environments, rule, at string }{
		{"failed", `["test-env"]`, `weekdays: ["Friday"]`, "2023-04-01T00:00:00Z"},
		{"three", `["/^test-env/"]`, `weekdays: ["Friday"]`, "2023-04-01T00:00:00Z"},
		{"at_least", `[1802241]`, `weekdays: ["Sunday"]`, "2021-10-01T00:00:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := onPolicy(t, fmt.Sprintf(recordedPolicy, url, c.environments, c.rule), "explain", "--at", c.at)
			got = strings.ReplaceAll(got, url, "BAMBOO")
			path := filepath.Join("testdata", "explain", c.name+".txt")
			if os.Getenv("UPDATE_SCRIPTS") != "" {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// onPolicy runs a command on a policy in a directory of its own, and returns what
// it prints.
func onPolicy(t *testing.T, policy string, args ...string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "counter.cue"), []byte(policy), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("fridaycounter", append(args, "--state", filepath.Join(dir, "state"))...)
	cmd.Dir = dir
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %v\n%s", args, err, stderr.String())
	}
	return stdout.String()
}

// onceJSON runs once --json --at on a policy.
func onceJSON(t *testing.T, policy, at string) report.Verdict {
	t.Helper()
	var got report.Verdict
	d := json.NewDecoder(strings.NewReader(onPolicy(t, policy, "once", "--json", "--at", at)))
	d.DisallowUnknownFields()
	if err := d.Decode(&got); err != nil {
		t.Fatal(err)
	}
	return got
}

func marshal(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

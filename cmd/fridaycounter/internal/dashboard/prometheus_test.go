package dashboard

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// promtool runs Prometheus's own checker with stdin, and returns what it complains
// of. It is part of Debian's package prometheus.
func promtool(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath("promtool")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("CI has no promtool: %v", err)
		}
		t.Skipf("not checked by promtool: %v", err)
	}
	cmd := exec.Command(path, args...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	if err == nil {
		return ""
	}
	return string(out) + err.Error()
}

// lint checks an answer.
func lint(t *testing.T, body string) {
	t.Helper()
	if trouble := promtool(t, body, "check", "metrics"); trouble != "" {
		t.Errorf("promtool check metrics: %s", trouble)
	}
}

func TestMetricsLint(t *testing.T) { lint(t, scrapeOf(t, someMetrics(someStatus()))) }

func TestMetricsAlerts(t *testing.T) {
	for _, args := range [][]string{{"check", "rules", "alerts.yml"}, {"test", "rules", "alerts_test.yml"}} {
		args[2] = filepath.Join("..", "..", "prometheus", args[2])
		if trouble := promtool(t, "", args...); trouble != "" {
			t.Errorf("promtool %s: %s", strings.Join(args, " "), trouble)
		}
	}
}

// Each alert says what is wrong and what to do, and is tested both ways.
func TestMetricsAlertsAreWhole(t *testing.T) {
	rules, tests := readPrometheus(t, "alerts.yml"), readPrometheus(t, "alerts_test.yml")
	alerts := regexp.MustCompile(`- alert: (\w+)`).FindAllStringSubmatch(rules, -1)
	if len(alerts) < 8 {
		t.Fatalf("got %d alerts, want all", len(alerts))
	}
	for _, key := range []string{"summary:", "description:", "severity:"} {
		if got := strings.Count(rules, key); got != len(alerts) {
			t.Errorf("got %d times %s for %d alerts", got, key, len(alerts))
		}
	}
	for _, alert := range alerts {
		blocks := strings.Split(tests, "alertname: ")
		fires, silent := false, false
		for _, block := range blocks[1:] {
			if strings.HasPrefix(block, alert[1]+"\n") {
				expects := strings.Contains(block, "exp_labels:")
				fires, silent = fires || expects, silent || !expects
			}
		}
		if !fires || !silent {
			t.Errorf("%s: tested to fire %v, to be silent %v", alert[1], fires, silent)
		}
	}
}

// The alerts and the Grafana dashboard use only metrics that the counter serves.
func TestMetricsNamesInUse(t *testing.T) {
	served := map[string]bool{}
	for line := range strings.Lines(scrapeOf(t, someMetrics(someStatus()))) {
		served[regexp.MustCompile(`^[a-z0-9_]*`).FindString(line)] = true
	}
	var dashboard struct {
		SchemaVersion int `json:"schemaVersion"`
		Templating    struct{ List []struct{ Type string } }
		Panels        []struct {
			Title      string
			Datasource struct{ UID string }
			Targets    []struct{ Expr string }
		}
	}
	if err := json.Unmarshal([]byte(readPrometheus(t, "dashboard.json")), &dashboard); err != nil {
		t.Fatal(err)
	}
	if dashboard.SchemaVersion < 39 || len(dashboard.Templating.List) == 0 || dashboard.Templating.List[0].Type != "datasource" {
		t.Errorf("got schema version %d and the variables %v, want 39 and a datasource first", dashboard.SchemaVersion, dashboard.Templating.List)
	}
	used := map[string]string{"alerts.yml": readPrometheus(t, "alerts.yml")}
	for _, p := range dashboard.Panels {
		if len(p.Targets) == 0 || p.Datasource.UID != "${datasource}" {
			t.Errorf("panel %q: got %d expressions on %q", p.Title, len(p.Targets), p.Datasource.UID)
		}
		for _, target := range p.Targets {
			used[p.Title] += target.Expr + "\n"
		}
	}
	for where, text := range used {
		names := regexp.MustCompile(`\b(fridaycounter|process|go)_[a-z0-9_]+`).FindAllString(text, -1)
		if len(names) == 0 {
			t.Errorf("%s names no metric", where)
		}
		for _, name := range names {
			if !served[name] {
				t.Errorf("%s asks for %s, which is no metric of the counter", where, name)
			}
		}
	}
}

func readPrometheus(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "prometheus", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

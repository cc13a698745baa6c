package rules_test

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fridaycounter/fridaycounter/rules"
)

// checkLean explains from lean deployments and completes what is shown: that is
// the explanation of whole ones.
func (w *world) checkLean(tb failer, j *rules.Judge) {
	tb.Helper()
	f := w.facts()
	x := rules.NewExplainer(j, w.now)
	for i := range f.Deployments {
		d := &f.Deployments[i]
		d.URL = "https://example.com/" + d.ID
		lean := *d
		lean.URL = ""
		if !j.ReadsVersion() {
			lean.Version = ""
		}
		x.Add(&lean)
	}
	got := x.Explain(f.Environments)
	for d := range got.Deployments() {
		whole := &f.Deployments[d.Ref-1]
		d.Version, d.URL = whole.Version, whole.URL
	}
	patterns := cmp.Comparer(func(a, b rules.Pattern) bool { return a.String() == b.String() })
	if diff := cmp.Diff(j.Explain(f, w.now), got, patterns); diff != "" {
		tb.Fatalf("completed explanation (-want +got):\n%s\n%s", diff, w)
	}
	again := x.Explain(f.Environments)
	for d := range again.Deployments() {
		if d.URL != "" {
			tb.Fatalf("explained again after the first was completed: got %+v, want it lean\n%s", d, w)
		}
	}
}

// places returns how often each Deployment lies in v, by its address.
func places(v reflect.Value, found map[*rules.Deployment]int) map[*rules.Deployment]int {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			places(v.Elem(), found)
		}
	case reflect.Slice:
		for i := range v.Len() {
			places(v.Index(i), found)
		}
	case reflect.Struct:
		if d, ok := v.Addr().Interface().(*rules.Deployment); ok {
			found[d] = 1
			return found
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				places(v.Field(i), found)
			}
		}
	}
	return found
}

func TestExplanationDeployments(t *testing.T) {
	breach := &rules.Breach{Deployment: rules.Deployment{ID: "1"}}
	for _, c := range []struct {
		name string
		x    rules.Explanation
		want string
	}{
		{"nothing", rules.Explanation{}, ""},
		{"all", rules.Explanation{
			Streak: rules.Streak{Breach: breach}, RunnerUp: &rules.Breach{Deployment: rules.Deployment{ID: "2"}},
			LeftOut:  []rules.LeftOut{{Deployment: rules.Deployment{ID: "3"}}, {Deployment: rules.Deployment{ID: "4"}}},
			NearMiss: &rules.NearMiss{Deployment: rules.Deployment{ID: "5"}},
		}, "12345"},
		{"a runner-up alone", rules.Explanation{RunnerUp: breach}, "1"},
		{"one breach in two places", rules.Explanation{Streak: rules.Streak{Breach: breach}, RunnerUp: breach}, "1"},
	} {
		ids, found := "", map[*rules.Deployment]int{}
		for d := range c.x.Deployments() {
			ids += d.ID
			found[d]++
		}
		if ids != c.want {
			t.Errorf("%s: got %q, want %q", c.name, ids, c.want)
		}
		if diff := cmp.Diff(places(reflect.ValueOf(&c.x), map[*rules.Deployment]int{}), found); diff != "" {
			t.Errorf("%s: places (-want +got):\n%s", c.name, diff)
		}
		for n := range len(c.want) {
			got := ""
			for d := range c.x.Deployments() {
				if got += d.ID; len(got) > n {
					break
				}
			}
			if want := c.want[:n+1]; got != want {
				t.Errorf("%s: left after %d: got %q, want %q", c.name, n+1, got, want)
			}
		}
	}
}

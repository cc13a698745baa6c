package facts_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine/facts"
	"github.com/fridaycounter/fridaycounter/rules"
)

// BenchmarkMerge merges a steady page of 25 known deployments, a page with a new one, and
// a whole list, and a file with two lines for each, into 1,000 to 100,000 known ones.
func BenchmarkMerge(b *testing.B) {
	for _, n := range []int{1000, 20_000, 100_000} {
		list := make([]rules.Deployment, n)
		for i := range list {
			d := ran(fmt.Sprint(1_000_000+n-i), "2020-01-01T00:00:00Z", "", "success")
			d.Started = d.Started.Add(time.Duration(n-i) * 20 * time.Minute)
			d.Executed, d.Finished = d.Started.Add(time.Minute), d.Started.Add(9*time.Minute)
			list[i] = d
		}
		whole := poll("13 17:00", list...).from("2020-01-01T00:20:00Z").poll()
		whole.Room = 200_000
		known, _, _ := facts.Merge(source.Known{}, whole)
		page, one, file := whole, whole, whole
		file.Answer.OneList = true
		file.Answer.Deployments = nil
		for i := len(list) - 1; i >= 0; i-- {
			begun := list[i]
			begun.Finished, begun.State, begun.LifeCycle = time.Time{}, rules.StateUnknown, rules.LifeCycleInProgress
			file.Answer.Deployments = append(file.Answer.Deployments, begun, list[i])
		}
		page.Answer.Deployments = list[:25]
		one.Answer.Deployments = append([]rules.Deployment{ran("new", "13 16:40", "13 16:49", "success")}, list[:24]...)
		for _, bm := range []struct {
			name  string
			known source.Known
			poll  facts.Poll
			runs  int
		}{{"page", known, page, 0}, {"one", known, one, 1}, {"whole", known, whole, 0}, {"first", source.Known{}, whole, n}, {"file", known, file, 0}, {"firstfile", source.Known{}, file, n}} {
			b.Run(fmt.Sprintf("%d/%s", n, bm.name), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, c, _ := facts.Merge(bm.known, bm.poll); len(c.Runs) != bm.runs {
						b.Fatalf("%d changed, want %d", len(c.Runs), bm.runs)
					}
				}
			})
		}
	}
}

package picture_test

import (
	"testing"

	"github.com/fridaycounter/fridaycounter/drivers/picture"
)

// fiveYears returns a strip of a rule with one window a week, or one a night.
func fiveYears(b *testing.B, forbid string) picture.Strip {
	b.Helper()
	return team{
		name: "no-friday-deploys", zone: "America/Los_Angeles", forbid: forbid, known: "2022-08-01", now: "2026-03-13 16:50",
		broken: []string{"2022-10-07 09:00", "2023-01-13 10:00", "2024-04-26 10:00", "2025-12-19 15:22"}, years: [2]int{2022, 2026},
	}.strip(b)
}

func BenchmarkFiveYears(b *testing.B) {
	for _, c := range []struct{ name, forbid string }{{"Fridays", "Fri"}, {"nights", "22:00-06:00"}} {
		s := fiveYears(b, c.forbid)
		for _, w := range []struct {
			name string
			draw func() ([]byte, error)
		}{{"SVG", s.SVG}, {"PNG", s.PNG}} {
			b.Run(c.name+"/"+w.name, func(b *testing.B) {
				size := 0
				b.ReportAllocs()
				for b.Loop() {
					out, err := w.draw()
					if err != nil {
						b.Fatal(err)
					}
					size = len(out)
				}
				b.ReportMetric(float64(size), "file-bytes")
			})
		}
	}
}

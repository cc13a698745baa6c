package bamboo

import (
	"net/http"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/bamboo/bambootest"
)

// with sets a header before a fault answers, or before the server does where it is nil.
func with(header, value string, f bambootest.Fault) bambootest.Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
		w.Header().Set(header, value)
		if f == nil {
			next(w, r)
			return
		}
		f(w, r, next)
	}
}

// An answer's Date tells the server's time, unless a cache has kept the answer, or it is
// a page that a proxy or a login screen gives in Bamboo's place.
func TestDate(t *testing.T) {
	elsewhere := noon.Add(-time.Hour).Format(http.TimeFormat)
	for _, test := range []struct {
		name  string
		path  string
		times int
		fault bambootest.Fault
		want  time.Time
	}{
		{"the server's", "", 0, bambootest.BadGateway(), noon},
		{"all are a proxy's", "", -1, with("Date", elsewhere, bambootest.BadGateway()), time.Time{}},
		{"all are login pages", "", -1, with("Date", elsewhere, bambootest.LoginPage()), time.Time{}},
		{"that of the version is a proxy's", "/info", -1, with("Date", elsewhere, bambootest.BadGateway()), noon},
		{"all from a cache", "", -1, with("Age", "3600", nil), time.Time{}},
		{"the first from a cache", "", 1, with("Age", "0", nil), noon},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := one(history(1))
			s.Inject(test.path, test.times, test.fault)
			// An error does not matter here: most are of what the fault answers.
			a, _ := client(t, s).Poll(t.Context(), nil, noon)
			if !a.Date.Equal(test.want) {
				t.Errorf("got %v, want %v", a.Date, test.want)
			}
		})
	}
}

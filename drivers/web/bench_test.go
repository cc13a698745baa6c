package web_test

import (
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/web"
)

// BenchmarkStreams shows a frame to 60 clients over loopback and waits until each
// has it; the worst time of all is reported too, and what Show itself takes.
func BenchmarkStreams(b *testing.B) {
	const clients = 60
	w := newTestServer(b, nil)
	var streams []*eventStream
	for range clients {
		streams = append(streams, w.openStream(b))
	}
	for _, stream := range streams {
		stream.next(b, "frame")
	}
	f := led.NewFrame(32, 8)
	worst, show := time.Duration(0), time.Duration(0)
	for i := 0; b.Loop(); i++ {
		f.Set(i%32, i/32%8, !f.At(i%32, i/32%8))
		began := time.Now()
		if err := w.display.Show(led.Picture{Frame: f, Level: 8}); err != nil {
			b.Fatal(err)
		}
		show += time.Since(began)
		for _, stream := range streams {
			stream.next(b, "frame")
		}
		worst = max(worst, time.Since(began))
	}
	b.ReportMetric(float64(worst)/1e6, "ms-worst")
	b.ReportMetric(float64(show)/float64(b.N)/1e3, "µs/Show")
}

// BenchmarkPage asks for the page with a year of history: again, and just after it
// changed.
func BenchmarkPage(b *testing.B) {
	w := newTestServer(b, nil)
	w.show(b, "12", 8)
	v := web.SampleView(b)
	w.Publish(v)
	get := func(b *testing.B) {
		resp, err := http.Get(w.url)
		if err != nil {
			b.Fatal(err)
		}
		n, err := io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK {
			b.Fatal(resp.Status, err)
		}
		b.ReportMetric(float64(n)/1e3, "kB")
	}
	b.Run("again", func(b *testing.B) {
		for b.Loop() {
			get(b)
		}
	})
	b.Run("changed", func(b *testing.B) {
		for b.Loop() {
			v.Number.Weeks++
			w.Publish(v)
			get(b)
		}
	})
}

package max7219_test

import (
	"fmt"
	"testing"

	"periph.io/x/conn/v3"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/max7219"
)

// sink is a port that costs nothing and counts.
type sink struct{ ioctls, bytes int }

func (s *sink) String() string                                            { return "sink" }
func (s *sink) Close() error                                              { return nil }
func (s *sink) LimitSpeed(physic.Frequency) error                         { return nil }
func (s *sink) Connect(physic.Frequency, spi.Mode, int) (spi.Conn, error) { return s, nil }
func (s *sink) Duplex() conn.Duplex                                       { return conn.Full }
func (s *sink) Tx(w, _ []byte) error                                      { s.ioctls++; s.bytes += len(w); return nil }
func (s *sink) TxPackets(p []spi.Packet) error {
	s.ioctls++
	for i := range p {
		s.bytes += len(p[i].W)
	}
	return nil
}

// BenchmarkShow is the time to find out what a picture needs, without the kernel.
// naive is what most drivers do, periph's own among them: eight frames for every
// picture, one ioctl each.
func BenchmarkShow(b *testing.B) {
	for _, modules := range []int{2, 4, 8, 32} {
		o := max7219.Opts{Columns: modules, Wiring: max7219.FC16}
		r := newRand(13)
		first := noise(r, o)
		digit := led.NewFrame(8*modules, 8)
		digit.CopyFrom(first)
		for y := range 6 {
			digit.Set(8*modules-3, y, !first.At(8*modules-3, y))
		}
		other := led.NewFrame(8*modules, 8) // every register is another one
		for i := range 64 * modules {
			other.Set(i%other.Width(), i/other.Width(), !first.At(i%other.Width(), i/other.Width()))
		}
		most := led.NewFrame(8*modules, 8) // all but one
		most.CopyFrom(other)
		for x := range most.Width() {
			most.Set(x, x/8%8, first.At(x, x/8%8))
		}
		for _, c := range []struct {
			name string
			a, b *led.Frame
		}{{"unchanged", first, first}, {"digit", first, digit}, {"most", first, most}, {"all", first, other}} {
			b.Run(fmt.Sprintf("%d/%s", modules, c.name), func(b *testing.B) {
				port := &sink{}
				d, err := max7219.New(func() (spi.PortCloser, error) { return port, nil }, o)
				if err != nil {
					b.Fatal(err)
				}
				show(b, d, led.Picture{Frame: c.b, Level: 8})
				*port = sink{}
				run(b, port, c.a, c.b, func(f *led.Frame) {
					if err := d.Show(led.Picture{Frame: f, Level: 8}); err != nil {
						b.Fatal(err)
					}
				})
			})
			b.Run(fmt.Sprintf("%d/%s-naive", modules, c.name), func(b *testing.B) {
				port := &sink{}
				run(b, port, c.a, c.b, func(f *led.Frame) { naive(port, f) })
			})
		}
	}
}

func run(b *testing.B, port *sink, even, odd *led.Frame, show func(*led.Frame)) {
	b.ReportAllocs()
	show(odd)
	*port = sink{}
	frames := [2]*led.Frame{even, odd}
	i := 0
	for b.Loop() {
		show(frames[i&1])
		i++
	}
	b.ReportMetric(float64(port.ioctls)/float64(i), "ioctls/op")
	b.ReportMetric(float64(port.bytes)/float64(i), "wire-B/op")
}

// naive writes every row of every module, as periph's WriteCascadedUnits does.
func naive(c spi.Conn, f *led.Frame) {
	modules := f.Width() / 8
	for row := range 8 {
		w := make([]byte, 0, 2*modules)
		for module := range modules {
			w = append(w, byte(row+1), f.Row(row)[module])
		}
		_ = c.Tx(w, nil) // sink never fails
	}
}

// BenchmarkRefresh is a full rewrite of 13 registers.
func BenchmarkRefresh(b *testing.B) {
	port := &sink{}
	d, err := max7219.New(func() (spi.PortCloser, error) { return port, nil }, four)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := d.Refresh(); err != nil {
			b.Fatal(err)
		}
	}
}

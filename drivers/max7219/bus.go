package max7219

import (
	"fmt"
	"slices"

	"periph.io/x/conn/v3"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"
)

// bus is the SPI port and the frames that wait to be sent over it.
type bus struct {
	opener func() (spi.PortCloser, error)
	speed  physic.Frequency
	name   string // of the port that was opened last
	port   spi.PortCloser
	conn   spi.Conn // nil while the port is closed: periph panics when a closed one is used

	chips      int
	perMessage int          // frames that one message takes
	packets    []spi.Packet // maxFrames frames, in one piece of memory
	used       int          // of them, frames that wait

	stats Stats
}

func newBus(open func() (spi.PortCloser, error), speed physic.Frequency, chips int) bus {
	b := bus{opener: open, speed: speed, chips: chips, name: "no port", packets: make([]spi.Packet, maxFrames)}
	length := wordBytes * chips
	buffer := make([]byte, maxFrames*length)
	for i := range b.packets {
		b.packets[i].W = buffer[i*length : (i+1)*length : (i+1)*length]
	}
	return b
}

// open makes a connection if there is none. periph permits one Connect for each
// opened port, so a lost connection needs a new port.
func (b *bus) open() error {
	if b.conn != nil {
		return nil
	}
	port, err := b.opener()
	if err != nil {
		return err
	}
	if err := b.connect(port); err != nil {
		_ = port.Close() // the first error says what is wrong
		return err
	}
	b.stats.Opens++
	return nil
}

func (b *bus) connect(port spi.PortCloser) error {
	b.name = port.String()
	if err := port.LimitSpeed(b.speed); err != nil {
		return fmt.Errorf("%s: limit the speed to %s: %w", b.name, b.speed, err)
	}
	conn, err := port.Connect(maxSpeed, spi.Mode0, 8)
	if err != nil {
		return fmt.Errorf("%s: connect: %w", b.name, err)
	}
	limit := maxTxSize(conn, port)
	length := wordBytes * b.chips
	if length > limit {
		return fmt.Errorf("%s: a frame for %d modules is %d bytes, the port takes %d: want at most %d modules",
			b.name, b.chips, length, limit, limit/wordBytes)
	}
	b.perMessage = max(1, limit/buffered(length))
	b.port, b.conn = port, conn
	return nil
}

// buffered returns the bytes that a frame takes of spidev's buffer. spidev rounds each
// transfer up to the alignment for DMA, and the sum must not exceed the buffer
// (spidev_message in the kernel's drivers/spi/spidev.c).
func buffered(frame int) int {
	const alignment = 128 // arm64; less on the others
	return (frame + alignment - 1) / alignment * alignment
}

// MessageSize returns the bytes of one frame for a chain, which a port must take, and
// the size of spidev's buffer (its parameter bufsiz) at which the longest sequence goes
// out as one message. With a smaller one it goes in parts.
func MessageSize(modules int) (frame, whole int) {
	frame = wordBytes * modules
	return frame, maxFrames * buffered(frame)
}

// maxTxSize returns the most bytes of one message. periph's connection knows them only after
// host.Init; the port may know them without.
func maxTxSize(connection spi.Conn, port spi.Port) int {
	for _, c := range []any{connection, port} {
		if l, ok := c.(conn.Limits); ok && l.MaxTxSize() > 0 {
			return l.MaxTxSize()
		}
	}
	return 4096 // spidev's default
}

// close closes the port, if it is open.
func (b *bus) close() error {
	if b.conn == nil {
		return nil
	}
	port := b.port
	b.port, b.conn = nil, nil
	if err := port.Close(); err != nil {
		return fmt.Errorf("max7219: close %s: %w", b.name, err)
	}
	return nil
}

// frame adds a frame and returns its bytes, which hold anything. Its first word goes
// through to the last chip.
func (b *bus) frame() []byte {
	b.used++
	return b.packets[b.used-1].W
}

// all adds a frame with the same word for every chip.
func (b *bus) all(register, data byte) {
	for word := range slices.Chunk(b.frame(), wordBytes) {
		word[0], word[1] = register, data
	}
}

// send sends the frames that wait: in one message, which the kernel does not let
// other users of the bus interrupt, unless they are more than the port takes.
func (b *bus) send() error {
	frames := b.packets[:b.used]
	b.used = 0
	for len(frames) > 0 {
		part := frames[:min(len(frames), b.perMessage)]
		frames = frames[len(part):]
		b.stats.Ioctls++
		b.stats.Frames += uint64(len(part))
		b.stats.Bytes += uint64(wordBytes * b.chips * len(part))
		if err := b.conn.TxPackets(part); err != nil {
			return fmt.Errorf("%s: %w", b.name, err)
		}
	}
	return nil
}

// failed closes the port, forgets what the chips hold, and words the error.
func (d *Dev) failed(doing string, err error) error {
	d.live = false
	d.bus.stats.Errors++
	_ = d.bus.close() // the port is broken or was never open
	return fmt.Errorf("max7219: %s: %w", doing, err)
}

package chainsim

import (
	"errors"
	"fmt"

	"periph.io/x/conn/v3"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"
)

// A Host is the computer at the chain. Its ports behave as those of periph's driver of
// spidev, and a test can make them fail.
type Host struct {
	Chain *Chain

	MaxTx int // bytes in one message, 0: the port does not say; spidev's bufsiz
	Align int // each transfer takes a multiple of it from MaxTx, as in spidev; 0: 1

	// Fail, if set, is called before every open (op "open"), Connect ("connect") and
	// message ("tx"), and its error fails that. Of a message cut bytes are sent then, and
	// an edge of LOAD, since controllers raise chip select on errors.
	Fail func(op string) (cut int, err error)

	Opens, Closes, Ioctls, Bytes, Frames int // so far; Frames ended with an edge of LOAD
	Speed                                physic.Frequency
	Mode                                 spi.Mode
}

// Open opens a port. Each needs Connect, once.
func (h *Host) Open() (spi.PortCloser, error) {
	if _, err := h.fail("open"); err != nil {
		return nil, err
	}
	h.Opens++
	return &port{host: h}, nil
}

func (h *Host) fail(op string) (int, error) {
	if h.Fail == nil {
		return 0, nil
	}
	return h.Fail(op)
}

// port is an open port and, after Connect, the connection over it.
type port struct {
	host      *Host
	connected bool
	closed    bool
}

func (p *port) String() string { return "SPI0.0" }

func (p *port) LimitSpeed(f physic.Frequency) error {
	p.host.Speed = f
	return nil
}

func (p *port) Connect(f physic.Frequency, mode spi.Mode, bits int) (spi.Conn, error) {
	if p.connected {
		return nil, errors.New("chainsim: Connect can only be called exactly once")
	}
	if _, err := p.host.fail("connect"); err != nil {
		return nil, err
	}
	if bits != 8 {
		return nil, fmt.Errorf("chainsim: %d bits per word", bits)
	}
	p.connected = true
	p.host.Speed, p.host.Mode = min(f, p.host.Speed), mode
	return p, nil
}

func (p *port) Close() error {
	if p.closed {
		panic("chainsim: closed twice: periph's driver panics too")
	}
	p.closed = true
	p.host.Closes++
	return nil
}

func (p *port) MaxTxSize() int       { return p.host.MaxTx }
func (p *port) Duplex() conn.Duplex  { return conn.Full }
func (p *port) Tx(w, _ []byte) error { return p.TxPackets([]spi.Packet{{W: w}}) }

// TxPackets is one ioctl. Chip select rises after each packet without KeepCS; after the
// last one KeepCS leaves it low.
func (p *port) TxPackets(packets []spi.Packet) error {
	h := p.host
	if p.closed || !p.connected {
		panic("chainsim: used while closed or not connected: periph's driver panics too")
	}
	h.Ioctls++
	if err := p.tooLong(packets); err != nil {
		return err
	}
	cut, failure := h.fail("tx")
	for _, packet := range packets {
		data := packet.W
		if failure != nil && cut < len(data) {
			data = data[:cut]
		}
		if len(data) == 0 {
			break
		}
		cut -= len(data)
		h.Bytes += len(data)
		h.Chain.Select()
		h.Chain.Clock(data...)
		if !packet.KeepCS || failure != nil && cut == 0 {
			h.Chain.Load()
			h.Frames++
		}
	}
	return failure
}

func (p *port) tooLong(packets []spi.Packet) error {
	total, align := 0, max(1, p.host.Align)
	for _, packet := range packets {
		total += (len(packet.W) + align - 1) / align * align
	}
	if limit := p.host.MaxTx; limit > 0 && total > limit {
		return fmt.Errorf("chainsim: message too long: %d bytes of %d", total, limit)
	}
	return nil
}

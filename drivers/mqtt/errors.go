package mqtt

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/eclipse/paho.golang/packets"

	"github.com/fridaycounter/fridaycounter/drivers/source"
)

// What the broker says, by its code.
const (
	notMQTT5    = 0x84
	badID       = 0x85
	badLogin    = 0x86
	forbidden   = 0x87
	unavailable = 0x88
	busy        = 0x89
	takenOver   = 0x8e
)

// refusedLogin is the code by which a broker refuses a connection.
type refusedLogin byte

func (r refusedLogin) Error() string {
	switch r {
	case notMQTT5:
		return "it speaks no MQTT 5 (hint: mosquitto does from 1.6 on)"
	case badID:
		return "it does not accept the client id"
	case badLogin, forbidden:
		return "it refuses the login: user or password is wrong, or the user may not connect; next try in a minute or more (hint: see auth)"
	}
	return "it refuses the connection: " + meaning((&packets.Connack{ReasonCode: byte(r)}).Reason(), byte(r))
}

// disconnected is the code by which a broker ends a connection.
type disconnected byte

func (d disconnected) Error() string {
	return "it ended the connection: " + meaning((&packets.Disconnect{ReasonCode: byte(d)}).Reason(), byte(d))
}

// refusedTopic says that something may not be done with a topic.
func refusedTopic(what, topic string, code byte) error {
	if code == forbidden {
		return fmt.Errorf("not authorized to %s %s (hint: the broker's ACL decides)", what, topic)
	}
	return fmt.Errorf("it refuses to %s %s: %s", what, topic, meaning((&packets.Puback{ReasonCode: code}).Reason(), code))
}

// meaning shortens what the library says of a code.
func meaning(reason string, code byte) string {
	short, _, _ := strings.Cut(reason, " - ")
	if short == "" || len(short) > 60 {
		short = "for a reason of its own"
	}
	return fmt.Sprintf("%s (0x%02x)", strings.ToLower(short), code)
}

func dialError(err error) error {
	if dns, ok := errors.AsType[*net.DNSError](err); ok && dns.IsNotFound {
		return errors.New("host not found")
	}
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return errors.New("connection refused (hint: does the broker run, and is the port right?)")
	case isTimeout(err):
		return fmt.Errorf("no connection within %v", connectTime)
	}
	return errors.New(source.Text(err.Error()))
}

func isTimeout(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded)
}

// tlsError says why a handshake failed.
func (o *Opts) tlsError(err error) error {
	if e, ok := errors.AsType[x509.CertificateInvalidError](err); ok && e.Reason == x509.Expired {
		return fmt.Errorf("its certificate is valid from %s to %s (hint: renew it, or set this machine's clock)",
			e.Cert.NotBefore.UTC().Format(time.DateOnly), e.Cert.NotAfter.UTC().Format(time.DateOnly))
	}
	if e, ok := errors.AsType[x509.HostnameError](err); ok {
		return fmt.Errorf("%s (hint: broker takes a name of its certificate)", source.Text(strings.TrimPrefix(e.Error(), "x509: ")))
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok && o.CAFile != "" {
		return fmt.Errorf("its certificate is not of the CA of %s", o.CAFile)
	} else if ok {
		return errors.New("its certificate is of a CA that is not known here (hint: a private CA needs ca_file)")
	}
	_, plain := errors.AsType[tls.RecordHeaderError](err)
	switch {
	case plain || isEnd(err):
		return errors.New("no TLS on this port (hint: the port of TLS is mostly 8883)")
	case isTimeout(err):
		return fmt.Errorf("no TLS handshake within %v", connectTime)
	}
	return errors.New("TLS: " + source.Text(strings.TrimPrefix(err.Error(), "remote error: ")))
}

// isEnd reports whether the other side closed the connection.
func isEnd(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// noAnswer says why CONNECT got no answer.
func (b *bounded) noAnswer(err error) error {
	switch {
	case isTimeout(err):
		return fmt.Errorf("no answer to CONNECT within %v", connectTime)
	case b.any:
		return errors.New("what answers is no MQTT 5 (hint: a port of TLS wants mqtts://; an old broker speaks MQTT 3.1.1 only)")
	case isEnd(err):
		return errors.New("it ended the connection without an answer (hint: a port of TLS wants mqtts://; an old broker speaks MQTT 3.1.1 only)")
	}
	return errors.New(source.Text(err.Error()))
}

// lostError says why a connection was lost.
func (c *Conn) lostError(err error, restless bool) error {
	hint := fmt.Sprintf("another client with the id %q? (hint: each wall needs a name of its own; a copied SD card has the name of the first)", source.Text(c.opts.ClientID))
	_, told := errors.AsType[disconnected](err)
	switch {
	case err == disconnected(takenOver):
		return fmt.Errorf("%w: %s", err, hint)
	case told:
	case isEnd(err):
		err = errors.New("it ended the connection")
	default:
		err = errors.New("connection lost: " + source.Text(err.Error()))
	}
	if restless {
		err = fmt.Errorf("%w, soon and again and again: %s", err, hint)
	}
	return err
}

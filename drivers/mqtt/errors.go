package mqtt

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"time"

	"github.com/eclipse/paho.golang/packets"

	"github.com/fridaycounter/fridaycounter/drivers/source"
)

// Codes of MQTT 5.
const (
	withWill    = 0x04 // ends a connection cleanly, but with the will
	notMQTT5    = 0x84
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
	case badLogin, forbidden:
		return "it refuses the login: wrong user or password, or that user may not connect; next try after a minute or more (hint: see auth)"
	case notMQTT5:
		return "it speaks no MQTT 5 (hint: mosquitto does from version 1.6 on)"
	}
	return "it refuses the connection: " + meaning((&packets.Connack{ReasonCode: byte(r)}).Reason(), byte(r))
}

// disconnected is the code by which a broker ends a connection.
type disconnected byte

func (d disconnected) Error() string {
	return "it ended the connection: " + meaning((&packets.Disconnect{ReasonCode: byte(d)}).Reason(), byte(d))
}

// refusedTopic says that something may not be done with a topic.
func refusedTopic(what string, code byte) error {
	if code == forbidden {
		return fmt.Errorf("not authorized to %s (hint: the broker's ACL decides)", what)
	}
	return fmt.Errorf("it refuses to %s: %s", what, meaning((&packets.Puback{ReasonCode: code}).Reason(), code))
}

// meaning shortens what the library says of a code.
func meaning(reason string, code byte) string {
	short, _, ok := strings.Cut(reason, " - ")
	if !ok {
		short = "reason"
	}
	return fmt.Sprintf("%s (0x%02x)", strings.ToLower(short), code)
}

func dialError(err error) error {
	dns, ok := errors.AsType[*net.DNSError](err)
	switch {
	case ok && dns.IsNotFound:
		return errors.New("host not found")
	case errors.Is(err, syscall.ECONNREFUSED):
		return errors.New("connection refused (hint: does the broker run, and is the port right?)")
	case isTimeout(err):
		return fmt.Errorf("no connection within %v", connectTime)
	}
	return errors.New(source.Text(err.Error()))
}

func (c *Conn) tlsError(err error) error {
	if e, ok := errors.AsType[x509.CertificateInvalidError](err); ok && e.Reason == x509.Expired {
		return fmt.Errorf("its certificate is valid from %s to %s (hint: renew it, or set this machine's clock)",
			e.Cert.NotBefore.UTC().Format(time.DateOnly), e.Cert.NotAfter.UTC().Format(time.DateOnly))
	}
	if e, ok := errors.AsType[x509.HostnameError](err); ok {
		names := e.Certificate.DNSNames
		for _, ip := range e.Certificate.IPAddresses {
			names = append(names, ip.String())
		}
		return fmt.Errorf("its certificate is for %s, not for %s", source.TextOf(strings.Join(names, ", "), 200), e.Host)
	}
	_, unknown := errors.AsType[x509.UnknownAuthorityError](err)
	_, plain := errors.AsType[tls.RecordHeaderError](err)
	switch {
	case unknown && c.opts.CAFile != "":
		return fmt.Errorf("its certificate is of another CA than that of %s", c.opts.CAFile)
	case unknown:
		return errors.New("its certificate is of a CA that is not known here (hint: a private CA needs ca_file)")
	case plain || isEnd(err):
		return errors.New("no TLS on this port (hint: brokers mostly have it on 8883)")
	case isTimeout(err):
		return fmt.Errorf("no TLS within %v", connectTime)
	}
	return errors.New(source.Text(err.Error()))
}

// answerError says why CONNECT got no answer.
func (c *Conn) answerError(err error) error {
	_, network := errors.AsType[*net.OpError](err)
	switch {
	case isTimeout(err):
		return fmt.Errorf("no answer to CONNECT within %v", connectTime)
	case network && !isEnd(err):
		return errors.New(source.Text(err.Error()))
	case c.broker.Scheme == "mqtts":
		return errors.New("no answer in MQTT 5 (hint: some brokers speak MQTT 3.1.1 only, or want a client certificate)")
	}
	return errors.New("no answer in MQTT 5 (hint: a port of TLS wants mqtts://; some brokers speak MQTT 3.1.1 only)")
}

// lostError says why a connection was lost; again: as those before, soon after its start.
func (c *Conn) lostError(err error, again bool) error {
	again = again || err == disconnected(takenOver)
	if isEnd(err) {
		err = errors.New("it ended the connection")
	} else if _, told := err.(disconnected); !told {
		err = errors.New("connection lost: " + source.Text(err.Error()))
	}
	if again {
		err = fmt.Errorf("%w; has another client the id %q? (hint: a copied SD card has the name of the first)", err, source.Text(c.opts.ClientID))
	}
	return err
}

func isTimeout(err error) bool {
	e, ok := errors.AsType[net.Error](err)
	return ok && e.Timeout() || errors.Is(err, context.DeadlineExceeded)
}

// isEnd reports whether the other side closed the connection.
func isEnd(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

package mqtt_test

import (
	"cmp"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/mqtt"
)

// Every mistake is one line that says what to do. ADDR stands for the broker's address.
func TestErrors(t *testing.T) {
	t.Parallel()
	year := time.Now().AddDate(1, 0, 0)
	past := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	private := newCA(t)
	for _, c := range []struct {
		name string
		l    net.Listener // of a broker, or of what is none
		opts mqtt.Opts
		want string
	}{
		{"good", private.listen(t, "127.0.0.1", year), mqtt.Opts{Broker: "mqtts", CAFile: private.file}, "ok"},
		{"wrong password", listen(t), mqtt.Opts{ClientID: "wrong"}, "broker ADDR: it refuses the login: wrong user or password, or that user may not connect; next try after a minute or more (hint: see auth)"},
		{"no password", listen(t), mqtt.Opts{Login: func() (string, string, error) { return "", "", errors.New("no such credential") }}, "broker ADDR: login: no such credential"},
		{"unknown CA", private.listen(t, "127.0.0.1", year), mqtt.Opts{Broker: "mqtts"}, "broker ADDR: its certificate is of a CA that is not known here (hint: a private CA needs ca_file)"},
		{"wrong CA", newCA(t).listen(t, "127.0.0.1", year), mqtt.Opts{Broker: "mqtts", CAFile: private.file}, "broker ADDR: its certificate is of another CA than that of " + private.file},
		{"no CA", private.listen(t, "127.0.0.1", year), mqtt.Opts{Broker: "mqtts", CAFile: "/nosuch.pem"}, "broker ADDR: CA file: read /nosuch.pem: no such file or directory"},
		{"another name", private.listen(t, "mqtt.example.com", year), mqtt.Opts{Broker: "mqtts", CAFile: private.file}, "broker ADDR: its certificate is for mqtt.example.com, not for 127.0.0.1"},
		{"expired", private.listen(t, "127.0.0.1", past), mqtt.Opts{Broker: "mqtts", CAFile: private.file}, "broker ADDR: its certificate is valid from 2020-01-02 to 2026-01-02 (hint: renew it, or set this machine's clock)"},
		{"no TLS", listen(t), mqtt.Opts{Broker: "mqtts"}, "broker ADDR: no TLS on this port (hint: brokers mostly have it on 8883)"},
		{"TLS", answer(t, "\x15\x03\x01\x00\x02\x02\x46"), mqtt.Opts{}, "broker ADDR: no answer in MQTT 5 (hint: a port of TLS wants mqtts://; some brokers speak MQTT 3.1.1 only)"},
		{"closed at once", answer(t, ""), mqtt.Opts{}, "broker ADDR: no answer in MQTT 5 (hint: a port of TLS wants mqtts://; some brokers speak MQTT 3.1.1 only)"},
		{"MQTT 3.1.1", answer(t, "\x20\x02\x00\x01"), mqtt.Opts{}, "broker ADDR: no answer in MQTT 5 (hint: a port of TLS wants mqtts://; some brokers speak MQTT 3.1.1 only)"},
		{"MQTT 3.1.1 by its code", answer(t, "\x20\x03\x00\x84\x00"), mqtt.Opts{}, "broker ADDR: it speaks no MQTT 5 (hint: mosquitto does from version 1.6 on)"},
		{"a web server", answer(t, "HTTP/1.1 400 Bad Request\r\n\r\n"), mqtt.Opts{}, "broker ADDR: no answer in MQTT 5 (hint: a port of TLS wants mqtts://; some brokers speak MQTT 3.1.1 only)"},
		{"silent", &answering{listen(t)}, mqtt.Opts{}, "broker ADDR: no answer to CONNECT within 1.5s"},
		{"silent, TLS", &answering{listen(t)}, mqtt.Opts{Broker: "mqtts"}, "broker ADDR: no TLS within 1.5s"},
		{"banned", answer(t, "\x20\x03\x00\x8a\x00"), mqtt.Opts{}, "broker ADDR: it refuses the connection: banned (0x8a)"},
		{"unknown code", answer(t, "\x20\x03\x00\xf0\x00"), mqtt.Opts{}, "broker ADDR: it refuses the connection: reason (0xf0)"},
		{"200 MB", answer(t, "\x20\x03\x00\x00\x00", "\x30\xff\xff\xff\x60"), mqtt.Opts{}, "ok\nbroker ADDR: connection lost: it sent a packet of more than 128 KiB"},
		{"garbage", answer(t, "\x20\x03\x00\x00\x00", "\x30\xff\xff\xff\xff\xff\xff"), mqtt.Opts{}, "ok\nbroker ADDR: connection lost: it sent a packet of more than 128 KiB"},
		{"a packet of QoS 2", answer(t, "\x20\x03\x00\x00\x00", "\x50\x02\x00\x09"), mqtt.Opts{}, "ok\nbroker ADDR: connection lost: it sent a packet that was not asked for"},
		{"an authentication method", answer(t, "\x20\x07\x00\x00\x04\x15\x00\x01x", "\xe0\x02\x8b\x00"), mqtt.Opts{}, "ok\nbroker ADDR: it ended the connection: server shutting down (0x8b)"},
		{"end", answer(t, "\x20\x03\x00\x00\x00", "\xe0\x02\x8b\x00"), mqtt.Opts{}, "ok\nbroker ADDR: it ended the connection: server shutting down (0x8b)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if _, ok := c.l.(*answering); !ok {
				newBroker(t, c.l).password = map[bool]string{true: "secret"}[c.name == "wrong password"]
			}
			addr := c.l.Addr().String()
			c.opts.Broker = cmp.Or(c.opts.Broker, "mqtt") + "://" + addr
			m := run(t, c.opts)
			eventually(t, 4*time.Second, c.want, func() string {
				lines := strings.SplitAfterN(m.said(), "\n", strings.Count(c.want, "\n")+2)
				return strings.TrimSpace(strings.ReplaceAll(strings.Join(lines[:min(len(lines), strings.Count(c.want, "\n")+1)], ""), addr, "ADDR"))
			})
		})
	}
}

// answering sends the same to everybody, slowly, and closes.
type answering struct{ net.Listener }

func answer(t testing.TB, parts ...string) *answering {
	l := listen(t)
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Read(make([]byte, 1000))
			for _, part := range parts {
				io.WriteString(c, part)
				time.Sleep(50 * time.Millisecond)
			}
			c.Close()
		}
	}()
	return &answering{l}
}

// A broker that wants a certificate says so in an alert, which may get lost.
func TestClientCertificate(t *testing.T) {
	a := newCA(t)
	pair, err := tls.LoadX509KeyPair(a.certificate(t, "127.0.0.1", time.Now().AddDate(1, 0, 0)))
	if err != nil {
		t.Fatal(err)
	}
	l := tls.NewListener(listen(t), &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequireAnyClientCert})
	newBroker(t, l)
	m := run(t, mqtt.Opts{Broker: "mqtts://" + l.Addr().String(), CAFile: a.file})
	eventually(t, 3*time.Second, "true", func() string {
		return strconv.FormatBool(strings.Contains(m.said(), "client certificate)") || strings.Contains(m.said(), "tls: certificate required"))
	})
}

package mqtt_test

import (
	"crypto/pbkdf2"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/mqtt"
)

// startMosquitto starts Debian's broker with the lines of its configuration, and returns its
// address.
func startMosquitto(t *testing.T, lines string) string {
	t.Helper()
	path, err := exec.LookPath("mosquitto")
	if err != nil {
		path, err = exec.LookPath("/usr/sbin/mosquitto")
	}
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	l := listen(t)
	addr := l.Addr().String()
	l.Close()
	_, port, _ := net.SplitHostPort(addr)
	file := filepath.Join(t.TempDir(), "mosquitto.conf")
	lines = "user root\nlistener " + port + " 127.0.0.1\n" + lines + "\n"
	if err := os.WriteFile(file, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "-c", file)
	if testing.Verbose() {
		cmd.Stderr = os.Stderr
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	for range 200 {
		if c, err := net.Dial("tcp", addr); err == nil {
			c.Close()
			return addr
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("mosquitto does not listen")
	return ""
}

// TestMosquitto is what only the real broker can show: its answers, and that it counts expiry down.
func TestMosquitto(t *testing.T) {
	t.Parallel()
	file := func(text string) string {
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	a := newCA(t)
	cert, key := a.certificate(t, "127.0.0.1", time.Now().AddDate(1, 0, 0))
	secure := startMosquitto(t, fmt.Sprintf("certfile %s\nkeyfile %s\npassword_file %s\nacl_file %s", cert, key,
		file("walls:"+hashed("secret")+"\n"), file("user walls\ntopic read shop/#\npattern write shop/wall/%c/#\n")))
	plain := startMosquitto(t, "allow_anonymous true")
	for _, c := range []struct{ name, broker, password, topic, want string }{
		{"good", "mqtts://" + secure, "secret", "shop/wall/w1/status", "ok"},
		{"ACL", "mqtts://" + secure, "secret", "shop/state", "ok\nbroker ADDR: not authorized to publish shop/state (hint: the broker's ACL decides)"},
		{"wall of another name", "mqtts://" + secure, "secret", "shop/wall/w2/status", "ok\nbroker ADDR: not authorized to publish shop/wall/w2/status (hint: the broker's ACL decides)"},
		{"password", "mqtts://" + secure, "wrong", "", "broker ADDR: it refuses the login: wrong user or password, or that user may not connect; next try after a minute or more (hint: see auth)"},
		{"no TLS", "mqtts://" + plain, "", "", "broker ADDR: no TLS on this port (hint: brokers mostly have it on 8883)"},
		{"TLS", "mqtt://" + secure, "secret", "", "broker ADDR: no answer in MQTT 5 (hint: a port of TLS wants mqtts://; some brokers speak MQTT 3.1.1 only)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := run(t, mqtt.Opts{Broker: c.broker, ClientID: "w1", CAFile: a.file, Login: func() (string, string, error) { return "walls", c.password, nil }})
			if c.topic != "" {
				m.Set(mqtt.Message{Topic: c.topic, Payload: []byte("1"), QoS: 1, Retain: true})
			}
			_, addr, _ := strings.Cut(c.broker, "://")
			eventually(t, 3*time.Second, c.want, func() string { return strings.ReplaceAll(m.said(), addr, "ADDR") })
		})
	}

	from := run(t, mqtt.Opts{Broker: "mqtt://" + plain, ClientID: "counter", Will: mqtt.Message{Topic: "shop/will", Payload: []byte("the will")}})
	from.Set(mqtt.Message{Topic: "shop/state", Payload: []byte("1"), QoS: 1, Retain: true, Expiry: time.Minute})
	from.Set(mqtt.Message{Topic: "shop/big", Payload: make([]byte, 1<<20), QoS: 1, Retain: true})
	from.Set(mqtt.Message{Topic: "shop/end", Payload: []byte("end"), QoS: 1, Retain: true})
	time.Sleep(2500 * time.Millisecond)
	to := run(t, mqtt.Opts{Broker: "mqtt://" + plain, ClientID: "wall", Subscribe: []mqtt.Subscription{{Filter: "shop/end"}, {Filter: "shop/#"}}})
	eventually(t, 3*time.Second, "ok", to.said)
	from.Set(mqtt.Message{Topic: "shop/end", Payload: []byte("after all"), QoS: 1, Retain: true})
	eventually(t, 3*time.Second, "after all", to.last)
	from.stop()
	eventually(t, 3*time.Second, "the will", to.last)
	to.mu.Lock()
	defer to.mu.Unlock()
	var expiry time.Duration
	for _, m := range to.received {
		if m.Topic == "shop/state" {
			expiry = m.Expiry
		}
	}
	if expiry < 50*time.Second || expiry > 58*time.Second {
		t.Errorf("after 2.5 s: a message that expires in 1m has %v left", expiry)
	}
}

// hashed returns a password as mosquitto_passwd writes it.
func hashed(password string) string {
	salt := []byte("twelve bytes")
	sum, err := pbkdf2.Key(sha512.New, password, salt, 101, 64)
	if err != nil {
		panic(err)
	}
	return "$7$101$" + base64.StdEncoding.EncodeToString(salt) + "$" + base64.StdEncoding.EncodeToString(sum)
}

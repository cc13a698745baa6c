package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/demo"
	"github.com/fridaycounter/fridaycounter/drivers/bamboo/bambootest"
)

// A site is a counter, its walls and their broker in a network of their own, as .ci/fleet makes it.
// Everything is as docs/fleet.md says: this test takes its files and commands from there.
type site struct {
	*testing.T
	*gallery
	dir    string
	doc    page
	bamboo *httptest.Server
	clock  atomic.Pointer[time.Time] // of the Bamboo; nil: the real one
	every  time.Duration             // between polls

	passwords map[string]string // by user
	broker    *program
	counter   *program
	walls     map[string]*program

	lost []loss
}

// A program is a process on a machine of its own, as far as it can tell.
type program struct {
	*exec.Cmd
	machine string
	started time.Time
	log     *lockedText
	again   func() *program // starts it once more
	ended   chan struct{}
}

// A loss is a time in which a machine could not know the number, or could not show it.
type loss struct {
	machine string // "": all
	span
	frozen bool // its glass stood still
}

// openSite prepares the machine: the broker's files, its users, and the demo's Bamboo.
func openSite(t *testing.T, every time.Duration) *site {
	t.Helper()
	dir := t.TempDir()
	s := &site{
		T: t, dir: dir, doc: manualPage(t, "docs/fleet.md"), every: every,
		passwords: map[string]string{}, walls: map[string]*program{},
	}
	s.gallery = listenGallery(t, filepath.Join(dir, "glass"))
	year := demo.Year(time.Now())
	before := year.Emergency.Add(-time.Hour)
	s.clock.Store(&before)
	s.bamboo = httptest.NewServer(&bambootest.Server{Projects: year.Projects(), NoDate: true, Clock: func() time.Time {
		return *s.clock.Load()
	}})
	t.Cleanup(s.bamboo.Close)

	// The commands of the page's first part, without those that change the machine for good.
	part, _, _ := strings.Cut(s.doc.text, "\n## 2.")
	var script strings.Builder
	for _, m := range fence.FindAllStringSubmatch(part, -1) {
		if m[1] == "sh" {
			script.WriteString(m[2])
		}
	}
	commands := regexp.MustCompile(`(?m)^(apt-get|systemctl) .*\n`).ReplaceAllString(script.String(), "")
	// Beside them the users of the page's other parts.
	more, names := "", ""
	for _, m := range regexp.MustCompile("(?ms)^```\nuser (.*?)\n(.*?)^```$").FindAllStringSubmatch(s.doc.text, -1) {
		more += "user " + m[1] + "\n" + m[2]
		names += " " + m[1]
	}
	commands = strings.Replace(commands, "user walls\n", more+"user walls\n", 1)
	commands = strings.Replace(commands, "for user in ", "for user in"+names+" ", 1)
	s.sh("set -e\n" + commands)
	users, err := os.ReadFile("/etc/mosquitto/passwords")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(users)) {
		user, password, _ := strings.Cut(strings.TrimSpace(line), ":")
		s.passwords[user] = password
	}
	s.sh("mkdir -p /etc/fridaycounter && cp /etc/mosquitto/certs/ca.crt /etc/fridaycounter/")
	s.expired()
	return s
}

// expired adds a listener, 8884, whose certificate ended yesterday.
func (s *site) expired() {
	s.Helper()
	ca, err := tls.LoadX509KeyPair("/etc/mosquitto/certs/ca.crt", "/etc/mosquitto/certs/ca.key")
	if err != nil {
		s.Fatal(err)
	}
	key := ca.PrivateKey.(crypto.Signer)
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"mqtt.example.com"},
		NotBefore: time.Now().AddDate(0, 0, -2), NotAfter: time.Now().AddDate(0, 0, -1),
	}, ca.Leaf, key.Public(), key)
	if err != nil {
		s.Fatal(err)
	}
	pair := "/etc/mosquitto/certs/expired."
	if err := os.WriteFile(pair+"crt", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644); err != nil {
		s.Fatal(err)
	}
	s.sh("cp /etc/mosquitto/certs/ca.key " + pair + "key && chown mosquitto " + pair + "key")
	s.sh("printf 'listener 8884\ncertfile " + pair + "crt\nkeyfile " + pair + "key\n' >>/etc/mosquitto/conf.d/fridaycounter.conf")
}

// sh runs commands that must succeed.
func (s *site) sh(script string) {
	s.Helper()
	if out, err := exec.Command("sh", "-c", script).CombinedOutput(); err != nil {
		s.Fatalf("%v\n%s\n%s", err, script, out)
	}
}

// sample returns the block of CUE of the page that has a word.
func (s *site) sample(word string) string {
	s.Helper()
	for _, text := range s.doc.in("cue") {
		if strings.Contains(text, word) {
			return text
		}
	}
	s.Fatalf("docs/fleet.md has no CUE with %s", word)
	return ""
}

// save writes the counter's policy: the display of the page, and one text on the glass; "" is the number.
func (s *site) save(text string) {
	s.Helper()
	display := strings.Replace(s.sample("display: {\n"), "\tmqtt: {", "\tweb: {}\n\tmqtt: {\n\t\tdiscovery: {}", 1)
	policy := wholeFile(fmt.Sprintf("#streak: _\ntimezone: \"America/Los_Angeles\"\nsource: bamboo: {url: %q, environments: [\"Production\"]}\npoll: [{every: \"%ds\"}]\npages: [{text: %q}]\n%s",
		s.bamboo.URL, int(s.every.Seconds()), cmp.Or(text, `@`), display))
	policy = strings.Replace(policy, `"@"`, `"\(#streak.weeks)"`, 1)
	if err := os.WriteFile("/etc/fridaycounter/counter.cue", []byte(policy), 0o644); err != nil {
		s.Fatal(err)
	}
}

// start starts a command on a machine with a name and an address of its own.
func (s *site) start(machine, address, user string, command ...string) *program {
	s.Helper()
	p := &program{machine: machine, started: time.Now(), log: new(lockedText), ended: make(chan struct{})}
	p.again = func() *program { return s.start(machine, address, user, command...) }
	host, _, _ := strings.Cut(machine, "@") // a clone has the name of another
	home := filepath.Join(s.dir, machine)
	for _, dir := range []string{"state", "secrets"} {
		if err := os.MkdirAll(filepath.Join(home, dir), 0o700); err != nil {
			s.Fatal(err)
		}
	}
	for path, text := range map[string]string{
		"secrets/mqtt-password": s.passwords[user] + "\n",
		"hosts":                 "127.0.0.1 localhost\n" + address + " mqtt.example.com\n",
	} {
		if err := os.WriteFile(filepath.Join(home, path), []byte(text), 0o600); err != nil {
			s.Fatal(err)
		}
	}
	args := append([]string{"--uts", "--mount", "sh", "-c",
		`hostname "$1" && mount --bind "$2" /etc/hosts && shift 2 && exec "$@"`, "sh", host, filepath.Join(home, "hosts")}, command...)
	p.Cmd = exec.Command("unshare", args...)
	p.Env = append(os.Environ(), "STATE_DIRECTORY="+filepath.Join(home, "state"), "CREDENTIALS_DIRECTORY="+filepath.Join(home, "secrets"),
		"FRIDAYCOUNTER_GLASS="+filepath.Join(s.dir, "glass"), "FRIDAYCOUNTER_MACHINE="+machine)
	p.Stdout, p.Stderr = p.log, p.log
	p.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.Start(); err != nil {
		s.Fatal(err)
	}
	go func() { p.Wait(); close(p.ended) }()
	s.Cleanup(p.kill)
	return p
}

// kill ends a process as a power cut does, and waits for that.
func (p *program) kill() {
	syscall.Kill(-p.Process.Pid, syscall.SIGKILL)
	<-p.ended
}

// startBroker starts mosquitto, and waits until it listens.
func (s *site) startBroker() *program {
	s.Helper()
	p := s.start("broker", "127.0.0.1", "", "mosquitto", "-c", "/etc/mosquitto/mosquitto.conf")
	p.again = s.startBroker
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		c, err := net.Dial("tcp", "127.0.0.1:8883")
		if err == nil {
			c.Close()
			return p
		}
		if time.Now().After(deadline) {
			s.Fatalf("mosquitto does not listen: %v\n%s", err, p.log)
		}
	}
}

// cut drops all packets from and to some addresses; without any, none.
func (s *site) cut(addresses ...string) {
	s.Helper()
	rules := "flush ruleset\n"
	if len(addresses) > 0 {
		set := "{ " + strings.Join(addresses, ", ") + " }"
		rules += "table ip fleet {\nchain input {\ntype filter hook input priority 0\nip saddr " + set + " drop\nip daddr " + set + " drop\n}\n}\n"
	}
	cmd := exec.Command("nft", "-f", "-")
	cmd.Stdin = strings.NewReader(rules)
	if out, err := cmd.CombinedOutput(); err != nil {
		s.Fatalf("nft: %v\n%s", err, out)
	}
}

// login returns the arguments of mosquitto's clients for a user of the broker.
func (s *site) login(user, id string) []string {
	return []string{"-V", "5", "-h", "mqtt.example.com", "-p", "8883", "--cafile", "/etc/mosquitto/certs/ca.crt",
		"-u", user, "-P", s.passwords[user], "-i", id}
}

// client runs one of mosquitto's clients as a user of the broker.
func (s *site) client(user, id, command string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(s.Context(), 5*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, command, append(s.login(user, id), args...)...)
	out := new(bytes.Buffer)
	cmd.Stdout, cmd.Stderr = out, out
	err := cmd.Run()
	return out.String(), err
}

// retained returns the retained messages that a user may read, by their topics.
func (s *site) retained(user string) map[string]string {
	s.Helper()
	out, err := s.client(user, "look", "mosquitto_sub", "-t", "fridaycounter/shop/#", "-t", "homeassistant/#", "-W", "1", "--retained-only", "-v")
	if e, ok := err.(*exec.ExitError); err != nil && !(ok && e.ExitCode() == 27) { // timed out, as it shall
		s.Fatalf("mosquitto_sub: %v\n%s", err, out)
	}
	all := map[string]string{}
	for line := range strings.Lines(out) {
		if topic, payload, _ := strings.Cut(strings.TrimSpace(line), " "); strings.Contains(topic, "/") {
			all[topic] = payload
		}
	}
	return all
}

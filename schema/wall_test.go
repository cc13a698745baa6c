package schema

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fridaycounter/fridaycounter/drivers/led"
)

// evaluateFile evaluates a policy or a wall.cue, whichever it is.
func evaluateFile(file string) answer {
	r := request{Name: "counter.cue", File: []byte(file), IsWall: IsWall("", []byte(file))}
	if r.IsWall {
		r.Name = "wall.cue"
	}
	return evaluate(r)
}

func TestIsWall(t *testing.T) {
	const importLine = "import \"github.com/fridaycounter/fridaycounter/schema\"\n"
	for _, c := range []struct {
		file string
		want bool
	}{
		{testFile(t, "wall/wall.cue"), true},
		{testFile(t, "published.cue"), false},
		{string(shipped(t)), false},
		{"package kitchen\n" + importLine + "schema.#Wall & {\n\trules: {}", true},
		{"package wall\n" + importLine + "schema.#Counter & {\n\tsource: mqtt: {}", false},
		{"package wall\n" + importLine + "schema.#Wal & {\n\tsource: mqtt: {", true},
		{"package kitchen\n" + importLine + "schema.#wall & {\n", true},
		{"package wall\n" + importLine + "schema.#Conter & {\n\trules: {}\n", false}, // a team that calls its package so
		{"package wall\n\nsource: mqtt: topic: \"x\"\n", true},
		{"package counter\n// as schema.#Wall\n", false},
		{"package counter\nx: \"schema.#Wall\"\n", false},
		{"", false},
		{"\xff\xfe\x00", false},
	} {
		if got := IsWall("counter.cue", []byte(c.file)); got != c.want {
			t.Errorf("%.80q: got %v, want %v", c.file, got, c.want)
		}
	}
	for file, want := range map[string]bool{"": true, "{}": true, "nonsense": true, "package x\nrules: {}\n": false, string(shipped(t)): false} {
		if got := IsWall("office/wall.cue", []byte(file)); got != want {
			t.Errorf("%.80q in wall.cue: got %v, want %v", file, got, want)
		}
	}
}

// TestWall evaluates a wall.cue in the child, and gives each kind of file to the other's method.
func TestWall(t *testing.T) {
	t.Parallel()
	e, sample := newEvaluator(), []byte(testFile(t, "wall/wall.cue"))
	got, err := e.Wall(t.Context(), "wall.cue", sample)
	if err != nil {
		t.Fatal(err)
	}
	want := &Wall{
		Timezone: "Europe/Berlin",
		Source: WallSource{
			MQTT: MQTT{Broker: "mqtts://mqtt.example.com:8883", Topic: "fridaycounter/shop", CAFile: "/etc/ssl/company.pem"},
			Name: "kitchen", StaleAfter: 10 * time.Minute,
		},
		Display:    Display{Columns: 4, Rows: 1, MAX7219: got.Display.MAX7219, Terminal: &Terminal{}},
		Brightness: []Brightness{{Level: led.Off, During: got.Brightness[0].During}, {Level: 8}},
		Package:    "wall",
		Hash:       got.Hash,
	}
	want.Source.Auth = got.Source.Auth
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if a := got.Source.Auth; a.Username != "walls" || a.Password.Credential != "mqtt-password" {
		t.Errorf("the login is %+v", a)
	}
	if len(got.Hash) != 64 || got.Display.MAX7219.Wiring != "fc16" || len(got.Brightness[0].During) != 1 {
		t.Errorf("got %+v", got)
	}
	_, err = e.Wall(t.Context(), "counter.cue", shipped(t))
	checkRefused(t, err, "counter.cue:13:8: this is the policy of a counter, and not the file of a wall (")
	_, err = e.Wall(t.Context(), "wall.cue", nil)
	checkRefused(t, err, "wall.cue:1:1: the file is empty (fridaycounter init --wall DIR writes one to begin with)")
	_, err = e.Evaluate(t.Context(), "wall.cue", sample)
	checkRefused(t, err, "wall.cue:5:8: this is the file of a wall, which only shows what its counter decides (")
	_, err = e.Wall(t.Context(), "wall.cue", []byte(strings.Replace(string(sample), "fc16", "fc17", 1)))
	checkRefused(t, err, `wall.cue:18:37: display.max7219.wiring: "fc17" is not a wiring: `)
	_, err = e.Wall(t.Context(), "wall.cue", []byte(strings.Replace(string(sample), "topic:", "topik:", 1)))
	checkRefused(t, err, `wall.cue:9:3: source.mqtt.topik: no such field (did you mean "topic"?)`)
	if refused, ok := errors.AsType[*Error](err); !ok || refused.Display == nil || refused.Display.Columns != 4 {
		t.Errorf("a refused wall.cue has the display %+v", refused)
	}
}

// checkRefused wants a file to be refused in one line.
func checkRefused(t *testing.T, err error, want string) {
	t.Helper()
	if _, ok := errors.AsType[*Error](err); !ok || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
		t.Errorf("got  %v\nwant %s…", err, want)
	}
}

// TestWallStarter vets the wall.cue that Init writes, also as its comments say to change it.
func TestWallStarter(t *testing.T) {
	for _, edits := range [][]string{
		nil,
		{`"mqtts://mqtt.example.com"`, `"mqtt://localhost"`, `auth: {username: "walls", password: credential: "mqtt-password"}`, ""},
		{`credential: "mqtt-password"`, `file: "/etc/mqtt-password"`},
		{`credential: "mqtt-password"`, `env: "MQTT_PASSWORD"`},
		{"//\tca_file:", "ca_file:", "//\tname:", "name:"},
		{`max7219: {port: "SPI0.0", wiring: "fc16"}`, "terminal: {}"},
	} {
		for i, text := range edits {
			if i%2 == 0 && !strings.Contains(string(wallStarter), text) {
				t.Errorf("the starter has no %s", text)
			}
		}
		if got := vet(t, strings.NewReplacer(edits...).Replace(string(wallStarter))); got != "" {
			t.Errorf("%v: %s", edits, got)
		}
	}
}

// TestInitWall vets what Init writes for a wall with plain cue vet, and a typo in it.
func TestInitWall(t *testing.T) {
	dir := t.TempDir()
	done, err := Init(dir, "v0.3.0", true)
	if err != nil || len(done.Warnings) > 0 || done.Wrote[0] != filepath.Join(dir, "wall.cue") {
		t.Fatalf("got %+v, %v", done, err)
	}
	cue := cueCommand{registry: "none", cache: t.TempDir()}
	cue.must(t, dir, "vet", "./...")
	writeFiles(t, dir, map[string]string{"wall.cue": strings.Replace(string(wallStarter), "topic:", "topik:", 1)})
	if out, err := cue.run(t, dir, "vet", "./..."); err == nil || !strings.Contains(out, "source.mqtt.topik: field not allowed") || !strings.Contains(out, "./wall.cue:24:") {
		t.Errorf("cue vet of a typo: %v\n%s", err, out)
	}
	if done, err = Init(dir, "v0.3.0", true); err != nil || len(done.Kept) != 1 || len(done.Wrote) > 0 {
		t.Errorf("again: got %+v, %v, want the file kept", done, err)
	}
	done, err = Init(dir, "v0.3.0", false)
	if err != nil || len(done.Warnings) != 1 || !strings.Contains(done.Warnings[0], "the packages counter and wall, which cue vet refuses") {
		t.Errorf("a policy beside it: got %q, %v, want a warning", done.Warnings, err)
	}
}

// TestPublished vets changes of what a counter publishes: brokers, topics, and which displays are enough.
func TestPublished(t *testing.T) {
	sample := testFile(t, "published.cue")
	mqtt := sample[strings.Index(sample, "\t\tmqtt: {"):strings.Index(sample, "\t\tawtrix: {")]
	awtrix := sample[strings.Index(sample, "\t\tawtrix: {"):strings.Index(sample, "\t}\n\tnotify")]
	const broker, topic = "mqtts://mqtt.example.com", "fridaycounter/shop"
	for _, c := range []struct{ old, new, want string }{
		{mqtt, "", ""},
		{awtrix, "", ""},
		{mqtt + awtrix, "", "counter.cue:10:2: display.max7219: missing: want a display that is lit: max7219, terminal, web, mqtt or awtrix"},
		{broker, "mqtts://mqtt.example.com:8884", ""},
		{broker, "mqtts://192.168.1.2", ""},
		{broker, "mqtts://[fd00::2]:8883", ""},
		{broker, "mqtt://localhost", ""},
		{broker, "mqtt://127.0.0.1:1883", ""},
		{broker, "mqtt://[::1]", ""},
		{broker, "mqtt://192.168.1.2", "counter.cue:13:12: display.mqtt.broker: mqtt:// would send the login in clear text: want mqtts:// (insecure: true permits it)"},
		{topic, "fridaycounter", ""},
		{topic, "büro/fridaycounter/shop 1", ""},
		{topic, strings.Repeat("a", 200), ""},
		{topic, strings.Repeat("ä", 101), "counter.cue:14:12: display.mqtt.topic: 202 bytes are too many: want at most 200"},
		{topic, `fridaycounter\u0000`, `counter.cue:14:12: display.mqtt.topic: "fridaycounter\u0000" is not a topic: want one like fridaycounter/shop, without + # $ and empty levels`},
	} {
		if !strings.Contains(sample, c.old) {
			t.Fatalf("the sample has no %s", c.old)
		}
		if got := vet(t, strings.Replace(sample, c.old, c.new, 1)); got != c.want {
			t.Errorf("%q in place of %q:\ngot  %s\nwant %s", c.new, c.old, got, c.want)
		}
	}
}

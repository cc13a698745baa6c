package doctor

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

func TestStateDirectory(t *testing.T) {
	const path = "/var/lib/fridaycounter/history.db"
	var (
		above = owned(0, 0, fs.ModeDir|0o755)
		mine  = owned(serviceUID, serviceGID, fs.ModeDir|0o750)
		there = fstest.MapFS{"var/lib": above, "var/lib/fridaycounter": mine, path[1:]: owned(serviceUID, serviceGID, 0o640)}
		roots = fstest.MapFS{"var/lib": above, "var/lib/fridaycounter": mine, path[1:]: owned(0, 0, 0o640)}
	)
	for _, c := range []struct {
		name  string
		files fstest.MapFS
		user  account
		want  Result
		text  string
	}{
		{"the service's", there, account{name: serviceUser, uid: serviceUID}, OK, "/var/lib/fridaycounter, 555004:555005 0750: fridaycounter may write"},
		{"root asks for it", there, service, OK, "fridaycounter may write"},
		{"made by root", roots, service, Fail, "fridaycounter may not write /var/lib/fridaycounter/history.db, which is root:root 0640 -> sudo chown -R fridaycounter: /var/lib/fridaycounter"},
		{"a member of the group", there, account{name: "pi", uid: piUser, gids: []int{serviceGID}}, Warn, "sudo -u fridaycounter"},
		{"a stranger", there, pi, Fail, "pi may not write /var/lib/fridaycounter"},
		{"not there", fstest.MapFS{"var/lib": above}, pi, Fail, "cannot be created: pi may not write /var/lib"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := fakeMachine(c.files)
			m.user = c.user
			d := doctorOf(t, m, nil)
			d.keepIn(filepath.Dir(path))
			wantFinding(t, d.checkState(t.Context()), c.want, c.text)
		})
	}
}

// Root's rights do not help in these places.
func TestStateNowhere(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	made := filepath.Join(t.TempDir(), "a", "b")
	for _, c := range []struct {
		name, state string
		readOnly    bool
		want        Result
		text        string
		history     Result
	}{
		{"a file", file, false, Fail, file + " is not a directory -> name a directory", Skip},
		{"below a file", filepath.Join(file, "a"), false, Fail, "cannot be created: " + file + " is not a directory", Skip},
		{"of the kernel", "/proc/x", false, Fail, "cannot be created: /proc is of the kernel, which keeps no files", Skip},
		{"read-only, not there", made, true, Fail, "is mounted read-only", Skip},
		{"read-only", t.TempDir(), true, Warn, "keeps everything in memory", OK},
		{"not there yet", made, false, OK, "run creates it", OK},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := fakeMachine(os.DirFS("/"))
			m.user = account{name: "root"}
			m.readOnly = func(string) bool { return c.readOnly }
			d := doctorOf(t, m, nil)
			d.keepIn(c.state)
			found := findings(t, groupWith(d, "state"))
			wantFinding(t, found[0], c.want, c.text)
			if found[1].Check != "history" || found[1].Result != c.history {
				t.Errorf("got %v, want %s history", found[1], c.history)
			}
		})
	}
}

func TestTemporaryDirectoryIsNotReadOnly(t *testing.T) {
	if ThisMachine(time.Now, "").readOnly(t.TempDir()) {
		t.Error("got read-only")
	}
}

func TestHistory(t *testing.T) {
	config := &schema.Config{Timezone: "UTC", Sources: []schema.Source{{Name: "file", Kind: "file", Path: "d.jsonl"}}, Poll: []schema.Poll{{Every: time.Hour}}}
	d := doctorOf(t, fakeMachine(tree(nil)), config)
	path := d.History
	wantFinding(t, d.checkHistory(t.Context()), OK, "none yet")
	file, err := history.Open(t.Context(), path, history.Opts{})
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	wantFinding(t, d.checkHistory(t.Context()), Warn, `no poll of the source "file" has succeeded`)
	at := doctorNow.Add(-2 * time.Hour)
	known := source.Known{Key: d.policy.Sources[0].Key, FirstRead: at, Good: at}
	if err := file.Save(t.Context(), &known, known.All()); err != nil {
		t.Fatal(err)
	}
	wantFinding(t, d.checkHistory(t.Context()), OK, "2 hours ago")
	d.Machine.now = func() time.Time { return doctorNow.AddDate(0, 0, 3) }
	wantFinding(t, d.checkHistory(t.Context()), Warn, "3 days ago")
	d.keepIn(filepath.Join(t.TempDir(), "a"))
	wantFinding(t, d.checkHistory(t.Context()), OK, "none yet")
}

func TestHistoryFailure(t *testing.T) {
	wantFinding(t, historyFailure(&history.Error{Path: "/x", Kind: history.Damaged, Op: "open"}), Fail, "the file is damaged -> fridaycounter run sets it aside")
	wantFinding(t, historyFailure(&history.Error{Path: "/x", Kind: history.Denied, Op: "open"}), Warn, "-> run as its owner")
	wantFinding(t, historyFailure(context.DeadlineExceeded), Fail, "deadline")
}

// Of several reasons why the number may be out of date, the first one of the first rule is named.
func TestHistoryNamesTheFirstReasonOfTheFirstRule(t *testing.T) {
	rule := func(name, environment string) rules.Rule {
		pattern, err := rules.ParsePattern(environment)
		if err != nil {
			t.Fatal(err)
		}
		return rules.Rule{Name: name, Environments: []rules.Pattern{pattern}, Forbid: []rules.Window{{Weekdays: []time.Weekday{time.Friday}}}}
	}
	d := doctorOf(t, fakeMachine(tree(nil)), &schema.Config{
		Timezone: "UTC", Sources: []schema.Source{{Name: "file", Kind: "file", Path: "d.jsonl"}}, Poll: []schema.Poll{{Every: time.Hour}},
		Rules: []rules.Rule{rule("staging", "/^Sta/"), rule("production", "Production")},
	})
	known := source.Known{Key: d.policy.Sources[0].Key, Good: doctorNow.Add(-time.Minute)}
	for id, name := range []string{"Production", "Staging", "Stage 2"} {
		known.Environments = append(known.Environments, source.KnownEnvironment{Environment: rules.Environment{ID: fmt.Sprint(id), Project: "shop", Name: name}})
	}
	for range 10 { // the reasons come in a map
		wantFinding(t, d.freshness([]source.Known{known}), Warn, "may be out of date: shop/Staging was not read yet")
	}
}

package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/demo"
	"github.com/fridaycounter/fridaycounter/drivers/history"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"fridaycounter": main, "fridaycounter-glass": glassMain})
}

// TestScripts runs the real program, command by command. With -update it writes
// what it got into the scripts.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		Setup:               setupScript,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"bamboo":  serveBamboo,
			"answer":  answerAll,
			"answers": serveAnswers,
			"replace": replaceIn,
			"broker":  serveBroker,
			"heard":   waitHeard,
			"client":  connectClient,

			"requests": wantRequests,
			"poke":     poke,
			"sql":      execSQL,
			"truncate": truncate,
			"hold":     hold,
		},
	})
}

// setupScript gives a script a home of its own.
func setupScript(env *testscript.Env) error {
	env.Setenv("HOME", env.WorkDir)
	env.Setenv("STATE_DIRECTORY", env.WorkDir+"/state")
	return nil
}

// answers counts the requests of each script's answer.
var answers sync.Map // of *testscript.TestScript to *atomic.Int64

// serveBamboo serves the demo's history until the script ends, and sets
// $BAMBOO: bamboo [RFC 3339 time at which the server's clock stands].
func serveBamboo(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 1 {
		ts.Fatalf("usage: bamboo [TIME]")
	}
	at := demo.Emergency().Add(time.Hour)
	if len(args) == 1 {
		var err error
		if at, err = time.Parse(time.RFC3339, args[0]); err != nil {
			ts.Fatalf("bamboo: %v", err)
		}
	}
	server := demo.Bamboo(func() time.Time { return at })
	serve(ts, server)
}

// answerAll answers every request in the same way until the script ends:
// answer STATUS FILE [HEADER:VALUE].
func answerAll(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: answer STATUS FILE [HEADER:VALUE]")
	}
	status, err := strconv.Atoi(args[0])
	if err != nil {
		ts.Fatalf("answer: %v", err)
	}
	body := ts.ReadFile(args[1])
	answered := new(atomic.Int64)
	ts.Defer(func() { answers.Delete(ts) })
	answers.Store(ts, answered)
	serve(ts, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		answered.Add(1)
		for _, h := range args[2:] {
			name, value, _ := strings.Cut(h, ":")
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		w.Write([]byte(body))
	}))
}

func serve(ts *testscript.TestScript, h http.Handler) {
	s := httptest.NewServer(h)
	ts.Defer(s.Close)
	ts.Setenv("BAMBOO", s.URL)
}

// serveAnswers serves the files of answers/ as JSON: each is the answer to the path of its name.
func serveAnswers(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: answers")
	}
	dir := http.Dir(ts.MkAbs("answers"))
	serve(ts, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.URL.Path += ".json"
		http.FileServer(dir).ServeHTTP(w, r)
	}))
}

// replaceIn replaces text in a file: replace FILE OLD NEW. $NAME in OLD and NEW
// is expanded by the script.
func replaceIn(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: replace FILE OLD NEW")
	}
	path := ts.MkAbs(args[0])
	data, err := os.ReadFile(path)
	ts.Check(err)
	if !bytes.Contains(data, []byte(args[1])) {
		ts.Fatalf("replace: %s holds no %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(path, bytes.ReplaceAll(data, []byte(args[1]), []byte(args[2])), 0o644))
}

// wantRequests checks how many requests the last answer of the script got.
func wantRequests(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: requests N")
	}
	want, err := strconv.ParseInt(args[0], 10, 64)
	ts.Check(err)
	n, ok := answers.Load(ts)
	if !ok {
		ts.Fatalf("requests: nothing answers")
	}
	if got := n.(*atomic.Int64).Load(); got != want {
		ts.Fatalf("requests: got %d, want %d", got, want)
	}
}

// execSQL executes statements in a database, as another program would: sql FILE STATEMENTS.
func execSQL(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: sql FILE STATEMENTS")
	}
	db, err := sql.Open("sqlite", ts.MkAbs(args[0]))
	ts.Check(err)
	_, err = db.Exec(args[1])
	ts.Check(errors.Join(err, db.Close()))
}

// poke changes a byte of a file: poke FILE OFFSET VALUE.
func poke(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: poke FILE OFFSET VALUE")
	}
	offset, err := strconv.Atoi(args[1])
	ts.Check(err)
	value, err := strconv.ParseUint(args[2], 10, 8)
	ts.Check(err)
	data, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	if offset >= len(data) || data[offset] == byte(value) {
		ts.Fatalf("poke: %s is too short or has that value", args[0])
	}
	data[offset] = byte(value)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), data, 0o640))
}

// truncate cuts a file: truncate FILE SIZE.
func truncate(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: truncate FILE SIZE")
	}
	size, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	ts.Check(os.Truncate(ts.MkAbs(args[0]), size))
}

// hold opens a history for writing until the script ends, as run does.
func hold(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: hold FILE")
	}
	s, err := history.Open(context.Background(), ts.MkAbs(args[0]), history.Opts{})
	ts.Check(err)
	ts.Defer(func() { ts.Check(s.Close()) })
}

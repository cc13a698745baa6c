package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/fridaycounter/fridaycounter/drivers/bamboo/bambootest"
)

// serveBamboo serves the demo's history until the script ends, and sets
// $BAMBOO: bamboo [RFC 3339 time at which the server's clock stands].
func serveBamboo(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 1 {
		ts.Fatalf("usage: bamboo [TIME]")
	}
	at := demoEmergency().Add(time.Hour)
	if len(args) == 1 {
		var err error
		if at, err = time.Parse(time.RFC3339, args[0]); err != nil {
			ts.Fatalf("bamboo: %v", err)
		}
	}
	server := demoBamboo(func() time.Time { return at })
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
	serve(ts, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
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

var _ http.Handler = (*bambootest.Server)(nil)

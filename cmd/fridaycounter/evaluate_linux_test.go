package main

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/policyfile"
)

// Where memory runs out, the kernel kills the child that evaluates before the counter, or as soon:
// it has the score of its parent, which the unit lowers, or a higher one.
func TestChildInheritsTheOOMScore(t *testing.T) {
	score := func(process string) int {
		text, err := os.ReadFile("/proc/" + process + "/oom_score_adj")
		if err != nil {
			t.Fatal(err)
		}
		n, err := strconv.Atoi(strings.TrimSpace(string(text)))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	set := func(n int) {
		if err := os.WriteFile("/proc/self/oom_score_adj", []byte(strconv.Itoa(n)), 0); err != nil {
			t.Fatal(err)
		}
	}
	before := score("self")
	defer set(before)
	set(min(before+100, 1000)) // everybody may raise it
	cmd := policyfile.Evaluator().Command(t.Context())
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if got, want := score(strconv.Itoa(cmd.Process.Pid)), score("self"); got < want {
		t.Errorf("got %d, want at least that of its parent, %d", got, want)
	}
	in.Close() // it waits for a request
	_ = cmd.Wait()
}

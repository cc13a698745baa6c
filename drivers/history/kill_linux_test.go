package history_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/rules"
)

// batch is how many deployments a child saves at once, now and then: enough to
// change many pages.
const batch = 40

// writeUntilKilled writes to the history at args[0], from the number args[1] on,
// and says on standard output what is done: "running N", "final N", "batch N",
// "good N".
func writeUntilKilled(args []string) error {
	s, err := history.Open(ctx, args[0], history.Opts{})
	if err != nil {
		return err
	}
	number, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	put := func(what string, found ...rules.Deployment) error {
		if err := save(s, noon.Add(time.Duration(number)*time.Minute), found...); err != nil {
			return err
		}
		_, err := fmt.Println(what, number)
		return err
	}
	for ; ; number++ {
		id, at := strconv.Itoa(number), noon.Add(time.Duration(number)*time.Minute)
		if err := errors.Join(put("running", under(id, at)), put("final", deployed(id, at))); err != nil {
			return err
		}
		if number%5 == 0 {
			var found []rules.Deployment
			for i := range batch {
				found = append(found, deployed(fmt.Sprintf("%d/%d", number, i), at))
			}
			if err := put("batch", found...); err != nil {
				return err
			}
		}
		if number%3 == 0 {
			g := history.LastGood{File: []byte(id), Config: make([]byte, 20000), Hash: id}
			if err := s.SaveLastGood(ctx, g); err != nil {
				return err
			}
			if _, err := fmt.Println("good", number); err != nil {
				return err
			}
		}
	}
}

// acknowledged is what the children said was done.
type acknowledged struct {
	running, final, batches []bool // by number
	good                    int
	next                    int // number that no child used
}

func (a *acknowledged) take(line string) error {
	var what string
	var n int
	if _, err := fmt.Sscanf(line, "%s %d", &what, &n); err != nil {
		return fmt.Errorf("a child said %q: %w", line, err)
	}
	for n >= len(a.running) {
		a.running, a.final, a.batches = append(a.running, false), append(a.final, false), append(a.batches, false)
	}
	switch what {
	case "running":
		a.running[n] = true
	case "final":
		a.final[n] = true
	case "batch":
		a.batches[n] = true
	case "good":
		a.good = n
	}
	a.next = max(a.next, n+1)
	return nil
}

// TestKilledWhileWriting kills a process that writes, at any moment, and looks whether the
// history is sound and has all that the process said was written.
func TestKilledWhileWriting(t *testing.T) {
	kills := often(60, 1000)
	program := self(t)
	random := rand.New(rand.NewPCG(5, 6))
	var path string
	var said acknowledged
	lines, cutOff, undone := 0, 0, 0
	for i := range kills {
		if i%40 == 0 { // so that checking does not take longer and longer
			path, said = filepath.Join(t.TempDir(), "history.db"), acknowledged{}
		}
		n := killOne(t, program, path, &said, random)
		lines += n
		// A reader may have to leave a cut write to the next writer.
		if r, err := history.OpenRead(ctx, path, history.Opts{}); err == nil {
			if diff := said.missing(r); diff != "" {
				t.Fatalf("kill %d, to a reader: %s", i, diff)
			}
			closed(t, r)
		} else if e, ok := errors.AsType[*history.Error](err); ok && e.Kind == history.Interrupted {
			cutOff++
		} else if ok && e.Kind == history.Missing && said.next == 0 {
			undone++
		} else {
			t.Fatalf("kill %d, to a reader: %v", i, err)
		}
		s := open(t, path)
		if err := s.Check(ctx); err != nil {
			t.Fatalf("kill %d: %v", i, err)
		}
		if diff := said.missing(s); diff != "" {
			t.Fatalf("kill %d: %s", i, diff)
		}
		closed(t, s)
	}
	t.Logf("%d kills, after %d acknowledged writes: nothing lost, nothing corrupt; %d in the middle of a commit, %d before the file was there",
		kills, lines, cutOff, undone)
}

// killOne runs a child for a moment and returns how much it acknowledged.
func killOne(t *testing.T, program, path string, said *acknowledged, random *rand.Rand) int {
	cmd := child(t, program, "write", path, strconv.Itoa(said.next))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// One in four while it starts, the others after the first write.
	kill := func(within int) {
		time.AfterFunc(time.Duration(random.IntN(within))*time.Microsecond, func() { _ = cmd.Process.Kill() })
	}
	starting := random.IntN(4) == 0
	if starting {
		kill(40_000)
	}
	n := 0
	for r := bufio.NewReader(out); ; n++ {
		line, err := r.ReadString('\n')
		if err == io.EOF { // a line that was cut off was not said
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if err := said.take(line); err != nil {
			t.Fatal(err)
		}
		if n == 0 && !starting {
			kill(25_000)
		}
	}
	if err := cmd.Wait(); err == nil || stderr.Len() > 0 {
		t.Fatalf("the child ended by itself: %v: %s", err, stderr.String())
	}
	return n
}

// missing says what a history lacks of what was acknowledged; "" if nothing.
func (a *acknowledged) missing(s *history.Store) string {
	loaded, err := s.Load(ctx, bamboo)
	if err != nil {
		return err.Error()
	}
	list := runs(&loaded)
	known := make(map[string]rules.Deployment, len(list))
	batches := map[string]int{}
	for _, d := range list {
		known[d.ID] = d
		if number, _, ok := strings.Cut(d.ID, "/"); ok {
			batches[number]++
		}
	}
	for n := range a.running {
		id, at := strconv.Itoa(n), noon.Add(time.Duration(n)*time.Minute)
		d, there := known[id]
		switch {
		case a.running[n] && !there:
			return "deployment " + id + " is lost"
		case a.final[n] && d != deployed(id, at):
			return fmt.Sprintf("deployment %s is %v", id, d)
		case a.batches[n] && batches[id] != batch:
			return fmt.Sprintf("batch %s has %d", id, batches[id])
		}
	}
	for number, n := range batches {
		if n != batch {
			return fmt.Sprintf("batch %s was written in part: %d", number, n)
		}
	}
	g, _, err := s.LastGood(ctx)
	if good, _ := strconv.Atoi(g.Hash); err != nil || good < a.good {
		return fmt.Sprintf("the last good file is of %d, want at least %d (%v)", good, a.good, err)
	}
	return ""
}

// convertUntilKilled opens the history at args[0], which converts it, and says so.
func convertUntilKilled(args []string) error {
	s, err := history.Open(ctx, args[0], history.Opts{})
	if err != nil {
		return err
	}
	_, err = fmt.Println("done")
	return errors.Join(err, s.Close())
}

// TestKilledWhileConverting kills a process that converts a history of version 1, which is then
// of version 1 or 2, with all that there was.
func TestKilledWhileConverting(t *testing.T) {
	program, random := self(t), rand.New(rand.NewPCG(7, 8))
	cutOff, done := 0, 0
	for i := range often(45, 150) {
		path := fixture(t, "demo-1.db")
		cmd := child(t, program, "convert", path)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(random.IntN(60_000)) * time.Microsecond)
		if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Fatal(err)
		}
		if cmd.Wait() == nil {
			done++
		}
		if r, err := history.OpenRead(ctx, path, history.Opts{}); err == nil {
			closed(t, r)
		} else if e, ok := errors.AsType[*history.Error](err); ok && e.Kind == history.Interrupted {
			cutOff++
		} else if !ok || e.Kind != history.Older {
			t.Fatalf("kill %d, to a reader: %v", i, err)
		}
		s := open(t, path)
		known := load(t, s, source.Key{Name: "bamboo", Address: "127.0.0.1:18123"})
		if err := errors.Join(s.Check(ctx), s.Close()); err != nil || len(runs(&known)) != 228 {
			t.Fatalf("kill %d: got %d deployments, %v, want 228", i, len(runs(&known)), err)
		}
	}
	t.Logf("%d in the middle of a commit, %d that were done", cutOff, done)
}

package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// pipeIn makes a named pipe.
func pipeIn(t *testing.T, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// inputCommands are commands that read a file which a person names, here the last one.
func inputCommands() [][]string {
	return [][]string{
		{"vet"}, {"test"}, {"diff", "counter.cue"}, {"history", "import"}, {"once", "--config"}, {"explain", "--config"}, {"gate", "--config"},
	}
}

// A signal ends a command that waits for its input.
func TestSignalEndsACommandThatWaitsForInput(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "counter.cue"), []byte(dayPolicy("Friday")), 0o644); err != nil {
		t.Fatal(err)
	}
	pipe := pipeIn(t, dir)
	writer, err := os.OpenFile(pipe, os.O_RDWR, 0) // so that there is a writer, who says nothing
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { writer.Close() })
	for _, args := range inputCommands() {
		for input, signal := range map[string]os.Signal{"-": os.Interrupt, pipe: syscall.SIGTERM} {
			t.Run(args[0]+" "+filepath.Base(input), func(t *testing.T) {
				t.Parallel()
				cmd := exec.Command("fridaycounter", append(args[:len(args):len(args)], input)...)
				cmd.Dir = dir
				cmd.Env = append(os.Environ(), "STATE_DIRECTORY="+t.TempDir())
				stdin, err := cmd.StdinPipe()
				if err != nil {
					t.Fatal(err)
				}
				defer stdin.Close()
				var stderr strings.Builder
				cmd.Stderr = &stderr
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				ended := make(chan error, 1)
				go func() { ended <- cmd.Wait() }()
				select {
				case err := <-ended:
					t.Fatalf("it did not wait: %v\n%s", err, stderr.String())
				case <-time.After(500 * time.Millisecond):
				}
				if err := cmd.Process.Signal(signal); err != nil {
					t.Fatal(err)
				}
				select {
				case err := <-ended:
					code := cmd.ProcessState.ExitCode()
					if code <= 0 || !strings.Contains(stderr.String(), "interrupted") {
						t.Errorf("got %v, exit code %d\n%s", err, code, stderr.String())
					}
				case <-time.After(5 * time.Second):
					cmd.Process.Kill()
					t.Errorf("it is still running after %v", signal)
				}
			})
		}
	}
}

// A named pipe to which nobody writes is an error at once.
func TestPipeWithoutWriterIsAnError(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "counter.cue"), []byte(dayPolicy("Friday")), 0o644); err != nil {
		t.Fatal(err)
	}
	pipe := pipeIn(t, dir)
	for _, args := range inputCommands() {
		cmd := exec.Command("fridaycounter", append(args, pipe)...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "STATE_DIRECTORY="+dir)
		kill := time.AfterFunc(20*time.Second, func() { cmd.Process.Kill() })
		out, err := cmd.CombinedOutput()
		kill.Stop()
		if text := strings.Join(strings.Fields(string(out)), " "); err == nil || !strings.Contains(text, "read "+pipe+": nobody writes to this pipe") {
			t.Errorf("%s: got %v\n%s", args[0], err, out)
		}
	}
}

// A pipe with a writer is read like a file, such as that of <(git show main:counter.cue).
func TestPipeWithWriterIsReadAsAFile(t *testing.T) {
	dir := t.TempDir()
	deployAgo(t, dir, 16)
	if err := os.WriteFile(filepath.Join(dir, "counter.cue"), []byte(dayPolicy("Friday")), 0o644); err != nil {
		t.Fatal(err)
	}
	for script, want := range map[string]string{
		`fridaycounter vet <(sleep 0.2; cat counter.cue)`:                                                                      "is good, with 1 rule",
		`fridaycounter vet <(sed s/Friday/Frday/ counter.cue)`:                                                                 "is not a weekday",
		`fridaycounter diff <(cat counter.cue) <(sed s/Friday/Monday/ counter.cue)`:                                            "the wall: ",
		`fridaycounter once --config <(cat counter.cue)`:                                                                       "deployments.jsonl: no such file", // it lies beside the policy
		`mkfifo import; cat deployments.jsonl > import & fridaycounter once && sleep 0.2; fridaycounter history import import`: "1 deployment read, 0 new, 1 known already",
	} {
		cmd := exec.Command("bash", "-c", script)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "STATE_DIRECTORY="+filepath.Join(dir, "state"))
		out, _ := cmd.CombinedOutput()
		if !strings.Contains(string(out), want) {
			t.Errorf("%s: got %q, want %q", script, out, want)
		}
	}
}

// What a policy names has to be a regular file of a bounded size. The error names it.
func TestIrregularFilesAreRefused(t *testing.T) {
	dir := t.TempDir()
	pipe, sparse := pipeIn(t, dir), filepath.Join(dir, "sparse")
	if err := os.WriteFile(sparse, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(sparse, 1<<40); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	for path, why := range map[string]string{pipe: "named pipe", "/dev/zero": "device", sparse: "", dir: "directory"} {
		for what, source := range map[string]string{
			"deployments": `file: path: "` + path + `"`,
			"ca_file":     `bamboo: {url: "https://127.0.0.1:1", environments: ["a"], ca_file: "` + path + `"}`,
			"token":       `bamboo: {url: "https://127.0.0.1:1", environments: ["a"], auth: token: file: "` + path + `"}`,
		} {
			policy := strings.Replace(dayPolicy("Friday"), `file: path: "deployments.jsonl"`, source, 1)
			if err := os.WriteFile(filepath.Join(dir, "counter.cue"), []byte(policy), 0o644); err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			cmd := exec.Command("fridaycounter", "once")
			cmd.Dir = dir
			cmd.Env = append(os.Environ(), "STATE_DIRECTORY="+filepath.Join(dir, "state"))
			var stderr strings.Builder
			cmd.Stdout, cmd.Stderr = io.Discard, &stderr
			_ = cmd.Run()
			if cmd.ProcessState.ExitCode() != exitStale || !strings.Contains(stderr.String(), path) || !strings.Contains(stderr.String(), why) || time.Since(began) > 10*time.Second {
				t.Errorf("%s %s: exit code %d after %v: %s", what, path, cmd.ProcessState.ExitCode(), time.Since(began), stderr.String())
			}
		}
	}
}

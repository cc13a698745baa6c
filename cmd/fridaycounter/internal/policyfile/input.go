package policyfile

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"

	"github.com/fridaycounter/fridaycounter/drivers/source"
)

// Open opens what a person names on the command line: a regular file of at most limit bytes,
// standard input for "-", or a named pipe that somebody writes to, such as bash makes of
// <(git show main:counter.cue). A reader of the latter two has to bound them itself, and gets
// [ErrInterrupted] when ctx ends.
func Open(ctx context.Context, path string, stdin io.Reader, limit int64) (io.ReadCloser, error) {
	if path == "-" {
		return interruptible(ctx, io.NopCloser(stdin)), nil
	}
	if info, err := os.Stat(path); err != nil || info.Mode()&fs.ModeNamedPipe == 0 {
		f, _, err := source.OpenFile(path, limit)
		return f, err
	}
	// Without O_NONBLOCK opening waits for a writer.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	pipe := interruptible(ctx, f)
	data := bufio.NewReader(pipe)
	if _, err := data.Peek(1); err == io.EOF {
		pipe.Close()
		return nil, fmt.Errorf("read %s: nobody writes to this pipe", path)
	}
	return struct {
		io.Reader
		io.Closer
	}{data, pipe}, nil
}

// interruptible returns a reader of r that fails when ctx ends, also while r waits for data.
// Its Close closes r.
func interruptible(ctx context.Context, r io.ReadCloser) io.ReadCloser {
	out, in := io.Pipe()
	stop := context.AfterFunc(ctx, func() { in.CloseWithError(ErrInterrupted) })
	go func() {
		defer stop()
		_, err := io.Copy(in, r)
		in.CloseWithError(errors.Join(err, r.Close()))
	}()
	return out
}

// ErrInterrupted is why a command that a signal ended did not do what it was asked.
var ErrInterrupted = errors.New("interrupted")

package jsonl

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

const (
	maxFile   = 64 << 20 // bytes: about 250,000 deployments
	maxLine   = 64 << 10 // bytes
	maxErrors = 10       // bad lines in one error
)

// Decode reads at most 64 MiB and 200,000 deployments from r, in the order of the lines and
// without superseded ones, or none and an error. name stands for r in errors.
func Decode(ctx context.Context, r io.Reader, name string) ([]rules.Deployment, error) {
	all := newRecords(0, time.Date(1e5, 1, 1, 0, 0, 0, 0, time.UTC)) // no line is ahead: the caller knows when it is
	if _, err := each(ctx, r, name, all.add); err != nil {
		return nil, err
	}
	return all.list, nil
}

// each calls do with the deployment of each line, until a line is bad or do refuses, and
// returns how many lines there were. The error joins a *LineError for each bad line, at most ten.
func each(ctx context.Context, r io.Reader, name string, do func(*rules.Deployment) error) (n int, err error) {
	limited := &io.LimitedReader{R: r, N: maxFile + 1}
	lines, parse := bufio.NewReaderSize(limited, maxLine), newParser()
	var errs []error
	for number := 1; len(errs) < maxErrors; number++ {
		line, end := lines.ReadSlice('\n')
		if number == 1 {
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
		}
		why, tooLong := otherFormat(line), end == bufio.ErrBufferFull
		if ctx.Err() != nil || end != nil && end != io.EOF && !tooLong {
			return n, fmt.Errorf("jsonl: %s: %w", name, cmp.Or(ctx.Err(), end))
		}
		switch {
		case limited.N <= 0:
			return n, fmt.Errorf("jsonl: %s is larger than %d MiB", name, maxFile>>20)
		case why == "" && tooLong:
			why = fmt.Sprintf("the line is longer than %d bytes", maxLine)
		case why != "" || len(bytes.TrimSpace(line)) == 0:
		default:
			d, bad := parse.deployment(line)
			if bad != nil && bad.early && end == io.EOF {
				return n, errors.Join(errs...) // the rest of it is still to come
			} else if bad != nil {
				bad.File, bad.Line = name, number
				errs = append(errs, bad)
			} else if err := do(&d); err != nil {
				why = err.Error()
			}
			n++
		}
		if why != "" {
			errs = append(errs, &LineError{File: name, Line: number, Column: 1, Why: why})
		}
		if why != "" || end == io.EOF {
			return n, errors.Join(errs...)
		}
	}
	errs = append(errs, fmt.Errorf("jsonl: %s: not read beyond %d errors", name, maxErrors))
	return n, errors.Join(errs...)
}

// otherFormat says which other format a line is of, or "". The rest of the file is then no
// better.
func otherFormat(line []byte) string {
	switch {
	case bytes.HasPrefix(line, []byte("\xff\xfe")) || bytes.HasPrefix(line, []byte("\xfe\xff")) || bytes.IndexByte(line, 0) >= 0:
		return "is UTF-16: save the file as UTF-8"
	case bytes.HasPrefix(bytes.TrimLeft(line, " \t\r"), []byte("[")):
		return "is a JSON array: want one object a line"
	}
	return ""
}

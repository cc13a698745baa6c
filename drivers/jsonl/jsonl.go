// Package jsonl reads deployments from a file of JSON Lines, so that any CI can
// feed the wall with a script that appends to it.
//
// A line is one object:
//
//	{"id":"871","project":"shop","environment":"Production","version":"1.4.2",
//	 "state":"success","started":"2026-11-20T15:04:05+01:00","finished":"2026-11-20T15:09:00+01:00"}
//
// The fields, all texts:
//
//   - id, environment and started are required; id may also be a whole number.
//   - project and version name things; project_id and environment_id are their
//     ids where those differ (default: the project, and project/environment).
//   - started, executed and finished are RFC 3339 times: it was triggered, it
//     began to run, it ended.
//   - state is success, failed or unknown; life_cycle is pending, queued,
//     in_progress, finished or not_built, in Bamboo's words and any case.
//   - url is a page for people.
//
// Without life_cycle, a line with a state other than unknown, or with finished,
// has ended, and any other is in progress; without executed, either began to run
// when it started.
//
// A later line of the same environment and id replaces the earlier one, so a
// script appends one line when it starts and another when it ends. A last line
// without its newline that is not a whole object yet is not there yet. Everything
// else that is wrong refuses the whole file.
package jsonl

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/fridaycounter/fridaycounter/rules"
)

const (
	maxFile   = 64 << 20 // bytes: about 250,000 deployments
	maxLine   = 64 << 10 // bytes
	maxErrors = 10       // bad lines that one error tells
	maxHave   = 20       // environments that a MissingError lists
)

// Opts says which file to read.
type Opts struct {
	Path string
	// Environments are environments by id, name or /regexp/; nil: all.
	Environments []rules.Pattern
}

// A Source is a file of deployments. Its methods may be called from any goroutine.
type Source struct{ opts Opts }

// Open returns a source. It looks at nothing yet: the file may come later.
func Open(o Opts) (*Source, error) {
	if o.Path == "" {
		return nil, errors.New("jsonl: no path")
	}
	return &Source{o}, nil
}

// Read reads the file anew. Each environment is complete from its oldest
// deployment. The facts are whole or none: errors are *MissingError, and joined
// *LineError for up to ten bad lines.
func (s *Source) Read(ctx context.Context) (rules.Facts, error) {
	info, err := os.Stat(s.opts.Path)
	if err != nil {
		return rules.Facts{}, fmt.Errorf("jsonl: %w", err)
	}
	if !info.Mode().IsRegular() { // opening a pipe would block
		return rules.Facts{}, fmt.Errorf("jsonl: %s: is not a regular file", s.opts.Path)
	}
	file, err := os.Open(s.opts.Path)
	if err != nil {
		return rules.Facts{}, fmt.Errorf("jsonl: %w", err)
	}
	defer file.Close()
	deployments, err := Decode(ctx, file, s.opts.Path)
	if err != nil {
		return rules.Facts{}, err
	}
	return s.facts(deployments)
}

// Decode reads deployments from r, at most 64 MiB; name stands for it in errors.
// They come in the order in which each was first met, and whole or not at all.
func Decode(ctx context.Context, r io.Reader, name string) ([]rules.Deployment, error) {
	limited := &io.LimitedReader{R: r, N: maxFile + 1}
	lines := bufio.NewReaderSize(limited, maxLine)
	d := decoding{place: map[[2]string]int{}}
	for number := 1; len(d.errs) < maxErrors; number++ {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("jsonl: %s: %w", name, err)
		}
		line, err := lines.ReadSlice('\n')
		switch {
		case err == bufio.ErrBufferFull:
			return nil, errors.Join(append(d.errs, &LineError{name, number, 1, "", fmt.Sprintf("the line is longer than %d bytes", maxLine)})...)
		case err != nil && err != io.EOF:
			return nil, fmt.Errorf("jsonl: %s: %w", name, err)
		case limited.N <= 0:
			return nil, fmt.Errorf("jsonl: %s: is larger than %d MiB", name, maxFile>>20)
		}
		if number == 1 {
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
		}
		last := err == io.EOF
		if len(bytes.TrimSpace(line)) > 0 && !(last && isPartial(line)) {
			d.add(name, number, line)
		}
		if last {
			return d.result()
		}
	}
	d.errs = append(d.errs, fmt.Errorf("jsonl: %s: not read beyond %d errors", name, maxErrors))
	return d.result()
}

// decoding is a file as far as it was read.
type decoding struct {
	deployments []rules.Deployment
	place       map[[2]string]int // environment id and id: index in deployments
	errs        []error
}

// add adds a line, in the place of an earlier one of the same deployment.
func (d *decoding) add(name string, number int, line []byte) {
	deployment, bad := decodeLine(line)
	if bad != nil {
		bad.File, bad.Line = name, number
		d.errs = append(d.errs, bad)
		return
	}
	key := [2]string{deployment.EnvironmentID, deployment.ID}
	if at, ok := d.place[key]; ok {
		d.deployments[at] = deployment
		return
	}
	d.place[key] = len(d.deployments)
	d.deployments = append(d.deployments, deployment)
}

func (d *decoding) result() ([]rules.Deployment, error) {
	if len(d.errs) > 0 {
		return nil, errors.Join(d.errs...)
	}
	return d.deployments, nil
}

// facts keeps the configured environments and says how far back each is known.
func (s *Source) facts(deployments []rules.Deployment) (rules.Facts, error) {
	var all []rules.Environment
	index := map[string]int{}
	for i := range deployments {
		d := &deployments[i]
		at, ok := index[d.EnvironmentID]
		if !ok {
			at = len(all)
			index[d.EnvironmentID] = at
			all = append(all, rules.Environment{ID: d.EnvironmentID, CompleteFrom: d.Started, Exhausted: true})
		}
		e := &all[at]
		e.Name, e.ProjectID, e.Project = d.Environment, d.ProjectID, d.Project // the last line's names hold
		if d.Started.Before(e.CompleteFrom) {
			e.CompleteFrom = d.Started
		}
	}
	slices.SortFunc(all, func(a, b rules.Environment) int {
		return cmp.Or(cmp.Compare(a.Project, b.Project), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	if err := s.missing(all); err != nil {
		return rules.Facts{}, err
	}
	facts := rules.Facts{}
	wanted := map[string]bool{}
	for _, e := range all {
		if s.wants(e) {
			wanted[e.ID] = true
			facts.Environments = append(facts.Environments, e)
		}
	}
	for _, d := range deployments {
		if wanted[d.EnvironmentID] {
			facts.Deployments = append(facts.Deployments, d)
		}
	}
	return facts, nil
}

func (s *Source) wants(e rules.Environment) bool {
	return len(s.opts.Environments) == 0 || slices.ContainsFunc(s.opts.Environments, func(p rules.Pattern) bool {
		return p.MatchAny(e.ID, e.Name)
	})
}

func (s *Source) missing(all []rules.Environment) error {
	e := &MissingError{File: s.opts.Path}
	for _, p := range s.opts.Environments {
		if !slices.ContainsFunc(all, func(have rules.Environment) bool { return p.MatchAny(have.ID, have.Name) }) {
			e.Environments = append(e.Environments, p.String())
		}
	}
	if len(e.Environments) == 0 {
		return nil
	}
	for i, have := range all {
		if i == maxHave {
			e.More = len(all) - maxHave
			break
		}
		e.Have = append(e.Have, have.Name)
	}
	return e
}

// Package jsonl reads deployments from a file of JSON Lines, so that any CI can feed the wall
// with a script that appends to it. A line is one JSON object of strings:
//
//	{"id":"871","project":"shop","environment":"Production","version":"1.4.2",
//	 "state":"success","started":"2026-11-20T15:04:05+01:00","finished":"2026-11-20T15:09:00+01:00"}
//
// The fields are:
//   - id, environment and started are required; ids may also be whole numbers.
//   - project and version name things. project_id and environment_id identify project and
//     environment, whose names may then change. Without them the names do: project, and
//     project/environment. An id that comes with several projects is one of each.
//   - started, executed and finished are RFC 3339 times: triggered, began to run, ended.
//   - state is success, failed or unknown; life_cycle is pending, queued, in_progress,
//     finished or not_built, in Bamboo's words and any case.
//   - url is a page for people.
//
// Without life_cycle, a line with a state other than unknown, or with finished, has ended, and
// any other is in progress; without executed, either began to run when it started.
//
// A script appends one line when a deployment starts and another when it ends. Lines of one
// environment, id and start (executed, given or implied, else started) are one run:
//
//   - A line supersedes the one before it that says that the run is in progress.
//   - In progress changes nothing once a line said that the run ended. After one that said
//     that it was cancelled before it ran, it runs.
//   - Of ends that differ, the run has each outcome, and the latest end.
//
// A line with the same id and another start is another run, and both count. So only the last
// line of an id can be running: one in progress that a later line gives another start, or
// says to have been cancelled before an agent began, ended at its start.
//
// The file is UTF-8, with or without a byte order mark, of at most 64 MiB, 200,000 runs and
// 10,000 environments. A last line without its newline that is not a whole object is not
// there yet. Dates that cannot be, such as those of 1970, make their line unusable and
// nothing else. Everything else that is wrong refuses the whole file.
package jsonl

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/rules"
)

// A Source is a file of deployments, which may come later. Its methods may be called from any
// goroutine.
type Source struct {
	path      string
	selection source.Selection
}

// New returns the source of a file. The environments are read whose id or name one of the
// patterns matches; nil: all.
func New(path string, environments []rules.Pattern) *Source {
	return &Source{path, source.Selection{Environments: environments}}
}

// Poll reads the whole file. The answer has the selected environments, known ones without a
// line too, all complete from the oldest run of the file, and deployments in the order of
// the lines.
//
// The error is a *[source.Error]. Of kind [source.Missing] it names the patterns that match
// nothing, and the answer has the rest. Else the answer is empty, and the error joins a
// [*LineError] for each of up to ten bad lines.
func (s *Source) Poll(ctx context.Context, known *source.Known, now time.Time) (source.Answer, error) {
	known = cmp.Or(known, new(source.Known))
	file, _, err := source.OpenFile(s.path, maxFile)
	if err != nil {
		return source.Answer{}, &source.Error{Err: fmt.Errorf("jsonl: %w", err)}
	}
	defer file.Close()
	defer context.AfterFunc(ctx, func() { file.Close() })() // ends a read that waits, as some do in /proc
	all := newSummary(known, now)
	lines, err := each(ctx, file, s.path, all.add)
	if err != nil {
		return source.Answer{}, &source.Error{Err: err}
	}
	environments := all.list()
	answer, wanted, runs := source.Answer{Listed: true, OneList: true}, map[string]bool{}, 0
	for _, e := range environments {
		if s.selection.Has(&e) {
			wanted[e.ID] = true
			runs += all.counts[e.ID]
			answer.Environments = append(answer.Environments, source.Environment{
				Environment: e, Reading: source.ReadWhole, From: all.oldest, Exhausted: true,
			})
		}
	}
	all = nil // its memory is for the records
	found := newRecords(runs, now)
	if err := readRuns(ctx, file, s.path, lines, found, wanted); err != nil {
		return source.Answer{}, &source.Error{Err: err}
	}
	answer.Deployments = found.list
	for i := range answer.Environments {
		answer.Vanished = append(answer.Vanished, found.vanished(known.Environment(answer.Environments[i].ID))...)
	}
	if _, missing := s.selection.Unmatched(environments); len(missing) > 0 {
		return answer, &source.Error{Kind: source.Missing, Err: s.missing(missing, environments)}
	}
	return answer, nil
}

// readRuns reads a file of so many lines again, and adds the runs of the environments that
// are wanted to found: only now are those known.
func readRuns(ctx context.Context, file io.ReadSeeker, name string, lines int, found *records, wanted map[string]bool) error {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("jsonl: %s: %w", name, err)
	}
	n, err := each(ctx, file, name, func(d *rules.Deployment) error {
		if !wanted[d.EnvironmentID] {
			return nil
		}
		return found.add(d)
	})
	if err == nil && n < lines { // else runs would seem to have vanished
		err = fmt.Errorf("jsonl: %s: was cut short while it was read", name)
	}
	return err
}

// missing says which environments the file lacks and what it has.
func (s *Source) missing(patterns []string, all []rules.Environment) error {
	const maxListed = 20
	var names []string
	for _, e := range all {
		names = append(names, e.Name)
	}
	similar, more := source.Hints(patterns, names), ""
	if len(names) > maxListed {
		names, more = names[:maxListed], fmt.Sprintf(" and %d more", len(names)-maxListed)
	}
	return fmt.Errorf("jsonl: %s: no deployment to environment %q%s; it has %q%s", s.path, patterns, similar, names, more)
}

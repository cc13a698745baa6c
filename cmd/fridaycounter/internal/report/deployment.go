package report

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// Deployment is a deployment in JSON.
type Deployment struct {
	ID            string `json:"id"`
	Source        string `json:"source"`
	ProjectID     string `json:"project_id"`
	Project       string `json:"project"`
	EnvironmentID string `json:"environment_id"`
	Environment   string `json:"environment"`
	Version       string `json:"version"`
	Outcome       string `json:"outcome"` // "" for one that did not run
	// Outcomes are the other ones that its source reported. The deployment counts if any of its
	// outcomes does.
	Outcomes []rules.Outcome `json:"outcomes,omitempty"`
	// Denied says that it was seen running, and then its source denied it or no longer listed it.
	// It counts whatever its outcome.
	Denied bool `json:"denied,omitempty"`

	Started  *time.Time `json:"started"`
	Executed *time.Time `json:"executed"`
	Finished *time.Time `json:"finished"`
	URL      string     `json:"url,omitempty"`

	Subject string `json:"-"`
}

func (f form) deployment(d *rules.Deployment) Deployment {
	a := Deployment{
		ID: d.ID, Source: d.Source, ProjectID: d.ProjectID, Project: d.Project, EnvironmentID: d.EnvironmentID,
		Environment: d.Environment, Version: d.Version,
		Started: f.instant(d.Started), Executed: f.instant(d.Executed), Finished: f.instant(d.Finished), Subject: Subject(*d),
	}
	if f.links {
		a.URL = d.URL
	}
	if !d.Ran() {
		return a
	}
	a.Outcome, a.Denied = string(d.Outcome()), d.Denied
	a.Outcomes = slices.DeleteFunc(rules.FinalOutcomes(), func(o rules.Outcome) bool { return !d.Outcomes.Has(o) || o == d.Outcome() })
	return a
}

// Listed is a deployment with the rules that it breaks, as history lists it.
type Listed struct {
	Deployment
	Breaks []brokenRule `json:"breaks"`
}

// brokenRule is a rule that a deployment breaks, and when it left the window.
type brokenRule struct {
	Rule string    `json:"rule"`
	At   time.Time `json:"at"`
}

// NewListed returns the JSON of a deployment and its breaches, with its link to the CI
// server or without.
func NewListed(d *rules.Deployment, breaches []rules.Breach, zone *time.Location, link bool) Listed {
	return Listed{
		form{zone, link}.deployment(d),
		each(breaches, func(b rules.Breach) brokenRule { return brokenRule{b.Rule, b.At.In(zone)} }),
	}
}

func (d *Listed) rules(separator string) string {
	names := each(d.Breaks, func(b brokenRule) string { return b.Rule })
	return strings.Join(names, separator)
}

// WriteListing writes deployments as a table, csv or json.
func WriteListing(w io.Writer, format string, list []Listed) error {
	switch {
	case format == "csv":
		return writeCSV(w, list)
	case format == "json":
		return writeLines(w, list)
	case len(list) == 0:
		return nil
	}
	return writeTable(w, list)
}

// writeTable writes a table for people. It has the column SOURCE, the last one, only if the
// deployments are of several sources.
func writeTable(w io.Writer, list []Listed) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	columns := 7 // without SOURCE
	if slices.ContainsFunc(list, func(d Listed) bool { return d.Source != list[0].Source }) {
		columns++
	}
	row := func(cells ...string) { fmt.Fprintln(t, strings.Join(cells[:columns], "\t")) }
	row("BEGAN", "PROJECT", "ENVIRONMENT", "VERSION", "OUTCOME", "BREAKS", "ID", "SOURCE")
	for _, d := range list {
		began := cmp.Or(timeText(cmp.Or(d.Executed, d.Started), "Mon 2006-01-02 15:04 MST"), "-")
		row(began, d.Project, d.Environment, d.Version, d.Outcome, Printable(d.rules(", ")), d.ID, d.Source)
	}
	return t.Flush()
}

// writeLines writes a JSON array, an element a line.
func writeLines(w io.Writer, list []Listed) error {
	before, end := "[\n", "[]\n"
	for _, d := range list {
		data, err := json.Marshal(d)
		if err == nil {
			_, err = fmt.Fprintf(w, "%s%s", before, data)
		}
		if err != nil {
			return err
		}
		before, end = ",\n", "\n]\n"
	}
	_, err := io.WriteString(w, end)
	return err
}

// writeCSV writes RFC 4180 with a header.
func writeCSV(w io.Writer, list []Listed) error {
	rows := [][]string{{"id", "project_id", "project", "environment_id", "environment", "version", "outcome", "started", "executed", "finished", "breaks", "url", "source"}}
	for _, d := range list {
		rows = append(rows, each([]string{
			d.ID, d.ProjectID, d.Project, d.EnvironmentID, d.Environment, d.Version, d.Outcome,
			timeText(d.Started, time.RFC3339), timeText(d.Executed, time.RFC3339), timeText(d.Finished, time.RFC3339), d.rules(" "), d.URL, d.Source,
		}, cell))
	}
	return csv.NewWriter(w).WriteAll(rows)
}

// cell returns a text that no spreadsheet takes for a formula.
func cell(text string) string {
	text = Printable(text)
	if text != "" && strings.ContainsRune("=+-@\t\n", rune(text[0])) {
		return "'" + text
	}
	return text
}

func timeText(t *time.Time, layout string) string {
	if t == nil {
		return ""
	}
	return t.Format(layout)
}

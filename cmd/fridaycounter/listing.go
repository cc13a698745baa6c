package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// A listing writes deployments.
type listing interface {
	add(deploymentAnswer) error
	end() error
}

// deploymentAnswer is a deployment in JSON. Times are in the policy's zone; what is not known
// is null.
type deploymentAnswer struct {
	ID            string     `json:"id"`
	ProjectID     string     `json:"project_id"`
	Project       string     `json:"project"`
	EnvironmentID string     `json:"environment_id"`
	Environment   string     `json:"environment"`
	Version       string     `json:"version"`
	Outcome       string     `json:"outcome"` // "" for one that did not run
	Started       *time.Time `json:"started"`
	Executed      *time.Time `json:"executed"`
	Finished      *time.Time `json:"finished"`
	URL           string     `json:"url,omitempty"`
	Breaks        []broken   `json:"breaks"`
}

// broken is a rule that a deployment breaks, and when it left the window.
type broken struct {
	Rule string    `json:"rule"`
	At   time.Time `json:"at"`
}

// newListing returns what writes a format.
func newListing(format string, w io.Writer) (listing, error) {
	switch format {
	case "table":
		return &table{w: tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)}, nil
	case "json":
		return &jsonListing{w: w}, nil
	case "csv":
		return &csvListing{w: csv.NewWriter(w)}, nil
	}
	return nil, fmt.Errorf("--format %q: want table, json or csv", format)
}

// table is for people. It aligns some rows at a time.
type table struct {
	w *tabwriter.Writer
	n int
}

func (t *table) add(d deploymentAnswer) error {
	if t.n == 0 {
		fmt.Fprintln(t.w, "BEGAN\tPROJECT\tENVIRONMENT\tVERSION\tOUTCOME\tBREAKS\tID")
	}
	began, names := "-", make([]string, len(d.Breaks))
	for _, at := range []*time.Time{d.Started, d.Executed} {
		if at != nil {
			began = at.Format("Mon 2006-01-02 15:04 MST")
		}
	}
	for i, b := range d.Breaks {
		names[i] = b.Rule
	}
	fmt.Fprintf(t.w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", began, d.Project, d.Environment, d.Version, d.Outcome, strings.Join(names, ", "), d.ID)
	if t.n++; t.n%1000 == 0 {
		return t.w.Flush()
	}
	return nil
}

func (t *table) end() error { return t.w.Flush() }

// jsonListing is an array, an element a line.
type jsonListing struct {
	w io.Writer
	n int
}

func (j *jsonListing) add(d deploymentAnswer) error {
	data, err := json.Marshal(d)
	if err != nil {
		return err
	}
	before := ",\n"
	if j.n == 0 {
		before = "[\n"
	}
	j.n++
	_, err = fmt.Fprintf(j.w, "%s%s", before, data)
	return err
}

func (j *jsonListing) end() error {
	end := "\n]\n"
	if j.n == 0 {
		end = "[]\n"
	}
	_, err := io.WriteString(j.w, end)
	return err
}

// csvListing is RFC 4180 with a header.
type csvListing struct {
	w *csv.Writer
	n int
}

func (c *csvListing) header() error {
	return c.w.Write([]string{"id", "project_id", "project", "environment_id", "environment", "version", "outcome", "started", "executed", "finished", "breaks", "url"})
}

func (c *csvListing) add(d deploymentAnswer) error {
	if c.n++; c.n == 1 {
		if err := c.header(); err != nil {
			return err
		}
	}
	var names []string
	for _, b := range d.Breaks {
		names = append(names, b.Rule)
	}
	return c.w.Write([]string{
		d.ID, d.ProjectID, d.Project, d.EnvironmentID, d.Environment, d.Version, d.Outcome,
		csvTime(d.Started), csvTime(d.Executed), csvTime(d.Finished), strings.Join(names, " "), d.URL,
	})
}

func (c *csvListing) end() error {
	if c.n == 0 {
		if err := c.header(); err != nil {
			return err
		}
	}
	c.w.Flush()
	return c.w.Error()
}

func csvTime(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.Format(time.RFC3339)
}

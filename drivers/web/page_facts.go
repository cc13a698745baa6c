package web

import "net/url"

// A broken is a breach in the list.
type broken struct {
	At      *moment
	Rule    string
	Subject string
	Link    string // "" if there is none
}

func newBroken(v *View) []broken {
	var list []broken
	for _, b := range v.Year.Breaches {
		list = append(list, broken{v.moment(b.At), b.Rule, b.Subject, link(b.URL)})
	}
	return list
}

// link returns an address that may be followed: it came from a CI server, and a
// script in its place would run in this page.
func link(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return u.String()
}

// A source is an environment, and how well it is known.
type source struct {
	Project, Name string
	Good          *moment // nil: it never was read
	Known         string
}

func newSources(v *View) []source {
	var list []source
	for _, f := range v.Sources {
		list = append(list, source{f.Project, f.Name, v.moment(f.Good), knownFrom(v, f)})
	}
	return list
}

// knownFrom says how far back an environment is known.
func knownFrom(v *View, f Freshness) string {
	from := v.moment(f.From)
	switch {
	case from == nil && f.All:
		return "all: no deployments"
	case from == nil:
		return "not known whole"
	case f.All:
		return "all, from " + from.Short
	}
	return from.Short + " on"
}

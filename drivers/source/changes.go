package source

import (
	"slices"

	"github.com/fridaycounter/fridaycounter/rules"
)

// Changes are what is to be written of a source after a merge.
type Changes struct {
	Key
	Source       bool               // what Known holds besides Environments changed, apart from Good and Failed alone
	Environments []string           // ids of those that are new, or changed in more than Read and the deployments
	Runs         []rules.Deployment // new or changed
	Dropped      []rules.Deployment // they never ran, and another record took their place
}

// Empty reports whether nothing has to be written now.
func (c *Changes) Empty() bool {
	return !c.Source && len(c.Environments)+len(c.Runs)+len(c.Dropped) == 0
}

// All returns everything that is known as changes, for a history that has nothing of it.
func (k *Known) All() Changes {
	c := Changes{Key: k.Key, Source: true}
	for i := range k.Environments {
		c.Environments = append(c.Environments, k.Environments[i].ID)
		c.Runs = append(c.Runs, k.Environments[i].Deployments...)
	}
	return c
}

// Add adds what changed later. That replaces what changed before of the same runs.
func (c *Changes) Add(later Changes) {
	c.Key, c.Source = later.Key, c.Source || later.Source
	for _, id := range later.Environments {
		if !slices.Contains(c.Environments, id) {
			c.Environments = append(c.Environments, id)
		}
	}
	type run struct {
		Ref
		start int64
	}
	key := func(d *rules.Deployment) run { return run{Ref{d.EnvironmentID, d.ID}, d.Start().Unix()} }
	replaced := map[run]bool{}
	for _, list := range [][]rules.Deployment{later.Runs, later.Dropped} {
		for i := range list {
			replaced[key(&list[i])] = true
		}
	}
	isReplaced := func(d rules.Deployment) bool { return replaced[key(&d)] }
	c.Runs = append(slices.DeleteFunc(slices.Clone(c.Runs), isReplaced), later.Runs...)
	c.Dropped = append(slices.DeleteFunc(slices.Clone(c.Dropped), isReplaced), later.Dropped...)
}

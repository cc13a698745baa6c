package rules

import (
	"slices"
	"time"
)

// Compare returns the breaches that count of deployments that break only the rule after,
// and only the rule before, the latest first. Nothing breaks a nil rule.
func Compare(before, after *Compiled, environments []Environment, now time.Time) (gained, lost []Breach) {
	was, is := before.allCounted(environments, now), after.allCounted(environments, now)
	return beyond(is, was), beyond(was, is)
}

func (c *Compiled) allCounted(environments []Environment, now time.Time) []*Breach {
	if c == nil {
		return nil
	}
	return c.counted(c.Breaches(environments, now), time.Time{})
}

// beyond returns the breaches of runs that have none among others, the latest first.
func beyond(breaches, others []*Breach) []Breach {
	byRun := func(a, b *Breach) int { return compareRuns(&a.Deployment, &b.Deployment) }
	broke := slices.SortedFunc(slices.Values(others), byRun)
	var list []Breach
	for _, b := range slices.Backward(breaches) {
		if _, too := slices.BinarySearchFunc(broke, b, byRun); !too {
			list = append(list, *b)
		}
	}
	return list
}

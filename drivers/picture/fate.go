package picture

import (
	"slices"

	"github.com/fridaycounter/fridaycounter/rules"
)

// fates returns the fates, the worst first.
func fates() []rules.Fate {
	return []rules.Fate{rules.FateBroken, rules.FateUnknown, rules.FateBefore, rules.FateOpen, rules.FateAhead, rules.FateKept}
}

// worse returns the worse of two fates. One of another name is the worst.
func worse(a, b rules.Fate) rules.Fate {
	if slices.Index(fates(), a) < slices.Index(fates(), b) {
		return a
	}
	return b
}

// word says a fate to people.
func word(f rules.Fate) string {
	switch f {
	case rules.FateOpen:
		return "going on"
	case rules.FateAhead:
		return "to come"
	case rules.FateBefore:
		return "before the rule"
	case rules.FateKept, rules.FateBroken:
		return string(f)
	}
	return "not known"
}

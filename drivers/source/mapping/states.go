package mapping

import "slices"

// A meaning is what a word says of a deployment.
type meaning int

const (
	unknown meaning = iota
	success
	failed
	failedIfStarted
	running
	waiting
	cancelled
	skipped
	saysNothing
)

// hasEnded reports whether nothing more is to come.
func (m meaning) hasEnded() bool { return m != running && m != waiting && m != saysNothing }

// wordList is one of the lists of [States].
type wordList struct {
	name  string // as counter.cue has it
	means meaning
	words []string
}

func (s *States) lists() [8]wordList {
	return [...]wordList{
		{"success", success, s.Success}, {"failed", failed, s.Failed}, {"failed_if_started", failedIfStarted, s.FailedIfStarted},
		{"running", running, s.Running}, {"waiting", waiting, s.Waiting}, {"cancelled", cancelled, s.Cancelled},
		{"skipped", skipped, s.Skipped}, {"says_nothing", saysNothing, s.SaysNothing},
	}
}

// Twice returns a word that stands twice, and where the second time: the list, as counter.cue
// names it, and the index there. Without one, word is "" and index -1.
func (s *States) Twice() (word, list string, index int) {
	seen := map[string]bool{}
	for _, l := range s.lists() {
		for i, word := range l.words {
			if seen[word] {
				return word, l.name, i
			}
			seen[word] = true
		}
	}
	return "", "", -1
}

// meaning returns what a word means, and whether it is in a list.
func (s *States) meaning(word string) (means meaning, known bool) {
	for _, l := range s.lists() {
		if slices.Contains(l.words, word) {
			return l.means, true
		}
	}
	return unknown, false
}

package mapping

import "slices"

// A meaning is what a word says of a deployment: the list of [States] that has it, as counter.cue
// names that.
type meaning string

const (
	unknown         meaning = "" // it is in none
	success         meaning = "success"
	failed          meaning = "failed"
	failedIfStarted meaning = "failed_if_started"
	running         meaning = "running"
	waiting         meaning = "waiting"
	cancelled       meaning = "cancelled"
	skipped         meaning = "skipped"
	saysNothing     meaning = "says_nothing"
)

// hasEnded reports whether nothing more is to come.
func (m meaning) hasEnded() bool { return m != running && m != waiting && m != saysNothing }

// wordList is one of the lists of [States].
type wordList struct {
	means meaning
	words []string
}

func (s *States) lists() [8]wordList {
	return [...]wordList{
		{success, s.Success}, {failed, s.Failed}, {failedIfStarted, s.FailedIfStarted}, {running, s.Running},
		{waiting, s.Waiting}, {cancelled, s.Cancelled}, {skipped, s.Skipped}, {saysNothing, s.SaysNothing},
	}
}

// Twice returns a word that stands twice, and where the second time: the list, as counter.cue
// names it, and the index there. Without one, word is "" and index -1.
func (s *States) Twice() (word, list string, index int) {
	seen := map[string]bool{}
	for _, l := range s.lists() {
		for i, word := range l.words {
			if seen[word] {
				return word, string(l.means), i
			}
			seen[word] = true
		}
	}
	return "", "", -1
}

// meaning returns what a word means.
func (s *States) meaning(word string) meaning {
	for _, l := range s.lists() {
		if slices.Contains(l.words, word) {
			return l.means
		}
	}
	return unknown
}

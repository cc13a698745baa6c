package diagnose

import (
	"cmp"
	"strings"
)

// suggest returns the hint `did you mean "…"?` for the candidate nearest to word,
// or "" when none is near.
func suggest(word string, candidates []string) string {
	if near := Nearest(word, candidates); near != "" {
		return `did you mean "` + near + `"?`
	}
	return ""
}

// SuggestOrList returns the hint of the candidate nearest to word, or lists the candidates.
func SuggestOrList(word string, candidates []string) string {
	return cmp.Or(suggest(word, candidates), "there are "+strings.Join(candidates, ", "))
}

// Nearest returns the candidate with the fewest typing mistakes from word, or "" when none is near.
func Nearest(word string, candidates []string) string {
	return nearest(word, candidates, len(word)/3+1)
}

// nearest returns the candidate with the fewest typing mistakes from word, case apart: fewer than
// limit, or as many where that leaves some of the word.
func nearest(word string, candidates []string, limit int) string {
	best, fewest := "", limit
	for _, c := range candidates {
		n := distance(strings.ToLower(word), strings.ToLower(c), fewest)
		if n < fewest || n == fewest && best == "" && n < len(word) {
			best, fewest = c, n
		}
	}
	return best
}

// distance returns the least number of letters to insert, delete, replace or swap
// with their neighbour that makes b of a (optimal string alignment), or more than
// limit where that is certain without counting.
func distance(a, b string, limit int) int {
	if d := len(a) - len(b); d > limit || -d > limit {
		return limit + 1
	}
	older, old, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		older, old, row = old, row, older
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(old[j]+1, row[j-1]+1, old[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], older[j-2]+1)
			}
		}
	}
	return row[len(b)]
}

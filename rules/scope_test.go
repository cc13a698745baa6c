package rules

import (
	"fmt"
	"sync"
	"testing"
)

// A scope says the same whether it remembers or not, also beyond what it can
// remember and from several goroutines.
func TestScopeRemembers(t *testing.T) {
	pattern := func(s string) Pattern {
		p, err := ParsePattern(s)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	r := Rule{Projects: []Pattern{pattern("/^shop/"), pattern("7")}, Environments: []Pattern{pattern("/[02468]$/"), pattern("live")}}
	s := newScope(&r)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for i := range 1000 {
				p := place{fmt.Sprint(i % 9), []string{"shop", "bank"}[i%2], fmt.Sprint(i), fmt.Sprintf("env%d", i%(3*maxAnswers))}
				if got, want := s.has(p), s.matches(p); got != want {
					t.Errorf("%+v: got %v, want %v", p, got, want)
				}
			}
		})
	}
	all.Wait()
	if got := len(*s.answers.Load()); got > maxAnswers {
		t.Errorf("got %d answers remembered, want at most %d", got, maxAnswers)
	}
}

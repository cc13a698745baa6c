package doctor

import (
	"slices"
	"testing"
)

// The service's unit may give its user more groups. Every Linux has the user root and the groups
// of these names.
func TestLookupSubject(t *testing.T) {
	s, err := lookupSubject("root", []string{"daemon", "no-such-group"})
	if err != nil || s.name != "root" || s.uid != 0 || !slices.Contains(s.gids, 0) || !slices.Contains(s.gids, 1) {
		t.Errorf("got %+v, %v, want root in the groups 0 and 1", s, err)
	}
	if _, err := lookupSubject("no-such-user", nil); err == nil {
		t.Error("got a user that is not there")
	}
}

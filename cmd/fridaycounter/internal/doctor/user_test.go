package doctor

import (
	"os/user"
	"slices"
	"testing"
)

// The service's unit may give its user more groups. Every Linux has the user root and the groups
// of these names.
func TestOtherSubject(t *testing.T) {
	root, err := user.Lookup("root")
	if err != nil {
		t.Fatal(err)
	}
	s := otherAccount(root, []string{"daemon", "no-such-group"})
	if s.name != "root" || s.uid != 0 || !slices.Contains(s.gids, 0) || !slices.Contains(s.gids, 1) {
		t.Errorf("got %+v, want root in the groups 0 and 1", s)
	}
}

package host

import (
	"slices"
	"testing"
	"testing/fstest"
)

// A drop-in of the administrator counts more than one of the package, and both more than the unit.
func TestUnitWithDropIns(t *testing.T) {
	const unit = "/systemd/system/fridaycounter.service"
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	u := FindUnit(Files{fstest.MapFS{
		"usr/lib" + unit:                file("[Service]\nProtectHome=yes\n"),
		"usr/lib" + unit + ".d/10.conf": file("[Service]\nProtectHome=tmpfs\n"),
		"etc" + unit + ".d/20.conf":     file("[Service]\nProtectHome=no\n"),
		"etc" + unit + ".d/10.conf":     file("[Service]\nProtectHome=read-only\n"),
	}})
	if got, want := u.Values("ProtectHome"), []string{"yes", "tmpfs", "read-only", "no"}; u.Path != "/usr/lib"+unit || !slices.Equal(got, want) {
		t.Errorf("%s: got %q, want %q", u.Path, got, want)
	}
	if u := FindUnit(Files{fstest.MapFS{"etc" + unit + ".d/20.conf": file("[Service]\n")}}); u.Path != "" || u.Text != "" {
		t.Errorf("without a unit: got %+v", u)
	}
}

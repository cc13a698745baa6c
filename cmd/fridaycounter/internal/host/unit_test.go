package host

import (
	"slices"
	"strings"
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
	}}, "")
	if got, want := u.Values("ProtectHome"), []string{"yes", "tmpfs", "read-only", "no"}; u.Path != "/usr/lib"+unit || !slices.Equal(got, want) {
		t.Errorf("%s: got %q, want %q", u.Path, got, want)
	}
	if u := FindUnit(Files{fstest.MapFS{"etc" + unit + ".d/20.conf": file("[Service]\n")}}, ""); u.Path != "" || u.Text != "" {
		t.Errorf("without a unit: got %+v", u)
	}
}

// A team's service has its own secrets, drop-ins and credentials.
func TestUnitOfATeam(t *testing.T) {
	const dir, running = "/systemd/system/fridaycounter@", "run/credentials/fridaycounter@shop.service/bamboo-token"
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	files := fstest.MapFS{
		"usr/lib" + dir + ".service":               file("[Service]\nLoadCredential=bamboo-token:/etc/fridaycounter/%i/bamboo-token\n"),
		"etc" + dir + ".service.d/10.conf":         file("[Service]\nLoadCredential=mqtt-password:/etc/fridaycounter/%i/mqtt-password\n"),
		"etc" + dir + "shop.service.d/10.conf":     file("[Service]\nProtectHome=yes\n"),
		"etc" + dir + "bank.service.d/10.conf":     file("[Service]\nProtectHome=no\n"),
		"etc/fridaycounter/shop/bamboo-token":      file(""),
		"etc/systemd/system/fridaycounter.service": file("[Service]\n"),
	}
	u := FindUnit(Files{files}, "shop")
	if u.Name() != "fridaycounter@shop" || u.Path != "/usr/lib"+dir+".service" || !slices.Equal(u.Values("ProtectHome"), []string{"yes"}) {
		t.Errorf("got %s of %s:\n%s", u.Name(), u.Path, u.Text)
	}
	if dir, file := u.Credential("bamboo-token"); dir != "" || file != "/etc/fridaycounter/shop/bamboo-token" {
		t.Errorf("the token is in %q, or the file %q", dir, file)
	}
	files[running] = file("")
	if dir, file := u.Credential("bamboo-token"); dir != "/"+strings.TrimSuffix(running, "/bamboo-token") || file != "" {
		t.Errorf("while it runs, the token is in %q, or the file %q", dir, file)
	}
}

package doctor

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/host"
	"github.com/fridaycounter/fridaycounter/schema"
)

// The user of the service cannot read the file behind LoadCredential=, which is root's, as it
// should be.
func TestCredentialOfRoot(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte(doctorToken), 0); err != nil {
		t.Fatal(err)
	}
	d := atBamboo(t, "https://nowhere.example.com")
	files := tree(map[string]string{"usr/lib/systemd/system/fridaycounter.service": "[Service]\nLoadCredential=bamboo-token:" + path})
	files[host.Rooted(path)] = owned(0, 0, 0o600)
	d.Machine.FS = files
	d.Machine.unit = host.FindUnit(d.Machine.Files, "")
	d.policy.Config.Sources[0].Auth.Token = &schema.Credential{Credential: "bamboo-token"}
	if os.Geteuid() == 0 { // root may read everything
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if err := unix.Setfsuid(65534); err != nil {
			t.Fatal(err)
		}
		defer unix.Setfsuid(0)
	}
	wantFinding(t, lookNow(t, d)["credential"], Skip, "sudo fridaycounter doctor")
}

package host

import (
	"io/fs"
	"path"
	"strings"
)

// A Unit is the unit file of the installed service, and its drop-ins. The zero Unit: it is not
// installed.
type Unit struct{ Path, Text string }

// FindUnit returns the unit of a machine's service, from where systemd looks first. Of the
// drop-ins, those of the directories where it looks first come last: they count.
func FindUnit(f Files) (u Unit) {
	dropIns := ""
	for _, dir := range []string{"etc", "run", "usr/local/lib", "usr/lib", "lib"} {
		path := dir + "/systemd/system/fridaycounter.service"
		if u.Path == "" && f.Exists("/"+path) {
			u = Unit{"/" + path, f.Read(path)}
		}
		files, _ := fs.Glob(f.FS, path+".d/*.conf") // the pattern is valid
		text := ""
		for _, file := range files {
			text += "\n" + f.Read(file)
		}
		dropIns = text + dropIns
	}
	if u.Path != "" {
		u.Text += dropIns
	}
	return u
}

// Values returns the words that a unit sets a key to.
func (u Unit) Values(key string) (all []string) {
	for line := range strings.Lines(u.Text) {
		if text, ok := strings.CutPrefix(strings.TrimSpace(line), key+"="); ok {
			all = append(all, strings.Fields(text)...)
		}
	}
	return all
}

// serviceCredentials is the directory in which systemd puts the credentials of the running service.
const serviceCredentials = "/run/credentials/fridaycounter.service"

// Credential returns where a systemd credential of the service can be read by another process
// that has the right to: in the directory of the running service, or else in the file that
// systemd loads. Both are empty if neither can be seen.
func (u Unit) Credential(f Files, name string) (dir, file string) {
	if f.Exists(path.Join(serviceCredentials, name)) {
		return serviceCredentials, ""
	}
	for _, load := range u.Values("LoadCredential") {
		if file, ok := strings.CutPrefix(load, name+":"); ok && f.Exists(file) {
			return "", file
		}
	}
	return "", ""
}

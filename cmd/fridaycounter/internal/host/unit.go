package host

import (
	"cmp"
	"errors"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// A Unit is the unit file of the installed service, or of a team's, and its drop-ins. Without a Path
// it is not installed.
type Unit struct {
	Path, Text string
	team       string
	files      Files
}

// FindUnit returns the unit of a machine's service, or of a team's. Where systemd looks first comes
// last: it counts, as do the drop-ins there.
func FindUnit(f Files, team string) Unit {
	u, dropIns := Unit{team: team, files: f}, ""
	file := u.Name()
	if team != "" {
		file = "fridaycounter@"
	}
	for _, dir := range []string{"lib", "usr/lib", "usr/local/lib", "run", "etc"} {
		dir += "/systemd/system/"
		if path := dir + file + ".service"; f.Exists(path) {
			u.Path, u.Text = "/"+path, f.Read(path)
		}
		for _, name := range slices.Compact([]string{file, u.Name()}) {
			files, _ := fs.Glob(f.FS, dir+name+".service.d/*.conf") // the pattern is valid
			for _, file := range files {
				dropIns += "\n" + f.Read(file)
			}
		}
	}
	if u.Path != "" {
		u.Text = strings.ReplaceAll(u.Text+dropIns, "%i", team)
	}
	return u
}

// Name returns the unit's name for systemctl.
func (u Unit) Name() string {
	if u.team != "" {
		return "fridaycounter@" + u.team
	}
	return "fridaycounter"
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

// Credential returns where a systemd credential of the service can be read by another process
// that has the right to: in the directory of the running service, or else in the file that
// systemd loads. Both are empty if neither can be seen.
func (u Unit) Credential(name string) (dir, file string) {
	running := "/run/credentials/" + u.Name() + ".service" // where systemd puts them
	if u.files.Exists(path.Join(running, name)) {
		return running, ""
	}
	for _, load := range u.Values("LoadCredential") {
		if file, ok := strings.CutPrefix(load, name+":"); ok && u.files.Exists(file) {
			return "", file
		}
	}
	return "", ""
}

// Files is the file system of a machine, by absolute paths. Tests make one up.
type Files struct{ fs.FS }

// Read returns the text of a small file without the white space or NUL at its end; "" if it
// cannot be read.
func (f Files) Read(path string) string {
	text, _ := fs.ReadFile(f.FS, Rooted(path))
	return strings.TrimRight(string(text), "\x00 \t\r\n")
}

// Exists reports whether there is something at a path.
func (f Files) Exists(path string) bool {
	_, err := f.Stat(path)
	return err == nil
}

// Stat describes a file. An error has the absolute path.
func (f Files) Stat(path string) (fs.FileInfo, error) {
	info, err := fs.Stat(f.FS, Rooted(path))
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return nil, &fs.PathError{Op: pe.Op, Path: path, Err: pe.Err}
	}
	return info, err
}

// Rooted returns an absolute path as an fs.FS wants it.
func Rooted(path string) string {
	return cmp.Or(strings.TrimPrefix(filepath.ToSlash(filepath.Clean(path)), "/"), ".")
}

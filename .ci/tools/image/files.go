package main

import (
	"archive/tar"
	"bytes"
	"encoding/pem"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/crypto/x509roots/fallback/bundle"
)

const (
	userID   = "65532" // as in many images without a distribution
	stateDir = "/var/lib/fridaycounter"
)

const passwd = `root:x:0:0:root:/:/sbin/nologin
fridaycounter:x:` + userID + `:` + userID + `:Friday counter:` + stateDir + `:/sbin/nologin
`

const group = `root:x:0:
fridaycounter:x:` + userID + `:
`

// files returns the tar file of everything in the image.
func (r *release) files() ([]byte, error) {
	var b bytes.Buffer
	w := &writer{Writer: tar.NewWriter(&b), release: r}
	for _, dir := range []string{"etc/", "etc/fridaycounter/", "etc/ssl/", "etc/ssl/certs/", "usr/", "usr/bin/", "usr/share/", "usr/share/doc/",
		"usr/share/doc/fridaycounter/", "var/", "var/lib/"} {
		w.add(tar.Header{Name: dir, Mode: 0o755}, nil)
	}
	w.add(tar.Header{Name: "tmp/", Mode: 0o1777}, nil)
	id, err := strconv.Atoi(userID)
	w.note(err)
	// A new volume takes its owner and mode from here.
	w.add(tar.Header{Name: stateDir[1:] + "/", Mode: 0o750, Uid: id, Gid: id}, nil)
	w.add(tar.Header{Name: "etc/passwd", Mode: 0o644}, []byte(passwd))
	w.add(tar.Header{Name: "etc/group", Mode: 0o644}, []byte(group))
	w.add(tar.Header{Name: "etc/ssl/certs/ca-certificates.crt", Mode: 0o644}, certificates())
	w.copy("usr/bin/fridaycounter", 0o755)
	w.copy("usr/share/doc/fridaycounter/copyright", 0o644)
	w.copy("usr/share/doc/fridaycounter/third-party.txt.gz", 0o644)
	w.note(w.Close())
	return b.Bytes(), w.err
}

// certificates returns Mozilla's roots of the version that go.mod names. Those that Mozilla
// trusts only in part are left out, since a file cannot say which part.
func certificates() []byte {
	var b bytes.Buffer
	for root := range bundle.Roots() {
		if root.Constraint == nil {
			_ = pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}) // a Buffer takes everything
		}
	}
	return b.Bytes()
}

// A writer keeps its first error.
type writer struct {
	*tar.Writer
	release *release
	err     error
}

func (w *writer) note(err error) {
	if w.err == nil {
		w.err = err
	}
}

// add writes a file, or a directory if its name ends in a slash.
func (w *writer) add(h tar.Header, data []byte) {
	h.Size, h.ModTime, h.Format = int64(len(data)), w.release.time, tar.FormatUSTAR
	w.note(w.WriteHeader(&h))
	_, err := w.Write(data)
	w.note(err)
}

// copy adds a file of the release.
func (w *writer) copy(name string, mode int64) {
	data, err := os.ReadFile(filepath.Join(w.release.tree, name))
	w.note(err)
	w.add(tar.Header{Name: name, Mode: mode}, data)
}

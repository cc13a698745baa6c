package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// A release is the program of one commit for one architecture.
type release struct {
	tree         string // directory
	architecture string // as Go calls it
	version      string
	commit       string
	time         time.Time
}

// variants are the oldest processors that the program is compiled for.
var variants = map[string]string{"arm": "v6", "arm64": "v8"}

func (r *release) platform() *v1.Platform {
	return &v1.Platform{OS: "linux", Architecture: r.architecture, Variant: variants[r.architecture]}
}

// tag returns the version as the tag of an image, which has fewer characters than Debian's versions.
func (r *release) tag() string { return strings.NewReplacer("~", "-", "+", "-").Replace(r.version) }

const source = "https://github.com/fridaycounter/fridaycounter"

// config says how the image is run. The health check is Docker's extension of the OCI's config.
func (r *release) config() v1.Config {
	return v1.Config{
		User:       userID + ":" + userID,
		Entrypoint: []string{"/usr/bin/fridaycounter"},
		Cmd:        []string{"run"},
		Env: []string{
			"PATH=/usr/bin",
			"STATE_DIRECTORY=" + stateDir,
			"CREDENTIALS_DIRECTORY=/run/secrets", // where Docker and Podman mount secrets
		},
		WorkingDir:   "/",
		Volumes:      map[string]struct{}{stateDir: {}},
		ExposedPorts: map[string]struct{}{"8474/tcp": {}},
		Healthcheck: &v1.HealthConfig{
			Test:     []string{"CMD", "/usr/bin/fridaycounter", "doctor", "--alive", "127.0.0.1:8474"},
			Interval: time.Minute, Timeout: 10 * time.Second, StartPeriod: time.Minute, Retries: 3,
		},
		Labels: map[string]string{
			"org.opencontainers.image.title":       "fridaycounter",
			"org.opencontainers.image.description": "Counter of the weeks since a Friday deployment",
			"org.opencontainers.image.version":     r.version,
			"org.opencontainers.image.revision":    r.commit,
			"org.opencontainers.image.created":     r.time.Format(time.RFC3339),
			"org.opencontainers.image.source":      source,
			"org.opencontainers.image.licenses":    "Apache-2.0",
		},
	}
}

// pack writes an image of the release to a directory that is not there.
func pack(r release, dir string) error {
	files, err := r.files()
	if err != nil {
		return err
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(files)), nil },
		tarball.WithMediaType(types.OCILayer), tarball.WithCompressionLevel(gzip.BestCompression))
	if err != nil {
		return err
	}
	created := v1.Time{Time: r.time}
	image := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	if image, err = mutate.ConfigFile(image, &v1.ConfigFile{
		Architecture: r.architecture, Variant: variants[r.architecture], OS: "linux", Created: created, Config: r.config(),
		RootFS: v1.RootFS{Type: "layers"},
	}); err != nil {
		return err
	}
	if image, err = mutate.Append(image, mutate.Addendum{Layer: layer, History: v1.History{Created: created, CreatedBy: ".ci/package"}}); err != nil {
		return err
	}
	name := "docker.io/library/fridaycounter:" + r.tag()
	index := mutate.AppendManifests(mutate.IndexMediaType(empty.Index, types.OCIImageIndex), mutate.IndexAddendum{
		Add: image,
		Descriptor: v1.Descriptor{Platform: r.platform(), Annotations: map[string]string{
			"org.opencontainers.image.ref.name": r.tag(),
			"io.containerd.image.name":          name,
		}},
	})
	path, err := layout.Write(dir, index)
	if err != nil {
		return err
	}
	return writeDockerManifest(path, image, "fridaycounter:"+r.tag())
}

// writeDockerManifest says where the parts of the image are, as docker save does.
func writeDockerManifest(path layout.Path, image v1.Image, name string) error {
	manifest, err := image.Manifest()
	if err != nil {
		return err
	}
	one := tarball.Descriptor{Config: blob(manifest.Config), RepoTags: []string{name}}
	for _, layer := range manifest.Layers {
		one.Layers = append(one.Layers, blob(layer))
	}
	data, err := json.Marshal(tarball.Manifest{one})
	if err != nil {
		return err
	}
	return path.WriteFile("manifest.json", data, 0o644)
}

func blob(d v1.Descriptor) string { return "blobs/" + d.Digest.Algorithm + "/" + d.Digest.Hex }

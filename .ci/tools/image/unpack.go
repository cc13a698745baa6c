package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// unpack checks the digests and the structure of a layout with one image. It writes what is in
// the image to DIR/rootfs, and its config to DIR/config.json.
func unpack(from, dir string) error {
	index, err := layout.ImageIndexFromPath(from)
	if err != nil {
		return err
	}
	if err := validate.Index(index); err != nil {
		return err
	}
	image, err := onlyImage(index)
	if err != nil {
		return err
	}
	root := filepath.Join(dir, "rootfs")
	if err := os.MkdirAll(root, 0o755); err != nil {
		return err
	}
	config, err := image.RawConfigFile()
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "config.json"), config, 0o644); err != nil {
		return err
	}
	files := mutate.Extract(image)
	defer files.Close()
	tar := exec.Command("tar", "--extract", "--same-owner", "--same-permissions", "--numeric-owner", "--directory", root)
	tar.Stdin, tar.Stderr = files, os.Stderr
	return tar.Run()
}

func onlyImage(index v1.ImageIndex) (v1.Image, error) {
	manifest, err := index.IndexManifest()
	if err != nil {
		return nil, err
	}
	if n := len(manifest.Manifests); n != 1 {
		return nil, fmt.Errorf("%d images, want 1", n)
	}
	return index.Image(manifest.Manifests[0].Digest)
}

package main

// A disk is a file system, as far as it says whether files can be kept there.
type disk struct {
	readOnly bool
	kernels  bool // /proc and the like
}

// refuses says why nothing can be kept at a path that is there; "" if nothing is known
// against it. Modes and root's rights do not tell this.
func (h *system) refuses(path string) string {
	d, err := h.disk(path)
	switch {
	case err != nil:
		return ""
	case d.kernels:
		return path + " is of the kernel, which keeps no files"
	case d.readOnly:
		return path + " is mounted read-only"
	}
	return ""
}

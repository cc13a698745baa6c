package doctor

import (
	"slices"

	"golang.org/x/sys/unix"
)

// diskRefuses says why nothing can be kept at a path that is there; "" if nothing is known
// against it. Modes and root's rights do not tell this.
func diskRefuses(path string) string {
	kernels := []uint32{
		unix.PROC_SUPER_MAGIC, unix.SYSFS_MAGIC, unix.DEVPTS_SUPER_MAGIC, unix.CGROUP_SUPER_MAGIC, unix.CGROUP2_SUPER_MAGIC,
		unix.DEBUGFS_MAGIC, unix.TRACEFS_MAGIC, unix.SECURITYFS_MAGIC,
	}
	var s unix.Statfs_t
	switch err := unix.Statfs(path, &s); {
	case err != nil:
		return ""
	case slices.Contains(kernels, uint32(s.Type)):
		return path + " is of the kernel, which keeps no files"
	case s.Flags&unix.ST_RDONLY != 0:
		return path + " is mounted read-only"
	}
	return ""
}

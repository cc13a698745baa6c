package main

import (
	"slices"

	"golang.org/x/sys/unix"
)

// kernelsOwn are the file systems in which nobody can make a directory that stays.
var kernelsOwn = []uint32{
	unix.PROC_SUPER_MAGIC, unix.SYSFS_MAGIC, unix.DEVPTS_SUPER_MAGIC, unix.CGROUP_SUPER_MAGIC, unix.CGROUP2_SUPER_MAGIC,
	unix.DEBUGFS_MAGIC, unix.TRACEFS_MAGIC, unix.SECURITYFS_MAGIC,
}

// diskOf looks at the file system of something that is there.
func diskOf(path string) (d disk, err error) {
	var s unix.Statfs_t
	if err := unix.Statfs(path, &s); err != nil {
		return d, err
	}
	return disk{readOnly: s.Flags&unix.ST_RDONLY != 0, kernels: slices.Contains(kernelsOwn, uint32(s.Type))}, nil
}

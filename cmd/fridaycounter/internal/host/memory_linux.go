package host

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// ReleaseStartup gives back the pages of the program's file that only the start needed: the tables
// of CUE, which the child uses and this process never, and the code that sets everything up.
// Linux reads them again if they are needed after all. On a board with 512 MiB that is worth more
// than the code. It ignores errors: nothing depends on it.
func ReleaseStartup() {
	maps, err := os.Open("/proc/self/maps")
	if err != nil {
		return
	}
	defer maps.Close()
	exe, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return
	}
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		// address perms offset dev inode path (proc_pid_maps(5))
		f := strings.Fields(lines.Text())
		if len(f) < 6 || f[5] != exe || f[1] != "r-xp" && f[1] != "r--p" {
			continue // what was written to is not in the file
		}
		from, to, _ := strings.Cut(f[0], "-")
		begin, err1 := strconv.ParseUint(from, 16, 64)
		end, err2 := strconv.ParseUint(to, 16, 64)
		if err1 != nil || err2 != nil || end <= begin {
			continue
		}
		_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, uintptr(begin), uintptr(end-begin), syscall.MADV_DONTNEED)
	}
}

package host

import (
	"fmt"
	"os"
	"strings"
	"syscall"
)

// ReleaseStartup gives back the pages of the program's file that only the start needed: the tables
// of CUE, which the child uses and this process never, and the code that sets everything up.
// Linux reads them again if they are needed after all. On a board with 512 MiB that is worth more
// than the code. Errors are ignored: nothing depends on it.
func ReleaseStartup() {
	exe, _ := os.Readlink("/proc/self/exe")
	maps, _ := os.ReadFile("/proc/self/maps")
	for line := range strings.Lines(string(maps)) {
		// address perms offset dev inode path (proc_pid_maps(5))
		f := strings.Fields(line)
		if len(f) < 6 || f[5] != exe || f[1] != "r-xp" && f[1] != "r--p" {
			continue // what was written to is not in the file
		}
		var begin, end uintptr
		if _, err := fmt.Sscanf(f[0], "%x-%x", &begin, &end); err == nil && begin < end {
			_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, begin, end-begin, syscall.MADV_DONTNEED)
		}
	}
}

package host

import (
	"errors"
	"io/fs"
	"testing"
	"testing/fstest"
)

// An error names a file as people do.
func TestFilesStatNamesTheAbsolutePath(t *testing.T) {
	const want = "open /no/such/file: file does not exist"
	if _, err := (Files{fstest.MapFS{}}).Stat("/no/such/file"); err == nil || err.Error() != want || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want %s", err, want)
	}
}

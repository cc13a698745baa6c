package history

// ScanQueries are those of a scan that judges.
var ScanQueries = []string{
	selectDated + newestFirst,
	selectDated + sinceDate + newestFirst,
	selectDated + sinceDate + afterCursor + newestFirst,
}

// Version and Step are of the migrations.
const Version = version

// Step returns the statements that make a version.
func Step(to int) (string, error) { return step(to) }

package history

// ScanQueries are those of a scan that judges.
var ScanQueries = []string{
	selectDated + newestFirst,
	selectDated + sinceDate + newestFirst,
	selectDated + sinceDate + afterCursor + newestFirst,
}

// Steps of other versions.
var (
	Released      = released
	OpenSteps     = openSteps
	OpenReadSteps = openReadSteps
)

// Durability returns how commits are made durable, in SQLite's words.
func (s *Store) Durability() (journal string, synchronous int, err error) {
	if err := s.db.QueryRow("PRAGMA journal_mode").Scan(&journal); err != nil {
		return "", 0, err
	}
	err = s.db.QueryRow("PRAGMA synchronous").Scan(&synchronous)
	return journal, synchronous, err
}

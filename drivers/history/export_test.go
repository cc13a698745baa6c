package history

// Version1 makes the tables of a history of version 1.
var Version1 = version1

// Durability returns how commits are made durable, in SQLite's words.
func (s *Store) Durability() (journal string, synchronous int, err error) {
	if err := s.db.QueryRow("PRAGMA journal_mode").Scan(&journal); err != nil {
		return "", 0, err
	}
	err = s.db.QueryRow("PRAGMA synchronous").Scan(&synchronous)
	return journal, synchronous, err
}

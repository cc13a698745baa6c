package history

// BlockQueries are those of reading and writing blocks.
var BlockQueries = []string{selectBlocks, selectBlock, selectLastBlock}

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

// BlockSize is how many deployments a block has at most.
const BlockSize = blockSize

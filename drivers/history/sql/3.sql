-- The history, version 3: the tables of version 2, see 2.sql, and these two, of webhooks.

-- What webhooks were told, so that nothing is told twice; one row at most.
CREATE TABLE told (
	told  INTEGER PRIMARY KEY CHECK (told = 1),
	marks TEXT NOT NULL -- JSON: the latest breach of each rule, and the ids of the last events
) STRICT;

-- What they are to be told still. There is no secret here.
CREATE TABLE owed (
	owed    INTEGER PRIMARY KEY, -- in their order
	webhook TEXT NOT NULL,       -- where its URL is, such as 'credential slack'
	event   TEXT NOT NULL,       -- breach, record, stale or window
	due     ANY,                 -- when the counter noticed it
	until   ANY,                 -- when it is given up
	body    TEXT NOT NULL        -- JSON
) STRICT;

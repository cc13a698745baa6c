-- The history, version 1. Instants are nanoseconds since 1970-01-01 UTC, or NULL
-- when there is none; one that does not fit (before 1677 or after 2262) is the
-- text "seconds.nanoseconds". A seal is a checksum of its row; see seal.go. Seals
-- and digests make this file read-only for anything but fridaycounter: what is
-- changed by hand is taken for damage. The view deployments is for people.

-- One row, which is always there: the sum of the sources' seals, and the seals of
-- the last good file and of the latch, -1 where there is none. Sources have the
-- sums of what is theirs, so nothing can be missing or old without being noticed.
CREATE TABLE ledger (
	ledger    INTEGER PRIMARY KEY CHECK (ledger = 1),
	sources   INTEGER NOT NULL,
	last_good INTEGER NOT NULL,
	latch     INTEGER NOT NULL,
	seal      INTEGER NOT NULL
) STRICT;
INSERT INTO ledger VALUES (1, 0, -1, -1, 4046274548);

CREATE TABLE source (
	source       INTEGER PRIMARY KEY,
	key          TEXT    NOT NULL UNIQUE, -- the caller's name of it, such as the base URL
	polled       ANY,                     -- last poll without error, at most an hour old
	failed       ANY,                     -- last poll with one
	failure      TEXT    NOT NULL,        -- its text
	marked       ANY,                     -- when this row was last written
	count        INTEGER NOT NULL,        -- deployments
	digest       INTEGER NOT NULL,        -- sum of their seals
	environments INTEGER NOT NULL,        -- sum of the environments' seals
	seal         INTEGER NOT NULL
) STRICT;

CREATE TABLE environment (
	environment   INTEGER PRIMARY KEY,
	source        INTEGER NOT NULL,
	id            TEXT    NOT NULL,
	name          TEXT    NOT NULL,
	project_id    TEXT    NOT NULL,
	project       TEXT    NOT NULL,
	known         INTEGER NOT NULL, -- 0: its list was never read whole
	complete_from ANY,              -- then: how far back an interrupted reading came
	exhausted     INTEGER NOT NULL,
	first_seen    ANY,
	last_seen     ANY,
	seal          INTEGER NOT NULL,
	UNIQUE (source, id)
) STRICT;

-- What many deployments have in common, with the names as they were then.
CREATE TABLE kind (
	kind             INTEGER PRIMARY KEY,
	environment      INTEGER NOT NULL,
	environment_name TEXT    NOT NULL,
	project_id       TEXT    NOT NULL,
	project          TEXT    NOT NULL,
	state            TEXT    NOT NULL,
	life_cycle       TEXT    NOT NULL,
	seal             INTEGER NOT NULL,
	UNIQUE (environment, environment_name, project_id, project, state, life_cycle)
) STRICT;

CREATE TABLE deployment (
	deployment  INTEGER PRIMARY KEY,
	source      INTEGER NOT NULL,
	environment INTEGER NOT NULL,
	id          ANY     NOT NULL, -- an integer where it is one
	kind        INTEGER NOT NULL,
	latest      INTEGER NOT NULL, -- of its dates; 9223372036854775807: it had not ended
	started     ANY,
	executed    ANY,
	finished    ANY,
	version     TEXT    NOT NULL,
	url         TEXT    NOT NULL,
	first_seen  ANY,
	changed     ANY,              -- when it was last seen to differ
	seal        INTEGER NOT NULL,
	UNIQUE (environment, id)
) STRICT;

CREATE INDEX running ON deployment (environment) WHERE latest = 9223372036854775807;

-- All that judging needs, once more, of up to sixty deployments in one value.
CREATE TABLE block (
	block      INTEGER PRIMARY KEY,
	source     INTEGER NOT NULL,
	latest     INTEGER NOT NULL, -- of its last deployment
	deployment INTEGER NOT NULL, -- likewise
	dated      BLOB    NOT NULL, -- see dated.go
	UNIQUE (source, latest, deployment)
) STRICT;

-- The last counter.cue that was accepted, and what it evaluated to.
CREATE TABLE last_good (
	last_good INTEGER PRIMARY KEY CHECK (last_good = 1),
	path      TEXT NOT NULL,
	file      BLOB NOT NULL,
	hash      TEXT NOT NULL,
	config    BLOB NOT NULL,
	program   TEXT NOT NULL,
	saved     ANY,
	seal      INTEGER NOT NULL
) STRICT;

-- The login that was refused, so that it is not sent again.
CREATE TABLE latch (
	latch INTEGER PRIMARY KEY CHECK (latch = 1),
	value BLOB NOT NULL,
	seal  INTEGER NOT NULL
) STRICT;

CREATE VIEW deployments AS
SELECT s.key AS source, k.project_id, k.project, e.id AS environment_id, k.environment_name AS environment,
	d.id, d.version, k.state, k.life_cycle,
	CASE typeof(d.started) WHEN 'integer' THEN strftime('%Y-%m-%dT%H:%M:%fZ', d.started / 1e9, 'unixepoch') ELSE d.started END AS started,
	CASE typeof(d.executed) WHEN 'integer' THEN strftime('%Y-%m-%dT%H:%M:%fZ', d.executed / 1e9, 'unixepoch') ELSE d.executed END AS executed,
	CASE typeof(d.finished) WHEN 'integer' THEN strftime('%Y-%m-%dT%H:%M:%fZ', d.finished / 1e9, 'unixepoch') ELSE d.finished END AS finished,
	d.url
FROM deployment d
JOIN source s ON s.source = d.source
JOIN environment e ON e.environment = d.environment
JOIN kind k ON k.kind = d.kind;

-- The history, version 2. Anybody who may read the file can query it:
--
--	sqlite3 -readonly history.db \
--		'SELECT started, environment, version, state FROM deployments ORDER BY started DESC LIMIT 10'
--
-- The view deployments, at the end, has one row for each run, with names and with times as
-- text. The tables are
--
--	source            what is read: a Bamboo, or a file
--	  environment     its targets
--	    former_name   their other names
--	    run           the deployments into them
--	    unusable      records that could not be read into a run
--	last_good         the last counter.cue that was accepted
--	lockout           logins that a server refused
--
-- Instants are nanoseconds since 1970-01-01 UTC, NULL where there is none. One that does
-- not fit (before 1677 or after 2262) is the text "seconds.nanoseconds". Yes and no are 1
-- and 0. Another version of the history has another file in this directory.

-- What is known of a source: its name in the policy, and its address without the scheme
-- or the absolute path of its file.
CREATE TABLE source (
	source     INTEGER PRIMARY KEY,
	name       TEXT NOT NULL,
	address    TEXT NOT NULL,
	first_read ANY,           -- when the first poll began that read the source whole
	good       ANY,           -- when the last such poll began; may be an hour behind
	failed     ANY,           -- when the last poll went wrong, if after good; likewise
	failure    TEXT NOT NULL, -- why
	selection  TEXT NOT NULL, -- what the last good poll selected, as JSON
	UNIQUE (name, address)
) STRICT;

-- A target of deployments. Its id is its identity, the names are those of today.
CREATE TABLE environment (
	environment   INTEGER PRIMARY KEY,
	source        INTEGER NOT NULL REFERENCES source,
	id            TEXT    NOT NULL, -- of the source
	name          TEXT    NOT NULL,
	project_id    TEXT    NOT NULL,
	project       TEXT    NOT NULL,
	complete_from ANY,              -- from then on every run is known
	exhausted     INTEGER NOT NULL, -- the source's list was read to its end
	partial       INTEGER NOT NULL, -- the first reading goes on: it came to complete_from
	read          ANY,              -- when the last poll began that read it whole; may be an hour behind
	gone          INTEGER NOT NULL, -- the last complete list of the source lacked it
	retired       INTEGER NOT NULL, -- a person said that it is gone for good
	first_seen    ANY,              -- when it was first listed
	UNIQUE (source, id)
) STRICT;

-- Other names that an environment or its project had; number counts them.
CREATE TABLE former_name (
	environment INTEGER NOT NULL REFERENCES environment,
	of          TEXT    NOT NULL, -- 'environment' or 'project'
	number      INTEGER NOT NULL,
	name        TEXT    NOT NULL,
	PRIMARY KEY (environment, of, number)
) STRICT, WITHOUT ROWID;

-- A deployment. A source may give one id to several runs, so start is part of its name.
CREATE TABLE run (
	environment      INTEGER NOT NULL REFERENCES environment,
	id               TEXT    NOT NULL, -- of the source
	start            INTEGER NOT NULL, -- executed, else started, else finished, in seconds since 1970; -62135596800: none of them
	started          ANY,              -- a person or a build triggered it
	executed         ANY,              -- an agent began
	finished         ANY,
	state            TEXT    NOT NULL, -- as the source gave it, in upper case
	life_cycle       TEXT    NOT NULL, -- likewise
	outcomes         INTEGER NOT NULL, -- sum of those it had before: 1 success, 2 failed, 4 not built, 8 unknown
	seen_running     ANY,              -- when a poll last saw it running
	denied           INTEGER NOT NULL, -- seen running, then denied or vanished: it ended at seen_running
	version          TEXT    NOT NULL, -- name of the release, as first seen
	url              TEXT    NOT NULL, -- page for people
	environment_name TEXT    NOT NULL, -- as first seen, which may be a former name
	project_id       TEXT    NOT NULL,
	project          TEXT    NOT NULL, -- as first seen
	first_seen       ANY,              -- when the poll began that brought it; of an import the last poll before it
	PRIMARY KEY (environment, id, start)
) STRICT, WITHOUT ROWID;

-- Records of a source that cannot be judged; number counts those of an environment.
CREATE TABLE unusable (
	environment INTEGER NOT NULL REFERENCES environment,
	number      INTEGER NOT NULL,
	id          TEXT    NOT NULL,
	field       TEXT    NOT NULL, -- as the source names it
	value       TEXT    NOT NULL,
	hint        TEXT    NOT NULL, -- what may be wrong
	PRIMARY KEY (environment, number)
) STRICT, WITHOUT ROWID;

-- The last counter.cue that was accepted, one row at most.
CREATE TABLE last_good (
	last_good INTEGER PRIMARY KEY CHECK (last_good = 1),
	path      TEXT NOT NULL,
	file      BLOB NOT NULL, -- as it was saved
	hash      TEXT NOT NULL, -- of the file
	config    BLOB NOT NULL, -- what it evaluated to
	program   TEXT NOT NULL, -- version of the program that evaluated it
	saved     ANY
) STRICT;

-- Logins that a server refused, so that they are not sent again. There is no secret here.
CREATE TABLE lockout (
	fingerprint TEXT    PRIMARY KEY, -- SHA-256 over server and login, in hex
	status      INTEGER NOT NULL,    -- 401 or 403
	at          ANY                  -- when
) STRICT, WITHOUT ROWID;

-- The runs, with times as text in UTC.
CREATE VIEW deployments AS
SELECT s.name AS source, s.address, r.project_id, r.project, e.id AS environment_id, r.environment_name AS environment,
	r.id, r.version, r.state, r.life_cycle,
	CASE typeof(r.started) WHEN 'integer' THEN strftime('%Y-%m-%dT%H:%M:%fZ', r.started / 1e9, 'unixepoch') ELSE r.started END AS started,
	CASE typeof(r.executed) WHEN 'integer' THEN strftime('%Y-%m-%dT%H:%M:%fZ', r.executed / 1e9, 'unixepoch') ELSE r.executed END AS executed,
	CASE typeof(r.finished) WHEN 'integer' THEN strftime('%Y-%m-%dT%H:%M:%fZ', r.finished / 1e9, 'unixepoch') ELSE r.finished END AS finished,
	CASE typeof(r.seen_running) WHEN 'integer' THEN strftime('%Y-%m-%dT%H:%M:%fZ', r.seen_running / 1e9, 'unixepoch') ELSE r.seen_running END AS seen_running,
	r.denied, r.url
FROM run r
JOIN environment e ON e.environment = r.environment
JOIN source s ON s.source = e.source;

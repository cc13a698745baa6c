-- Version 1 to 2, before the tables of version 2 are made: what has a name that they need
-- is kept in the connection's memory. A key was "NAME ADDRESS".

CREATE TEMP TABLE v1_source AS
SELECT source, polled, failed, failure, name,
	CASE WHEN name <> 'file' AND instr(rest, '://') > 0 THEN substr(rest, instr(rest, '://') + 3) ELSE rest END AS address
FROM (
	SELECT *, CASE instr(key, ' ') WHEN 0 THEN key ELSE substr(key, 1, instr(key, ' ') - 1) END AS name,
		CASE instr(key, ' ') WHEN 0 THEN '' ELSE substr(key, instr(key, ' ') + 1) END AS rest
	FROM main.source
);
CREATE TEMP TABLE v1_environment AS SELECT * FROM main.environment;
CREATE TEMP TABLE v1_last_good AS SELECT path, file, hash, config, program, saved FROM main.last_good;

DROP VIEW main.deployments;
DROP TABLE main.source;
DROP TABLE main.environment;
DROP TABLE main.last_good;

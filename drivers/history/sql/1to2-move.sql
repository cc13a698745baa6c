-- Version 1 to 2, after the tables of version 2 were made.
--
-- Two sources of version 1 that differ in http and https are one now: of what both have,
-- the one that was polled later, read whole, or ended counts. A row that refers to none
-- breaks a constraint, which undoes it all.

INSERT INTO source (source, name, address, first_read, good, failed, failure, selection)
SELECT s.source, s.name, s.address,
	CASE WHEN s.polled IS NOT NULL THEN coalesce(
		(SELECT min(e.first_seen) FROM v1_environment e JOIN v1_source o ON o.source = e.source WHERE o.name = s.name AND o.address = s.address),
		s.polled) END,
	s.polled,
	CASE WHEN s.polled IS NULL OR s.failed > s.polled THEN s.failed END,
	CASE WHEN s.polled IS NULL OR s.failed > s.polled THEN s.failure ELSE '' END,
	''
FROM (SELECT *, row_number() OVER (PARTITION BY name, address ORDER BY polled DESC, source) AS nth FROM v1_source) s
WHERE s.nth = 1
ORDER BY s.source;

-- Which environment each of version 1 is now.
CREATE TEMP TABLE v1_now AS
SELECT e.environment AS was, n.source,
	first_value(e.environment) OVER same AS environment, min(e.first_seen) OVER (PARTITION BY n.source, e.id) AS first_seen
FROM v1_environment e
LEFT JOIN v1_source o ON o.source = e.source
LEFT JOIN source n ON n.name = o.name AND n.address = o.address
WINDOW same AS (PARTITION BY n.source, e.id ORDER BY e.known DESC, e.last_seen DESC, e.environment);

INSERT INTO environment (environment, source, id, name, project_id, project, complete_from, exhausted, partial, read, gone, retired, first_seen)
SELECT e.environment, n.source, e.id, e.name, e.project_id, e.project, e.complete_from, e.exhausted, e.known = 0,
	CASE WHEN e.known THEN e.last_seen END, 0, 0, n.first_seen
FROM v1_now n JOIN v1_environment e ON e.environment = n.was
WHERE n.was = n.environment;

-- Names that deployments were first seen with, and that are not those of today.
INSERT INTO former_name (environment, of, number, name)
SELECT environment, of, row_number() OVER (PARTITION BY environment, of ORDER BY min(kind)), name
FROM (
	SELECT n.environment, 'environment' AS of, k.kind, k.environment_name AS name FROM kind k JOIN v1_now n ON n.was = k.environment
	UNION ALL
	SELECT n.environment, 'project', k.kind, k.project FROM kind k JOIN v1_now n ON n.was = k.environment
) f
WHERE name <> '' AND name <> (SELECT iif(f.of = 'project', e.project, e.name) FROM environment e WHERE e.environment = f.environment)
GROUP BY environment, of, name;

-- One that had not ended was running when it was last written.
INSERT INTO run (environment, id, start, started, executed, finished, state, life_cycle, outcomes, seen_running, denied,
	version, url, environment_name, project_id, project, first_seen)
SELECT environment, id, start, started, executed, finished, state, life_cycle, 0, iif(ended OR executed IS NULL, NULL, changed), 0,
	version, url, environment_name, project_id, project, first_seen
FROM (
	SELECT *, row_number() OVER (PARTITION BY environment, id, start ORDER BY ended DESC, changed DESC) AS nth
	FROM (
		SELECT n.environment, CAST(d.id AS TEXT) AS id, d.latest <> 9223372036854775807 AS ended, d.started, d.executed, d.finished,
			d.version, d.url, d.first_seen, d.changed, k.environment_name, k.project_id, k.project, k.state, k.life_cycle,
			CASE typeof(coalesce(d.executed, d.started, d.finished))
			WHEN 'integer' THEN coalesce(d.executed, d.started, d.finished) / 1000000000 - (coalesce(d.executed, d.started, d.finished) % 1000000000 < 0)
			WHEN 'text' THEN CAST(coalesce(d.executed, d.started, d.finished) AS INTEGER)
			WHEN 'null' THEN -62135596800 END AS start
		FROM deployment d
		LEFT JOIN kind k ON k.kind = d.kind
		LEFT JOIN v1_now n ON n.was = d.environment
	)
)
WHERE nth = 1;

INSERT INTO last_good (last_good, path, file, hash, config, program, saved) SELECT 1, path, file, hash, config, program, saved FROM v1_last_good;

-- The latch is a list in JSON. Of anything else nothing can be told, as before.
INSERT INTO lockout (fingerprint, status, at)
SELECT j.value ->> 'fingerprint', j.value ->> 'status', unixepoch(j.value ->> 'at') * 1000000000
FROM latch l, json_each(iif(json_valid(CAST(l.value AS TEXT)), CAST(l.value AS TEXT), '[]')) j
WHERE j.type = 'object' AND j.value ->> 'fingerprint' IS NOT NULL AND j.value ->> 'status' IS NOT NULL;

DROP TABLE main.ledger;
DROP TABLE main.kind;
DROP TABLE main.deployment;
DROP TABLE main.block;
DROP TABLE main.latch;
DROP TABLE temp.v1_source;
DROP TABLE temp.v1_environment;
DROP TABLE temp.v1_now;
DROP TABLE temp.v1_last_good;

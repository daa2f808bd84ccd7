-- The index of bangerlog; docs/schema.md describes the views.
-- Times are nanoseconds since 1970 UTC, durations nanoseconds.

CREATE TABLE input (
  id INTEGER PRIMARY KEY,
  path TEXT NOT NULL,
  dev INTEGER,
  ino INTEGER,
  offset INTEGER NOT NULL DEFAULT 0,
  lines INTEGER NOT NULL DEFAULT 0,
  read_ns INTEGER NOT NULL,
  head_len INTEGER NOT NULL DEFAULT 0,
  head_hash INTEGER NOT NULL DEFAULT 0,
  resume_offset INTEGER NOT NULL DEFAULT 0,
  resume_lines INTEGER NOT NULL DEFAULT 0,
  cursor TEXT
);
CREATE INDEX input_file ON input (dev, ino);

CREATE TABLE run (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  emitter TEXT NOT NULL DEFAULT '',
  first_ns INTEGER,
  last_ns INTEGER,
  start_ns INTEGER
);

CREATE TABLE record (
  id INTEGER PRIMARY KEY,
  run INTEGER REFERENCES run,
  seq INTEGER,
  hash INTEGER,
  ord INTEGER,
  op_id TEXT,
  time_ns INTEGER,
  time_from INTEGER NOT NULL,
  kind TEXT NOT NULL,
  flags INTEGER NOT NULL DEFAULT 0,
  level INTEGER,
  msg TEXT,
  unit TEXT,
  boot TEXT,
  real_ns INTEGER,
  mono_ns INTEGER,
  pid INTEGER,
  priority INTEGER,
  input INTEGER NOT NULL REFERENCES input,
  offset INTEGER NOT NULL,
  raw BLOB NOT NULL
);
CREATE UNIQUE INDEX record_seq ON record (run, seq) WHERE run IS NOT NULL;
CREATE UNIQUE INDEX record_hash ON record (hash, ord) WHERE hash IS NOT NULL;
CREATE INDEX record_op ON record (op_id) WHERE op_id IS NOT NULL;
CREATE INDEX record_time ON record (time_ns);
CREATE INDEX record_torn ON record (input) WHERE kind = 'torn';
CREATE INDEX record_dropped ON record (time_ns)
  WHERE msg = 'log records dropped';
CREATE INDEX record_unread ON record (time_ns) WHERE kind IN ('bad', 'torn');

CREATE TABLE op (
  op_id TEXT PRIMARY KEY,
  operation TEXT,
  status TEXT NOT NULL,
  start_ns INTEGER NOT NULL,
  start_known INTEGER NOT NULL,
  duration_ns INTEGER,
  unaccounted_ns INTEGER,
  last_ns INTEGER NOT NULL,
  stage TEXT,
  error TEXT,
  code TEXT,
  vm_id TEXT,
  vm_name TEXT,
  image_id TEXT,
  image_name TEXT,
  records INTEGER NOT NULL,
  conflict INTEGER NOT NULL,
  reads INTEGER NOT NULL,
  run TEXT
) WITHOUT ROWID;
CREATE INDEX op_start ON op (start_ns);
CREATE INDEX op_running ON op (last_ns) WHERE status = 'running';

CREATE TABLE stage (
  op_id TEXT NOT NULL REFERENCES op,
  n INTEGER NOT NULL,
  stage TEXT,
  start_ns INTEGER NOT NULL,
  duration_ns INTEGER,
  failed INTEGER NOT NULL,
  PRIMARY KEY (op_id, n)
) WITHOUT ROWID;

CREATE TABLE call (
  op_id TEXT NOT NULL REFERENCES op,
  n INTEGER NOT NULL,
  stage_n INTEGER,
  method TEXT,
  call INTEGER,
  start_ns INTEGER NOT NULL,
  duration_ns INTEGER,
  failed INTEGER NOT NULL,
  error TEXT,
  code TEXT,
  PRIMARY KEY (op_id, n)
) WITHOUT ROWID;

CREATE TABLE gap (
  id INTEGER PRIMARY KEY,
  reason TEXT NOT NULL,
  input INTEGER REFERENCES input,
  at_ns INTEGER NOT NULL,
  detail TEXT,
  unit TEXT,
  n INTEGER
);

CREATE VIEW ops AS
SELECT op_id, operation, status,
  strftime('%Y-%m-%dT%H:%M:%f', start_ns / 1e9, 'unixepoch') || 'Z' AS started,
  start_ns AS started_ns, duration_ns / 1e6 AS duration_ms,
  unaccounted_ns / 1e6 AS unaccounted_ms, stage, error, code,
  vm_id, vm_name, image_id, image_name, records, conflict, run
FROM op;

CREATE VIEW stages AS
SELECT op_id, n, stage, start_ns / 1e6 AS start_ms,
  duration_ns / 1e6 AS duration_ms, failed
FROM stage;

CREATE VIEW helper_calls AS
SELECT c.op_id, c.n, s.stage, c.method, c.call,
  c.start_ns / 1e6 AS start_ms, c.duration_ns / 1e6 AS duration_ms,
  CASE c.failed WHEN 0 THEN 'completed' ELSE 'failed' END AS status,
  c.error, c.code
FROM call c LEFT JOIN stage s ON s.op_id = c.op_id AND s.n = c.stage_n;

CREATE VIEW records AS
SELECT r.id, r.op_id,
  strftime('%Y-%m-%dT%H:%M:%f', r.time_ns / 1e9, 'unixepoch') || 'Z' AS time,
  r.time_ns, r.kind, r.level, r.msg, u.name AS run, r.seq, r.unit, r.pid,
  i.path AS input, r.offset, CAST(r.raw AS TEXT) AS line
FROM record r JOIN input i ON i.id = r.input LEFT JOIN run u ON u.id = r.run;

-- What is not here: between two lines of a run, in an entry whose text was
-- withheld, in a line cut for its length, where reading failed, and where
-- journald says that it dropped lines.
CREATE VIEW gaps AS
SELECT 'seq' AS reason, u.name AS run, u.emitter AS unit, s.after + 1 AS
  from_seq, s.seq - 1 AS to_seq, s.seq - s.after - 1 AS n, s.time_ns,
  NULL AS detail
FROM (SELECT run, seq, time_ns,
    lag(seq) OVER (PARTITION BY run ORDER BY seq) AS after
  FROM record WHERE run IS NOT NULL) s
JOIN run u ON u.id = s.run
WHERE s.seq > s.after + 1
UNION ALL
SELECT CASE WHEN flags & 32 THEN 'withheld' ELSE 'cut' END, NULL, unit,
  NULL, NULL, 1, time_ns, NULL
FROM record WHERE flags & 40
UNION ALL
SELECT reason, NULL, unit, NULL, NULL, n, at_ns, detail FROM gap;

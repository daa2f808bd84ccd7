-- The index of bangerlog; docs/schema.md describes the views.
-- Times are nanoseconds since 1970 UTC, durations nanoseconds.

CREATE TABLE IF NOT EXISTS input (
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
CREATE INDEX IF NOT EXISTS input_file ON input (dev, ino);

CREATE TABLE IF NOT EXISTS run (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  emitter TEXT NOT NULL DEFAULT '',
  first_ns INTEGER,
  last_ns INTEGER,
  start_ns INTEGER
);

-- Which numbers of a run are here, without a hole in between.
CREATE TABLE IF NOT EXISTS span (
  run INTEGER NOT NULL REFERENCES run,
  from_seq INTEGER NOT NULL,
  to_seq INTEGER NOT NULL,
  first_ns INTEGER NOT NULL,
  last_ns INTEGER NOT NULL,
  PRIMARY KEY (run, from_seq)
) WITHOUT ROWID;

-- What packed lines have in common (codebook.h).
CREATE TABLE IF NOT EXISTS code (
  kind INTEGER NOT NULL,
  n INTEGER NOT NULL,
  text BLOB NOT NULL,
  PRIMARY KEY (kind, n)
) WITHOUT ROWID;

-- The lines that are not packed with their operation.
CREATE TABLE IF NOT EXISTS record (
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
  raw BLOB NOT NULL,
  other_op TEXT
);
CREATE UNIQUE INDEX IF NOT EXISTS record_seq ON record (run, seq) WHERE run IS NOT NULL;
CREATE UNIQUE INDEX IF NOT EXISTS record_hash ON record (hash, ord) WHERE hash IS NOT NULL;
CREATE INDEX IF NOT EXISTS record_op ON record (op_id) WHERE op_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS record_other_op ON record (other_op) WHERE other_op IS NOT NULL;
CREATE INDEX IF NOT EXISTS record_time ON record (time_ns);
CREATE INDEX IF NOT EXISTS record_torn ON record (input) WHERE kind = 'torn';
CREATE INDEX IF NOT EXISTS record_dropped ON record (time_ns)
  WHERE msg = 'log records dropped';
CREATE INDEX IF NOT EXISTS record_unread ON record (time_ns) WHERE kind IN ('bad', 'torn');

-- stages: [name, start, duration, failed] each; calls: [method, number, stage,
-- start, duration, failed, error, code] each; in microseconds.
CREATE TABLE IF NOT EXISTS op (
  id INTEGER PRIMARY KEY,
  op_id TEXT NOT NULL,
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
  run TEXT,
  stages TEXT,
  calls TEXT,
  lines BLOB
);
CREATE UNIQUE INDEX IF NOT EXISTS op_id ON op (op_id);
-- What statistics of whole operations, and most filters, ask of an operation:
-- a tenth of what lies in its row.
CREATE INDEX IF NOT EXISTS op_start ON op (start_ns, duration_ns, status, reads,
  operation, vm_name);
CREATE INDEX IF NOT EXISTS op_bad ON op (operation, start_ns)
  WHERE status NOT IN ('running', 'completed');
CREATE INDEX IF NOT EXISTS op_failed ON op (start_ns)
  WHERE error IS NOT NULL OR status = 'failed';
CREATE INDEX IF NOT EXISTS op_running ON op (last_ns) WHERE status = 'running';

-- Of each hour (since 1970), kind (summary.h) and name: how many durations, in
-- microseconds, and how many of them lie in each bucket (summary_hist.h).
CREATE TABLE IF NOT EXISTS summary (
  kind INTEGER NOT NULL,
  hour INTEGER NOT NULL,
  operation TEXT NOT NULL,
  name TEXT NOT NULL,
  method TEXT NOT NULL,
  n INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  sum_us INTEGER NOT NULL,
  max_us INTEGER NOT NULL,
  counts BLOB NOT NULL,
  PRIMARY KEY (kind, hour, operation, name, method)
) WITHOUT ROWID;

-- What prune has removed: lines before that time, and errors of operations.
CREATE TABLE IF NOT EXISTS pruned (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  before_ns INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS pruned_error (
  operation TEXT NOT NULL,
  stage TEXT NOT NULL,
  text TEXT NOT NULL,
  n INTEGER NOT NULL,
  first_ns INTEGER NOT NULL,
  last_ns INTEGER NOT NULL,
  PRIMARY KEY (operation, stage, text)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS gap (
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

CREATE VIEW summaries AS
SELECT strftime('%Y-%m-%dT%H:00:00Z', hour * 3600, 'unixepoch') AS hour,
  CASE kind WHEN 0 THEN 'operation' WHEN 1 THEN 'unaccounted' WHEN 2 THEN
    'stage' WHEN 3 THEN 'helper' WHEN 4 THEN 'image' END AS kind,
  nullif(operation, '') AS operation,
  CASE WHEN kind IN (2, 3) THEN nullif(name, '') END AS stage,
  CASE WHEN kind = 3 THEN nullif(method, '') END AS method,
  CASE WHEN kind = 4 THEN name END AS image_name,
  n, failed, sum_us / 1e3 AS total_ms, max_us / 1e3 AS max_ms
FROM summary;

-- Nested json_each(): the other functions of JSON are not for the views of a
-- file that is not trusted, as SQLite 3.40 sees them.
CREATE VIEW stages AS
SELECT o.op_id, s.key AS n,
  (SELECT value FROM json_each(s.value) WHERE key = 0) AS stage,
  (SELECT value FROM json_each(s.value) WHERE key = 1) / 1e3 AS start_ms,
  (SELECT value FROM json_each(s.value) WHERE key = 2) / 1e3 AS duration_ms,
  (SELECT value FROM json_each(s.value) WHERE key = 3) AS failed
FROM op o, json_each(o.stages) s;

CREATE VIEW helper_calls AS
SELECT o.op_id, c.key AS n,
  (SELECT value FROM json_each((SELECT value FROM json_each(o.stages)
    WHERE key = (SELECT value FROM json_each(c.value) WHERE key = 2)))
    WHERE key = 0) AS stage,
  (SELECT value FROM json_each(c.value) WHERE key = 0) AS method,
  (SELECT value FROM json_each(c.value) WHERE key = 1) AS call,
  (SELECT value FROM json_each(c.value) WHERE key = 3) / 1e3 AS start_ms,
  (SELECT value FROM json_each(c.value) WHERE key = 4) / 1e3 AS duration_ms,
  CASE (SELECT value FROM json_each(c.value) WHERE key = 5)
    WHEN 0 THEN 'completed' ELSE 'failed' END AS status,
  (SELECT value FROM json_each(c.value) WHERE key = 6) AS error,
  (SELECT value FROM json_each(c.value) WHERE key = 7) AS code
FROM op o, json_each(o.calls) c;

-- Needs a function of bangerlog: `bangerlog sql`.
CREATE VIEW records AS
SELECT r.op_id,
  strftime('%Y-%m-%dT%H:%M:%f', r.time_ns / 1e9, 'unixepoch') || 'Z' AS time,
  r.time_ns, r.kind, r.level, r.msg, u.name AS run, r.seq, r.unit, r.pid,
  i.path AS input, r.offset, CAST(banger_raw(r.raw) AS TEXT) AS line,
  nullif(trim(iif(r.flags & 1, 'dup', '') || iif(r.flags & 2, ' two_ops', '') ||
    iif(r.flags & 4, ' odd_op', '') || iif(r.flags & 8, ' cut', '') ||
    iif(r.flags & 128, ' note', '') || iif(r.flags & 512, ' joined', '') ||
    iif(r.flags & 1024, ' slog_err', '')), '') AS flags,
  r.other_op
FROM record r JOIN input i ON i.id = r.input LEFT JOIN run u ON u.id = r.run
UNION ALL
SELECT l.op_id,
  strftime('%Y-%m-%dT%H:%M:%f', l.time_ns / 1e9, 'unixepoch') || 'Z',
  l.time_ns, l.kind, l.level, l.msg, l.run, l.seq, l.unit, l.pid, i.path,
  l.offset, l.line, NULL, NULL
FROM (SELECT o.op_id,
    (SELECT value FROM json_each(l.value) WHERE key = 'time_ns') AS time_ns,
    (SELECT value FROM json_each(l.value) WHERE key = 'kind') AS kind,
    (SELECT value FROM json_each(l.value) WHERE key = 'level') AS level,
    (SELECT value FROM json_each(l.value) WHERE key = 'msg') AS msg,
    (SELECT value FROM json_each(l.value) WHERE key = 'run') AS run,
    (SELECT value FROM json_each(l.value) WHERE key = 'seq') AS seq,
    (SELECT value FROM json_each(l.value) WHERE key = 'unit') AS unit,
    (SELECT value FROM json_each(l.value) WHERE key = 'pid') AS pid,
    (SELECT value FROM json_each(l.value) WHERE key = 'input') AS input,
    (SELECT value FROM json_each(l.value) WHERE key = 'offset') AS offset,
    (SELECT value FROM json_each(l.value) WHERE key = 'line') AS line
  FROM op o, json_each(banger_lines(o.lines)) l) l
JOIN input i ON i.id = l.input;

-- What is not here: between two lines of a run, in an entry whose text was
-- withheld, in a line cut for its length, where reading failed, and where
-- journald says that it dropped lines.
CREATE VIEW gaps AS
SELECT 'seq' AS reason, u.name AS run, u.emitter AS unit, s.after + 1 AS
  from_seq, s.from_seq - 1 AS to_seq, s.from_seq - s.after - 1 AS n,
  nullif(s.first_ns, 0) AS time_ns, NULL AS detail
FROM (SELECT run, from_seq, first_ns,
    lag(to_seq) OVER (PARTITION BY run ORDER BY from_seq) AS after
  FROM span) s
JOIN run u ON u.id = s.run
WHERE s.after IS NOT NULL
UNION ALL
SELECT CASE WHEN flags & 2048 THEN 'withheld' WHEN flags & 32
  THEN 'oversize-null' ELSE 'cut' END, NULL, unit,
  NULL, NULL, 1, time_ns, NULL
FROM record WHERE flags & 40
UNION ALL
SELECT reason, NULL, unit, NULL, NULL, n, at_ns, detail FROM gap;

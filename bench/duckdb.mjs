// SPDX-License-Identifier: ISC
// duckdb.mjs FILE DB OP [lines]: what somebody with DuckDB at hand would write
// to ask about operations: reads `journalctl -o json` into a table of the
// attributes that an operation is told by, with an index on op_id; with "lines"
// into one of the lines themselves and their op_id, as our index gives the
// lines back too.  Prints how many records that operation has.
import { createRequire } from "node:module";
import { join } from "node:path";

// The package is where BENCH_NODE says, not beside this file.
const require = createRequire(join(process.env.BENCH_NODE, "package.json"));
const { DuckDBInstance } = require("@duckdb/node-api");

const [file, db, op, lines] = process.argv.slice(2);
const quoted = (s) => `'${s.replaceAll("'", "''")}'`;
const attributes = JSON.stringify({
	time: "VARCHAR",
	level: "VARCHAR",
	msg: "VARCHAR",
	run: "VARCHAR",
	seq: "BIGINT",
	operation: "VARCHAR",
	op_id: "VARCHAR",
	vm_name: "VARCHAR",
	stage: "VARCHAR",
	duration_ms: "DOUBLE",
});

const columns = lines
	? "message, json_extract_string(message, '$.op_id') AS op_id"
	: `unnest(from_json(message, ${quoted(attributes)}))`;

const instance = await DuckDBInstance.create(db);
const con = await instance.connect();
await con.run(`CREATE TABLE record AS
	SELECT unit, ${columns}
	FROM (SELECT MESSAGE AS message, _SYSTEMD_UNIT AS unit
		FROM read_json(${quoted(file)}, format = 'newline_delimited',
			columns = {MESSAGE: 'VARCHAR',
				_SYSTEMD_UNIT: 'VARCHAR'}))`);
await con.run("CREATE INDEX record_op ON record (op_id)");
await con.run("CHECKPOINT");
const answer = await con.runAndReadAll(
	`SELECT count(*) FROM record WHERE op_id = ${quoted(op)}`);
console.log(String(answer.getRows()[0][0]));

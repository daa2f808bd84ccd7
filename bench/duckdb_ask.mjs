// SPDX-License-Identifier: ISC
// duckdb_ask.mjs DB QUERY: asks a table that duckdb.mjs has made, and prints a
// row a line.
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(join(process.env.BENCH_NODE, "package.json"));
const { DuckDBInstance } = require("@duckdb/node-api");

const [db, query] = process.argv.slice(2);
const instance = await DuckDBInstance.create(db, { access_mode: "READ_ONLY" });
const con = await instance.connect();
const answer = await con.runAndReadAll(query);
for (const row of answer.getRows())
	console.log(row.map(String).join("\t"));

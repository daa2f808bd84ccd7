#!/bin/bash
# SPDX-License-Identifier: ISC
# bangerlog sql: any question, nothing changed, nothing unsafe on a terminal;
# and plain SQLite can read every view but that of the lines.
. "$(dirname "$0")"/harness.sh

bangerlog index "$DATA"/start.daemon.jsonl "$DATA"/start.helper.jsonl \
	"$DATA"/hostile.jsonl >/dev/null || fail "index"
expect_eq "$(cat "$DATA"/start.{daemon,helper}.jsonl | jq -c .seq | sort)" \
	"$(bangerlog sql "SELECT seq FROM records WHERE input LIKE '%start%'" |
		sort)" "every line"
expect_eq '{"op_id":"op-7f00000000000001","d":2163.25,"a \"q\"\u000a":null}' \
	"$(bangerlog sql --format json 'SELECT op_id, duration_ms AS d, NULL AS
	"a ""q""
" FROM ops WHERE vm_name = '"'web-1'")" "json"
expect_eq 'op-7f00000000000001	2163.25	' "$(bangerlog sql 'SELECT op_id,
	duration_ms, NULL FROM ops WHERE vm_name = '"'web-1'")" "text"
expect_eq '\x1b[31mred\n' "$(bangerlog sql \
	"SELECT char(27) || '[31mred' || char(10)")" "escaped"
expect_eq '"\u001b[31m"' "$(bangerlog sql --format json \
	'SELECT char(27) || '"'[31m' AS x" | cut -d : -f 2 | tr -d '}')" "json too"

# Only one question, and no change.
for query in 'DELETE FROM op' 'DROP TABLE op' 'PRAGMA user_version = 9' \
	'CREATE TABLE t (x)' 'SELECT 1; SELECT 2' '' 'SELECT' \
	"ATTACH '$T/other.db' AS o"; do
	expect_status 1 bangerlog sql "$query"
done
[ ! -e "$T/other.db" ] || fail "a file was made"
expect_eq 7 "$(sqlite3 -readonly "$BANGERLOG_DB" 'PRAGMA user_version')" \
	"user_version"

# Other tools.
for view in ops stages helper_calls gaps; do
	expect_eq "$(bangerlog sql "SELECT count(*) FROM $view")" \
		"$(sqlite3 -readonly "$BANGERLOG_DB" \
			"SELECT count(*) FROM $view")" "$view"
done
expect_status 1 sqlite3 -readonly "$BANGERLOG_DB" 'SELECT * FROM records'
expect_match 'banger_lines' "$OUT" "what is missing"

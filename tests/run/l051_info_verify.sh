#!/bin/bash
# SPDX-License-Identifier: ISC
# bangerlog info and verify: an index that is sound, and each way in which it
# can be made to say what its lines do not.
. "$(dirname "$0")"/harness.sh

mkdir "$T/log"
cp "$DATA"/{start.daemon,start.helper,failed,hostile,two,journal,torn,clock-step,empty}.jsonl \
	"$T/log"
for file in "$T"/log/*.jsonl; do
	bangerlog index "$file" >/dev/null || fail "index $file"
done
bangerlog index - <"$DATA/top_flight.jsonl" >/dev/null || fail "index -"

# Every way for an operation to end, or not to.
line() {
	printf '{"time":"2026-04-26T%s:00Z","level":"INFO","msg":"%s","run":"%s","seq":%d,"operation":"vm.stop","op_id":"op-%s000000000000"%s}\n' \
		"$@"
}
{
	line 20:00 "operation started" 000000e2 3 1057 ''
	line 22:10 "operation started" 000000e1 3 ca9c ''
	line 22:11 "operation failed" 000000e1 4 ca9c ',"duration_ms":60000,"error":"gone","code":"canceled"'
	line 22:12 "operation started" 000000e1 5 19e1 ''
	line 22:13 "operation started" 000000e1 6 19e2 ''
	printf '{"time":"2026-04-26T22:14:00Z","level":"INFO","msg":"daemon started","run":"000000e2","seq":1,"version":"1"}\n'
	line 22:14 "operation failed" 000000e2 2 19e1 ',"error":"it died","code":"interrupted"'
	line 22:14 "operation started" 000000e2 5 2099 ''
} >"$T/ends"
bangerlog index --db "$T/ends.db" "$T/ends" >/dev/null || fail "index ends"
expect_eq 'canceled interrupted interrupted lost running' "$(bangerlog sql \
	--db "$T/ends.db" 'SELECT status FROM ops ORDER BY 1' | xargs)" "the ends"
expect_status 0 bangerlog verify --deep --db "$T/ends.db"
expect_eq '[5,1,2,1]' "$(bangerlog info --db "$T/ends.db" --format json |
	jq -c '[.operations, .running, .runs, .gaps]')" "info of them"

# ---- info ------------------------------------------------------------------

json=$(bangerlog info --format json)
expect_eq "[\"$T/index.db\",$(bangerlog sql 'SELECT count(*) FROM ops'),$(bangerlog \
	sql "SELECT count(*) FROM ops WHERE status = 'running'"),$(bangerlog sql \
	'SELECT count(*) FROM gaps'),null,10]" "$(jq -c '[.db, .operations,
	.running, .gaps, .writer, (.inputs | length)]' <<<"$json")" "info"
# The view has a line of two operations, and one of none, once.
expect_eq "$(bangerlog sql 'SELECT count(*) FROM records')" \
	"$(jq .records <<<"$json")" "records"
expect_eq '["read","stream"]' "$(jq -c '[.inputs[].state] | unique' <<<"$json")" \
	"states"
expect_eq '[0]' "$(jq -c '[.inputs[].behind | numbers] | unique' <<<"$json")" behind
text=$(bangerlog info)
expect_match '^writer +none$' "$text" "no writer"
expect_match 'start.daemon.jsonl +read' "$text" "an input"

printf '{"time":"2026-04-26T22:30:00Z","level":"INFO","msg":"x","run":"a","seq":1}\n' \
	>>"$T/log/two.jsonl"
mv "$T/log/failed.jsonl" "$T/log/elsewhere"
sed 's/op-/op-f/' "$DATA/torn.jsonl" >"$T/log/new"
mv "$T/log/new" "$T/log/torn.jsonl"
mkfifo "$T/pipe"
bangerlog index "$T/pipe" >/dev/null &
holder=$!
exec 9>"$T/pipe"
wait_for "the lock" grep -q "^$holder$" "$T/index.db.lock"
json=$(bangerlog info --format json)
state() {
	jq -c ".inputs[] | select(.path | endswith(\"$1\")) | [.state, .behind]" \
		<<<"$json"
}
expect_eq "$holder" "$(jq .writer <<<"$json")" "the writer"
expect_eq '["behind",75]' "$(state two.jsonl)" "behind"
expect_eq '["gone",null]' "$(state failed.jsonl)" "gone"
expect_eq '["replaced",null]' "$(state torn.jsonl)" "replaced"
exec 9>&-
wait $holder
mv "$T/log/elsewhere" "$T/log/failed.jsonl"

# Paths are text from outside.
cp "$DATA/two.jsonl" "$T/log/"$'e\e[2Jsc'
bangerlog index "$T/log/"$'e\e[2Jsc' >/dev/null
expect_no_match $'\e' "$(bangerlog info; bangerlog info --format json)" "escapes"

# ---- verify ----------------------------------------------------------------

expect_status 0 bangerlog verify
expect_match ': nothing is wrong$' "$OUT" "sound"
expect_status 0 bangerlog verify --deep --format json
expect_eq '[true,0,true,true]' "$(jq -c '[.ok, .problems,
	.operations == .all_operations, .lines > 50]' <<<"$OUT")" "all of it"
bangerlog sql 'SELECT 1' >/dev/null

# wrong LABEL REGEX SQL: the change is told by verify --deep.
wrong() {
	rm -f "$T"/wrong.db*
	sqlite3 "$T/index.db" ".backup $T/wrong.db"
	sqlite3 "$T/wrong.db" "$3" || fail "$1: the change"
	expect_status 1 bangerlog verify --deep --db "$T/wrong.db"
	expect_match "$2" "$OUT" "$1"
	expect_status 1 bangerlog verify --deep --format json --db "$T/wrong.db"
	expect_eq false "$(tail -n 1 <<<"$OUT" | jq .ok)" "$1, as JSON"
	expect_match "$2" "$(jq -r '.problem // ""' <<<"$OUT")" "$1, as JSON"
}
op=op-7f00000000000001
wrong "a status" "^$op: its lines say otherwise than its row: status$" \
	"UPDATE op SET status = 'failed' WHERE op_id = '$op'"
wrong "figures" "^$op: .*: duration_ns, records$" \
	"UPDATE op SET duration_ns = 1, records = 3 WHERE op_id = '$op'"
wrong "a stage" "^$op: .*: stages$" \
	"UPDATE op SET stages = replace(stages, 'vm_lock', 'vm_look') WHERE op_id = '$op'"
wrong "a call" "^$op: .*: calls$" \
	"UPDATE op SET calls = NULL WHERE op_id = '$op'"
wrong "the lines of another" "^$op: .*" \
	"UPDATE op SET lines = (SELECT lines FROM op WHERE op_id = 'op-fa00000000000001') WHERE op_id = '$op'"
wrong "packed lines cut off" "^$op: .* damaged" \
	"UPDATE op SET lines = substr(lines, 1, length(lines) - 3) WHERE op_id = '$op'"
wrong "an operation less" "^run .*: its spans have [0-9]+ lines, and [0-9]+ are there$" \
	"DELETE FROM op WHERE op_id = '$op'"
wrong "a span moved" "^run .*: its spans are of other lines" \
	"UPDATE span SET from_seq = from_seq + 100000, to_seq = to_seq + 100000
	WHERE run = (SELECT run FROM span LIMIT 1)"
wrong "a span less" "start.helper.jsonl: [0-9]+ of the lines that were read are not" \
	"DELETE FROM span"
wrong "an id" '"x' "UPDATE op SET op_id = 'x' || char(27) || '[2J' WHERE op_id = '$op'"
expect_no_match $'\e' "$OUT" "an id"
wrong "an index of the file" "the file: .*op_start" \
	"PRAGMA writable_schema = 1; UPDATE sqlite_schema SET sql =
	'CREATE INDEX op_start ON op (last_ns)' WHERE name = 'op_start'"

# Of a broken page the file itself is told.
rm -f "$T"/wrong.db*
sqlite3 "$T/index.db" ".backup $T/wrong.db"
head -c 64 /dev/zero | tr '\0' '\377' | dd of="$T/wrong.db" bs=1 conv=notrunc \
	seek=$((4096 * ($(sqlite3 "$T/index.db" \
	"SELECT rootpage FROM sqlite_schema WHERE name = 'op'") - 1))) 2>/dev/null
expect_status 1 bangerlog verify --db "$T/wrong.db"
expect_match '^the file: ' "$OUT" "a broken page"
expect_status 69 bangerlog verify --db "$T/none.db"
expect_status 69 bangerlog info --db "$T/none.db"

# More words than a reader fetches one by one: all lines come back.
for i in {1..1200}; do
	printf '{"time":"2026-04-26T22:40:00Z","level":"INFO","msg":"operation started","run":"60","seq":%d,"operation":"vm.start","op_id":"op-%016x","vm_name":"name-of-%d"}\n' \
		"$i" "$i" $((i % 400))
done >"$T/many"
bangerlog index --db "$T/many.db" "$T/many" >/dev/null
[ "$(sqlite3 "$T/many.db" 'SELECT count(*) FROM code WHERE kind = 2')" -ge 300 ] ||
	fail "words"
expect_eq "$(sort "$T/many" | sha256sum)" "$(bangerlog sql --db "$T/many.db" \
	'SELECT line FROM records' | sort | sha256sum)" "many words"
expect_status 0 bangerlog verify --deep --db "$T/many.db"

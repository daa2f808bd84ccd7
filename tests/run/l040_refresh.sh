#!/bin/bash
# SPDX-License-Identifier: ISC
# No index step: each command first reads on in what the index was made from,
# through growth and rotation, beside a follower, and without a write where
# nothing changed.
. "$(dirname "$0")"/harness.sh

log=$T/bangerd.jsonl
head -n 4 "$DATA"/failed.jsonl >"$log"
bangerlog index "$log" >/dev/null || fail "index"

# state: what a reading would have written.
state() {
	bangerlog sql --no-refresh 'SELECT count(*) FROM records'
	sha256sum "$BANGERLOG_DB" "$BANGERLOG_DB-wal" 2>/dev/null
}
before=$(state)
expect_eq running "$(bangerlog ops --format json | jq -r .status)" "4 lines"
expect_eq "$before" "$(state)" "nothing changed, nothing is written"

tail -n +5 "$DATA"/failed.jsonl >>"$log"
expect_eq running "$(bangerlog ops --no-refresh --format json -n 1 -q vm=web-2 |
	jq -r .status)" "as it is"
expect_eq running "$(BANGERLOG_NO_REFRESH=1 bangerlog trace --format json fa |
	jq -r .status)" "as it is, by the environment"
expect_eq failed "$(bangerlog trace --format json fa | jq -r .status)" "grown"
after=$(state)
expect_eq 9 "$(head -n 1 <<<"$after")" "lines"
expect_eq "$after" "$(state)" "known by now"

# Rotated: the rest of the old file, then the new one.
head -n 1 "$DATA"/two.jsonl >>"$log"
mv "$log" "$log.1"
tail -n +2 "$DATA"/two.jsonl >"$log"
expect_eq "$(wc -l <"$DATA"/two.jsonl)" "$(bangerlog sql "SELECT count(*) FROM
	records WHERE op_id LIKE 'op-aa%'")" "rotated"

after=$(state)
bangerlog ops >/dev/null || fail "ops"
expect_eq "$after" "$(state)" "known by now, rotated"

# A line that is not whole yet, and its rest.
printf '{"time":"2026-04-26T22:14:00Z","level":"INFO","msg":"op' >>"$log"
expect_eq 1 "$(bangerlog sql "SELECT count(*) FROM records
	WHERE kind = 'torn'")" "torn"
printf 'eration started","operation":"vm.stop","op_id":"op-cc01"}\n' >>"$log"
expect_eq 'running 0' "$(bangerlog sql "SELECT (SELECT status FROM ops WHERE
	op_id = 'op-cc01') || ' ' || (SELECT count(*) FROM records
	WHERE kind = 'torn')")" "whole"

# What is gone is said in one line, and the answer stands.
mv "$log" "$T/away.jsonl"
bangerlog ops --format json >"$T/out" 2>"$T/err" || fail "gone"
expect_eq 5 "$(wc -l <"$T/out")" "the answer"
expect_eq 1 "$(wc -l <"$T/err")" "lines on stderr"
expect_match "may lack the newest lines: $log: No such file.*--no-refresh" \
	"$(cat "$T/err")" "the warning"
expect_eq "" "$(bangerlog ops --no-refresh 2>&1 >/dev/null)" "no warning"
mv "$T/away.jsonl" "$log"

# A follower has the lock: what it has not read yet is waited for.
bangerlog index --follow "$log" >/dev/null 2>&1 &
follower=$!
at_exit 'kill_follower'
kill_follower() {
	kill "$follower" 2>/dev/null
	wait "$follower" 2>/dev/null
	true
}
wait_for "the lock" grep -q "^$follower$" "$BANGERLOG_DB.lock"
for n in 1 2 3; do
	printf '{"time":"2026-04-26T22:15:0%dZ","level":"INFO","msg":"%s","operation":"vm.stop","op_id":"op-dd0%d"}\n' \
		$n "operation started" $n >>"$log"
	expect_eq op-dd0$n "$(bangerlog ops --format json -n 1 2>"$T/err" |
		jq -r .op_id)" "beside a follower"
	expect_eq "" "$(cat "$T/err")" "beside a follower, without a warning"
done
# One that does not read any more is not waited for without end.
kill -STOP "$follower"
printf '{"time":"2026-04-26T22:16:00Z","level":"INFO","msg":"%s","operation":"vm.stop","op_id":"op-ee01"}\n' \
	"operation started" >>"$log"
bangerlog ops --format json -n 1 >"$T/out" 2>"$T/err" || fail "stopped"
expect_eq op-dd03 "$(jq -r .op_id "$T/out")" "the index as it is"
expect_match "may lack .* written by process $follower" "$(cat "$T/err")" "why"
kill -CONT "$follower"
expect_eq op-ee01 "$(bangerlog ops --format json -n 1 | jq -r .op_id)" "again"

# No index: this host's journal, or a word about why there is none.
expect_status 69 bangerlog trace --db "$T/none.db" op-zz
expect_match 'op-zz|make it with: bangerlog index' "$OUT" "no index"
expect_status 69 bangerlog trace --no-refresh --db "$T/none2.db" op-zz
expect_match "make it with: bangerlog index --db $T/none2.db" "$OUT" "no index"
[ ! -e "$T/none2.db" ] || fail "--no-refresh made an index"

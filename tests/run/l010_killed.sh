#!/bin/bash
# SPDX-License-Identifier: ISC
# kill -9 at any moment of indexing: each time what is there is whole, and once
# it was let through, every line is there once and all is as if nobody had
# killed it.  KILLS=200 is the long form (make kills).
. "$(dirname "$0")"/harness.sh
# What is asked here is what the indexer under test wrote.
export BANGERLOG_NO_REFRESH=1
# Enough lines for a commit in between (one in 100,000 rows).
kills=${KILLS:-12}
ops=$((kills > 50 ? 28000 : 17000))

# Operations of a daemon, its helper's lines, a peer's lines without numbers,
# equal lines of text, and lines of no form at all, all mixed.
awk -v ops=$ops 'BEGIN {
	for (i = 0; i < ops; i++) {
		t = sprintf("2026-04-26T%02d:%02d:%02d", 3 + i / 3600 % 20,
			i / 60 % 60, i % 60)
		op = sprintf("op-%016x", i * 2654435761 % 4294967296 + i)
		head = "{\"time\":\"%s.%03dZ\",\"level\":\"INFO\",\"msg\":\"%s\""
		run = ",\"run\":\"d0d0d0d0\",\"seq\":%d"
		mid = ",\"operation\":\"vm.start\",\"op_id\":\"" op "\",\"vm_name\":\"web-" i % 40 "\""
		printf head run mid "}\n", t, 1, "operation started", ++seq
		for (k = 1; k <= 4; k++)
			printf head run mid ",\"stage\":\"s%d\",\"since_start_ms\":%d}\n", t, k * 10, "operation stage", ++seq, k, k * 10
		printf head ",\"method\":\"tap.create\",\"op_id\":\"" op "\",\"call\":1,\"duration_ms\":2}\n", t, 35, "helper rpc completed"
		printf head run mid ",\"duration_ms\":60}\n", t, 61, "operation completed", ++seq
		if (i % 7 == 0)
			print "panic: the same text\npanic: the same text"
		if (i % 50 == 0)
			print "{\"time\":\"" t "Z\",\"op_id\":\"" op "\",\"half"
	}
}' >"$T/log.jsonl"

everything() {
	digest "$1" 'SELECT op_id, operation, status, started_ns, duration_ms,
		stage, records FROM ops ORDER BY op_id' \
		'SELECT * FROM stages ORDER BY op_id, n' \
		'SELECT * FROM helper_calls ORDER BY op_id, n' \
		'SELECT op_id, time_ns, kind, run, seq, offset, line
		FROM records ORDER BY offset, line' \
		'SELECT reason, n FROM gaps' \
		'SELECT kind, hour, operation, name, method, n, failed, sum_us,
		max_us, hex(counts) FROM summary ORDER BY 1, 2, 3, 4, 5'
}

bangerlog index --db "$T/oracle.db" "$T/log.jsonl" >/dev/null || fail oracle
want=$(everything "$T/oracle.db")
expect_eq "$(wc -l <"$T/log.jsonl")" "$(bangerlog sql --db "$T/oracle.db" \
	'SELECT count(*) FROM records')" "lines of the oracle"

# How long it takes unhindered, in milliseconds: kills fall anywhere in that.
from=$(date +%s%N)
bangerlog index --db "$T/time.db" "$T/log.jsonl" >/dev/null
whole=$((($(date +%s%N) - from) / 1000000 + 1))
done=0 rounds=0 partial=0
# Some are to fall behind that commit, however many it takes.
while [ $done -lt "$kills" ] ||
	{ [ $partial = 0 ] && [ $done -lt $((5 * kills)) ]; }; do
	rounds=$((rounds + 1))
	rm -f "$T"/k.db*
	# Until it ends before its killer, at most ten kills on one index.
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		bangerlog index --db "$T/k.db" "$T/log.jsonl" >/dev/null 2>&1 &
		pid=$!
		ms=$((RANDOM * RANDOM % whole))
		sleep "$(printf '%d.%03d' $((ms / 1000)) $((ms % 1000)))"
		kill -9 $pid 2>/dev/null
		wait $pid 2>/dev/null
		[ $? = 137 ] || break
		done=$((done + 1))
		[ -s "$T/k.db" ] || continue
		expect_eq ok "$(sqlite3 "$T/k.db" 'PRAGMA integrity_check')" \
			"integrity after kill $done"
		n=$(bangerlog sql --db "$T/k.db" 'SELECT sum(records) FROM ops' 2>/dev/null)
		[ "${n:-0}" = 0 ] || partial=$((partial + 1))
	done
	got=$(bangerlog index --db "$T/k.db" --format json "$T/log.jsonl") ||
		fail "the last run of round $rounds"
	expect_eq 0 "$(jq .duplicates <<<"$got")" "what was read on counts none"
	expect_eq "$want" "$(everything "$T/k.db")" "round $rounds, $done kills"
done
[ $partial -gt 0 ] || fail "no kill fell between two commits"
echo "$done kills, $partial with rows there, $rounds rounds"

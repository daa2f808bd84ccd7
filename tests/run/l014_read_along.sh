#!/bin/bash
# SPDX-License-Identifier: ISC
# Asking an index while it is filled for the first time: an answer is that of
# some commit, never an error; and who reads for long delays the filling, and
# does not end it.
. "$(dirname "$0")"/harness.sh
export BANGERLOG_NO_REFRESH=1 BANGERLOG_DB=$T/i.db
ops=120000

awk -v ops=$ops 'BEGIN {
	for (i = 0; i < ops; i++) {
		head = "{\"time\":\"2026-04-26T%02d:%02d:%02d.%03dZ\",\"level\":" \
			"\"INFO\",\"msg\":\"operation %s\",\"run\":\"d0d0d0d0\"," \
			"\"seq\":%d,\"operation\":\"vm.start\",\"op_id\":\"op-%016x\"}\n"
		for (k = 0; k < 5; k++)
			printf head, i / 3600 % 24, i / 60 % 60, i % 60, k,
				k == 0 ? "started" : k == 4 ? "completed" : "stage",
				++seq, i
	}
}' >"$T/log.jsonl"

bangerlog index "$T/log.jsonl" >"$T/indexed" 2>&1 &
indexer=$!
wait_for "the index" test -s "$T/i.db"
# For that long nothing is committed, and who asks meanwhile waits as well.
sqlite3 -readonly "$T/i.db" >"$T/held" 2>&1 <<-END &
	.timeout 5000
	BEGIN;
	SELECT count(*) FROM op;
	SELECT 'held';
	.shell sleep 1
	COMMIT;
END
holder=$!
wait_for "the reader" grep -q held "$T/held"

before=0 answers=0
while kill -0 $indexer 2>/dev/null; do
	n=$(bangerlog sql 'SELECT count(*) FROM ops' 2>"$T/why")
	status=$?
	# There is nothing in it yet, but that.
	if [ $status = 66 ]; then
		continue
	fi
	expect_eq 0 $status "asked while it is filled: $(cat "$T/why")"
	[ "$n" -ge $before ] || fail "$n operations after $before"
	before=$n
	answers=$((answers + 1))
done
wait $indexer || fail "the indexer: $(cat "$T/indexed")"
wait $holder || fail "the reader: $(cat "$T/held")"
[ $answers -gt 0 ] || fail "nobody was answered"
expect_eq $ops "$(bangerlog sql 'SELECT count(*) FROM ops')" "operations"
expect_eq wal "$(sqlite3 "$T/i.db" 'PRAGMA journal_mode')" "journal mode"
echo "$answers answers"

#!/bin/bash
# SPDX-License-Identifier: ISC
# A follower makes lines visible as they are written, through rotation by
# rename and by copying; a second writer is refused by name; a follower that
# was away reads on, also what was written to a file that has another name now.
. "$(dirname "$0")"/harness.sh
# What is asked here is what the indexer under test wrote.
export BANGERLOG_NO_REFRESH=1
log=$T/b.jsonl wrote=0

# line N: appends that many lines, each an operation of its own.
line() {
	local i

	for ((i = 0; i < $1; i++)); do
		wrote=$((wrote + 1))
		printf '{"time":"2026-04-26T22:13:%02d.%06dZ","level":"INFO","msg":"operation started","run":"d0d0d0d0","seq":%d,"operation":"vm.start","op_id":"op-%d"}\n' \
			$((wrote % 60)) $wrote $wrote $wrote >>"$log"
	done
}

seen() {
	[ "$(bangerlog sql 'SELECT count(*) FROM records' \
		2>/dev/null)" = "$wrote" ]
}

follow() {
	bangerlog index --follow --format json "$log" >"$T/out" 2>"$T/err" &
	pid=$!
}

# A test that fails leaves none behind.
end() { [ -z "$pid" ] || kill "$pid" 2>/dev/null || :; }
pid=
at_exit end

stop() {
	kill "$pid"
	wait "$pid" || fail "the follower ended with $?: $(cat "$T/err")"
	pid=
}

line 3
follow
wait_for "the lines that were there" seen
line 2
wait_for "new lines" seen
expect_status 75 bangerlog index "$log"
expect_match "process $pid" "$OUT" "the holder's name"

mv "$log" "$log.1"
line 2
wait_for "lines behind a rename" seen
cp "$log" "$log.2" && : >"$log"
sleep 0.1
line 1
wait_for "lines behind a copy and truncation" seen
stop
expect_eq "$wrote" "$(jq .records "$T/out")" "its summary"

# Away, while it is written to, renamed, and written anew.
line 2
mv "$log" "$log.3"
line 2
follow
wait_for "the rest of the old file, and the new one" seen
stop
expect_eq 1 "$(sqlite3 "$T/index.db" "SELECT count(*) FROM gaps WHERE
	reason = 'lost'")" "only the truncation is a gap"

# Idle, it does nothing: less than a tick of the clock in a second.
follow
wait_for "nothing new" seen
sleep 0.3
from=$(awk '{ print $14 + $15 }' "/proc/$pid/stat")
sleep 1
to=$(awk '{ print $14 + $15 }' "/proc/$pid/stat")
[ $((to - from)) -le 1 ] || fail "an idle follower used $((to - from)) ticks"
stop

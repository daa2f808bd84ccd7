#!/bin/bash
# SPDX-License-Identifier: ISC
# kill -9 at any moment of indexing a journal, of the indexer or of the process
# that reads the journal for it: in the end every line is there once, split
# lines are whole, and nothing is told of as known already.
. "$(dirname "$0")"/harness.sh
remote=/lib/systemd/systemd-journal-remote
[ -x $remote ] || skip "no systemd-journal-remote"
kills=${KILLS:-8}
ops=12000

# Operations, lines of text that are equal to the microsecond, split lines with
# others between their pieces, and other units' entries.
awk -v ops=$ops '
function entry(unit, stream, brk, text) {
	us += stream == "same" ? 0 : 7
	printf "__REALTIME_TIMESTAMP=%d\n__MONOTONIC_TIMESTAMP=%d\n_BOOT_ID=b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0\n_TRANSPORT=stdout\n_PID=7\n_SYSTEMD_UNIT=%s\n_STREAM_ID=%s\n%sMESSAGE=%s\n\n", 1777241584000000 + us, 1000000 + us, unit, stream, brk == "" ? "" : "_LINE_BREAK=" brk "\n", text
}
function line(msg, more) {
	return sprintf("{\"time\":\"2026-04-26T%02d:%02d:%02dZ\",\"level\":\"INFO\",\"msg\":\"%s\",\"run\":\"d0d0d0d0\",\"seq\":%d,\"operation\":\"vm.start\",\"op_id\":\"op-%016x\"%s}", 3 + i / 3600 % 20, i / 60 % 60, i % 60, msg, ++seq, i + 1, more)
}
BEGIN {
	d = "bangerd.service"
	for (i = 0; i < ops; i++) {
		entry(d, "a", "", line("operation started"))
		for (k = 1; k <= 3; k++)
			entry(d, "a", "", line("operation stage", ",\"stage\":\"s" k "\",\"since_start_ms\":" k * 10))
		entry("x.service", "b", "", "not ours")
		if (i % 3 == 0) {
			s = line("operation stage", ",\"stage\":\"s4\",\"since_start_ms\":50")
			entry(d, "a", "line-max", substr(s, 1, 50))
			entry(d, "c", "", "between " i)
			entry(d, "a", "line-max", substr(s, 51, 50))
			entry(d, "a", "", substr(s, 101))
		}
		if (i % 5 == 0) {
			entry(d, "c", "", "panic: the same text")
			entry(d, "same", "", "panic: the same text")
		}
		entry(d, "a", "", line("operation completed", ",\"duration_ms\":60"))
	}
}' >"$T/in"
$remote -o "$T/j.journal" - <"$T/in" >/dev/null 2>&1 || fail "journal file"
rm "$T/in"

everything() {
	digest "$1" 'SELECT op_id, operation, status, started_ns, duration_ms,
		stage, records FROM ops ORDER BY op_id' \
		'SELECT * FROM stages ORDER BY op_id, n' \
		'SELECT op_id, time_ns, kind, run, seq, line
		FROM records ORDER BY time_ns, run, seq, line'
}

from=$(date +%s%N)
bangerlog index --db "$T/oracle.db" --journal="$T/j.journal" >/dev/null ||
	fail oracle
whole=$((($(date +%s%N) - from) / 1000000 + 1))
want=$(everything "$T/oracle.db")
expect_eq $((ops * 5 + ops / 3 * 2 + ops / 5 * 2)) "$(bangerlog sql \
	--db "$T/oracle.db" 'SELECT count(*) FROM records')" "the oracle"

# within PID: kills it after a random part of the time.
within() {
	local ms=$((RANDOM * RANDOM % whole))

	sleep "$(printf '%d.%03d' $((ms / 1000)) $((ms % 1000)))"
	kill -9 "$1" 2>/dev/null
}

done=0 readers=0
while [ $done -lt "$kills" ]; do
	rm -f "$T"/k.db*
	for _ in 1 2 3; do
		bangerlog index --db "$T/k.db" --journal="$T/j.journal" \
			>/dev/null 2>&1 &
		pid=$!
		# First its reader, which must not be felt; then itself.
		reader=
		while [ -z "$reader" ] && kill -0 $pid 2>/dev/null; do
			reader=$(cat /proc/$pid/task/*/children 2>/dev/null |
				xargs)
		done
		if [ -n "$reader" ] && kill -9 "${reader%% *}" 2>/dev/null; then
			readers=$((readers + 1))
		fi
		within $pid
		wait $pid 2>/dev/null
		[ $? = 137 ] || break
		done=$((done + 1))
	done
	got=$(bangerlog index --db "$T/k.db" --format json \
		--journal="$T/j.journal") || fail "the last run"
	expect_eq 0 "$(jq .duplicates <<<"$got")" "what was read on counts none"
	expect_eq "$want" "$(everything "$T/k.db")" "after $done kills"
done
[ $readers -gt 0 ] || fail "no reader was killed"
# And read on from its end: nothing is new, no half of a line among it.
got=$(bangerlog index --db "$T/k.db" --format json --journal="$T/j.journal")
expect_eq '[0,0]' "$(jq -c '[.records, .duplicates]' <<<"$got")" "nothing new"
echo "$done kills of the indexer, $readers of its reader"

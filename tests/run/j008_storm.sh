#!/bin/bash
# SPDX-License-Identifier: ISC
# A storm: 5,000 lines a second while journald rotates twice a second and what
# is older than two seconds is vacuumed; the follower is stopped for a while,
# so that it misses some.  In the end each number of each run is either a line
# of the index, once, or within a gap that says so.
#
# STORM_LINES: how many (make storm: a million; here: what takes some seconds).
here=$(dirname "$0")
# shellcheck source=../lib/journald.sh
. "$here"/../lib/journald.sh
journald_enter "$@"
# shellcheck source=harness.sh
. "$here"/harness.sh
journald_open
journald_conf SystemMaxUse=4G SystemMaxFileSize=256M SystemMaxFiles=10000
: "${STORM_LINES:=42000}" "${STORM_RATE:=5000}"
operations=$((STORM_LINES / 7))

# until_at FROM US: sleeps until so many microseconds behind that time.
until_at() {
	local left=$(($2 - (${EPOCHREALTIME/./} - $1)))

	[ $left -le 0 ] || sleep "$(printf '%d.%06d' $((left / 1000000)) \
		$((left % 1000000)))"
}
# The lines of standard input, so many a second; ticks of a tenth.
paced() {
	local some tick=0 from=${EPOCHREALTIME/./}

	while mapfile -n $(($1 * (tick + 1) / 10 - $1 * tick / 10)) some &&
		[ ${#some[@]} -gt 0 ]; do
		printf %s "${some[@]}"
		until_at "$from" $((++tick * 100000))
	done
}
# Twice a second, however long it takes.
weather() {
	local n=0 from=${EPOCHREALTIME/./}

	while [ ! -e "$T/calm" ]; do
		journalctl --rotate 2>/dev/null
		[ $((n++ % 4)) != 3 ] ||
			journalctl --vacuum-time=2s -D "$JOURNAL" 2>/dev/null
		until_at "$from" $((n * 500000))
	done
	echo $n >"$T/rotations"
}

journald_start
bangerlog index --follow --journal --format json >"$T/out" 2>"$T/err" \
	</dev/null &
follower=$!
reader() {
	read -r child <"/proc/$follower/task/$follower/children"
	[ -n "$child" ]
}
wait_for "the follower's child" reader
operations 0 $operations
from=$EPOCHREALTIME
weather & weather=$!
part=$((STORM_RATE / 7))
# All but the last operation of each.
(head -n -6 "$T/d.lines" | paced $((STORM_RATE - part)) |
	writer bangerd.service) & d=$!
(head -n -1 "$T/h.lines" | paced $part | writer banger-helper.service line) & h=$!
count() {
	bangerlog sql "SELECT count(*) FROM records
		WHERE kind = 'event'" 2>/dev/null || echo 0
}
at() { [ "$(count)" -ge "$1" ]; }
# It is under way.
wait_for "the first of it" at $((STORM_RATE))
# Away until what it has not read has gone, and then some.
reader
kill -STOP "$follower" "$child"
sleep 5 # Of the storm, which is in seconds.
kill -CONT "$child" "$follower"
wait $d || fail "the daemon's writer"
wait $h || fail "the helper's writer"
took=$((${EPOCHREALTIME/./} - ${from/./}))
touch "$T/calm"
wait $weather
# However late the follower is: nothing takes these away, and what is missing
# before them is known to be.
tail -n 6 "$T/d.lines" | writer bangerd.service
tail -n 1 "$T/h.lines" | writer banger-helper.service line
journald_sync

# The last line of each writer, or the gap that has it.
ended() {
	local run last got

	for run in d0d0d0d0:$((operations * 6)) 4e1fe4b0:$operations; do
		last=${run#*:} run=${run%:*}
		got=$(bangerlog sql "SELECT max(seq) FROM records WHERE run = '$run'")
		[ "$got" = "$last" ] || return 1
	done
}
for _ in 1 2 3 4 5 6; do
	(wait_for "the follower" ended) 2>/dev/null && break
done
ended || fail "the follower is not at the end: $(cat "$T/err")"
kill "$follower"
wait "$follower" || fail "the follower ended with $?: $(cat "$T/err")"

# Every number from 1 on: lines and gaps, each once, and nothing between.
for run in d0d0d0d0:$((operations * 6)) 4e1fe4b0:$operations; do
	last=${run#*:} run=${run%:*}
	expect_eq "" "$({
		bangerlog sql "SELECT seq, seq FROM records WHERE run = '$run'"
		bangerlog sql "SELECT from_seq, to_seq FROM gaps
			WHERE run = '$run' AND reason = 'seq'"
	} | sort -n | awk -v last="$last" '
		$1 != at + 1 { print "after " at " comes " $1 }
		{ at = $2 }
		END { if (at != last) print "ends at " at " of " last }' |
		head -n 3)" "the numbers of run $run"
done
holes=$(bangerlog sql "SELECT ifnull(sum(to_seq - from_seq + 1), 0) FROM gaps
	WHERE reason = 'seq'")
lines=$(count)
expect_eq $((operations * 7)) $((holes + lines)) "lines and holes"
[ "$holes" -gt 0 ] || fail "the vacuum took nothing that was unread"
expect_match 'vacuumed' "$(bangerlog sql "SELECT detail FROM gaps
	WHERE reason = 'lost'")" "why"
# Each time that the vacuum took something is told, and has one hole a run: no
# line went missing beside it.
told=$(bangerlog sql "SELECT count(*) FROM gaps WHERE reason = 'lost'")
rows=$(bangerlog sql "SELECT ifnull(max(n), 0) FROM (SELECT count(*) AS n
	FROM gaps WHERE reason = 'seq' GROUP BY run)")
[ "$rows" -le "$told" ] || fail "$rows holes in a run, the vacuum told of $told"
expect_eq 0 "$(jq -s 'map(.duplicates) | add' "$T/out")" "what came twice"
expect_eq ok "$(sqlite3 "$BANGERLOG_DB" 'PRAGMA integrity_check')" integrity
echo "$lines lines indexed, $holes in gap rows ($rows a run), none missing or twice;" \
	"$((STORM_LINES * 1000 / (took / 1000))) lines/s," \
	"$(cat "$T/rotations") rotations in $((took / 1000)) ms"

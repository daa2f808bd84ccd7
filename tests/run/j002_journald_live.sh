#!/bin/bash
# SPDX-License-Identifier: ISC
# A running journald.  A follower that was there before it makes visible what
# two services write, and an operation while it is in flight; lines that
# journald split are put together again; what is no text comes byte for byte;
# other units do not count; what journald suppressed is a gap of that size.
here=$(dirname "$0")
# shellcheck source=../lib/journald.sh
. "$here"/../lib/journald.sh
journald_enter "$@"
# shellcheck source=harness.sh
. "$here"/harness.sh
journald_open

follow() {
	bangerlog index --follow --journal --format json >"$T/out" \
		2>"$T/err" </dev/null &
	follower=$!
}
stop() {
	kill "$follower"
	wait "$follower" || fail "the follower ended with $?: $(cat "$T/err")"
}
# is WANT QUERY
is() { [ "$(bangerlog sql "$2" 2>/dev/null)" = "$1" ]; }
daemon() { (writer bangerd.service) || fail "the writer"; }
count="SELECT count(*) FROM records WHERE"

# ---- before there is any journal, and while an operation is in flight ------

follow
journald_start
batch 0 3
wait_for "three operations" is 21 "$count kind = 'event'"
expect_eq "$(printf 'completed\t6\t4\t1\t3')" "$(bangerlog sql "SELECT status,
	records - 1, (SELECT count(*) FROM stages s WHERE s.op_id = o.op_id),
	(SELECT count(*) FROM helper_calls h WHERE h.op_id = o.op_id), count(*)
	FROM ops o GROUP BY 1, 2, 3, 4")" "what they are"
expect_eq "$(printf 'banger-helper.service\t3\nbangerd.service\t18')" \
	"$(bangerlog sql "SELECT unit, count(*) FROM records GROUP BY 1
	ORDER BY 1")" "who wrote them"

operations 3 1
head -n 3 "$T/d.lines" | daemon
wait_for "an operation in flight" is "$(printf 'running\ts2\t3')" \
	"SELECT status, stage, records FROM ops WHERE status <> 'completed'"
tail -n +4 "$T/d.lines" | daemon
wait_for "its end" is "$(printf 'completed\t4')" \
	"SELECT status, count(*) FROM ops GROUP BY 1"

# ---- lines that journald does not keep in one piece, and odd ones ----------

head='{"time":"2026-04-26T04:00:00Z","level":"INFO","msg":"long","run":"d0d0d0d0","seq":'
long=$(printf '%0130000d' 7 | tr 0 x)
printf '%s100,"op_id":"op-0000000000000001","x":"%s"}\n' "$head" "$long" \
	>"$T/long"
daemon <"$T/long"
printf '%s101,"x":"a\0b"}\n' "$head" | daemon
printf 'panic: \xff\x1b[31m \xc3\xa9\n' | daemon
# Writers that are killed behind their last words, and in mid-word.
words=0
said() { [ "$(journalctl -D "$JOURNAL" -o cat | grep -c '^before')" = $words ]; }
for last in "${head}102,\"x\":1}" "${head}103,\"x\":\"cu"; do
	mkfifo "$T/pipe"
	(writer bangerd.service <"$T/pipe") & pid=$!
	exec 3>"$T/pipe"
	printf 'before the end\n%s' "$last" >&3
	words=$((words + 1))
	wait_for "its last whole line" said
	kill -9 "$pid"
	exec 3>&-
	wait "$pid" 2>/dev/null
	rm "$T/pipe"
done
journald_sync
wait_for "all of them" is 7 "$count kind <> 'event' OR seq >= 100"

pieces=$(journalctl -D "$JOURNAL" -o json --all |
	jq -rs 'map(._LINE_BREAK | values) | group_by(.) |
	map("\(.[0])=\(length)") | join(" ")')
expect_eq "eof=2 line-max=2 nul=1" "$pieces" "what journald did to them"
expect_eq "$(sha256sum <"$T/long")" "$(bangerlog sql "SELECT line FROM records
	WHERE seq = 100" | sha256sum)" "the long one"
expect_eq 8 "$(bangerlog sql "SELECT records FROM ops
	WHERE op_id = 'op-0000000000000001'")" "it counts with its operation"

# ---- who is not one of ours ------------------------------------------------

echo "not ours" | (writer other.service) || fail "the writer"
echo "not ours either" | setpriv --reuid=nobody --regid=nogroup \
	--clear-groups "$BUILD/tests/tools/stream_writer" bangerd \
	bangerd.service 2>/dev/null || fail "the writer"
echo "ours, the last" | daemon
wait_for "ours" is 1 "$count line = 'ours, the last'"
expect_eq 0 "$(bangerlog sql "$count line LIKE 'not%'")" "and theirs"

# ---- more than journald takes ----------------------------------------------

# Neither restart is a loss.  Its limit is for the size of the disk too.
journald_stop
journald_conf RateLimitIntervalSec=1s RateLimitBurst=20 SystemMaxUse=16M
journald_start
wrote=500
seq -f 'burst %.0f' $wrote | daemon
balanced() {
	is "$wrote" "SELECT (SELECT sum(n) FROM gaps WHERE reason =
		'suppressed') + count(*) FROM records
		WHERE line LIKE 'burst%'" && return
	# It tells of it with the next line that it takes.
	wrote=$((wrote + 1))
	echo "burst $wrote" | daemon
	sleep 0.2
	return 1
}
wait_for "lines and suppressed lines to be all that was written" balanced
expect_match '^bangerd.service	Suppressed [0-9]+ messages from' \
	"$(bangerlog sql "SELECT unit, detail FROM gaps
	WHERE reason = 'suppressed'")" "what journald says"

# ---- the same as by journalctl ---------------------------------------------

stop
expect_eq 0 "$(bangerlog sql "SELECT count(*) FROM gaps
	WHERE reason = 'lost'")" "nothing was lost"
expect_eq 0 "$(jq .duplicates "$T/out")" "nothing came twice"
oracle "$T/oracle.db" >/dev/null
expect_eq "$(everything "$T/oracle.db")" "$(everything "$BANGERLOG_DB")" \
	"the index, and that of journalctl's output"
got=$(bangerlog index --journal --format json)
expect_eq '[0,0,0]' "$(jq -c '[.records, .duplicates, .gaps]' <<<"$got")" \
	"a second run"

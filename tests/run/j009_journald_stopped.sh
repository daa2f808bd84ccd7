#!/bin/bash
# SPDX-License-Identifier: ISC
# journald stands still while bangerd has much to log: requests are answered all
# the while, what does not fit is dropped, and afterwards the log itself says
# exactly which lines are missing.
#
# STOPPED_MS: for how long (make storm: a minute); WORSE: the most that the 99th
# percentile of the answers may rise, or nothing (times are not for make check).
here=$(dirname "$0")
# shellcheck source=../lib/journald.sh
. "$here"/../lib/journald.sh
journald_enter "$@"
# shellcheck source=harness.sh
. "$here"/harness.sh
command -v systemd-cat >/dev/null || skip "no systemd-cat"
journald_open
journald_conf SystemMaxUse=2G
: "${STOPPED_MS:=2000}"
latency=$BUILD/tests/tools/rpc_latency

journald_start
install -d -o nobody -m 755 "$T/state" "$T/run"
install -m 755 "$BANGER_BIN/bangerd" "$T/bangerd"
systemd-cat -t bangerd --level-prefix=false setpriv --reuid=nobody \
	--regid="$(id -gn nobody)" --clear-groups "$T/bangerd" \
	--run-dir "$T/run" --state-dir "$T/state" --log-level debug \
	--helper-socket "$T/run/none.sock" &
daemon=$!
export BANGER_SOCKET=$T/run/bangerd.sock
wait_for bangerd banger ping

ask() {
	"$latency" "$BANGER_SOCKET" "$1" || fail "requests, $2"
}
as_usual=$(ask "$STOPPED_MS" "as usual")
kill -STOP "$JOURNALD_PID"
stopped=$(ask "$STOPPED_MS" "while journald is stopped")
# More than the log's buffer and the socket's (8 MiB, systemd's own choice)
# hold, however slow this machine is.
until [ "$(jq .n <<<"$stopped")" -gt 80000 ]; do
	more=$(ask "$STOPPED_MS" "while journald is stopped")
	stopped=$(jq -c --argjson m "$more" '.n += $m.n' <<<"$stopped")
done
kill -CONT "$JOURNALD_PID"
ask 200 "afterwards" >/dev/null
# journald goes on where it stood.  At its end bangerd waits for it two seconds,
# and with so much behind it that may be too little.
is_told() {
	journalctl -D "$JOURNAL" -t bangerd -o cat -n 1 \
		-g '"msg":"log records dropped"' | grep -q .
}
for _ in 1 2 3 4 5 6; do
	(wait_for "a notice" is_told) 2>/dev/null && break
done
is_told || fail "no notice of what was dropped"
kill "$daemon"
wait "$daemon" || fail "bangerd ended with $?"
journald_sync

journalctl -D "$JOURNAL" -t bangerd -o cat --all >"$T/log" || fail journalctl
# A notice counts the lines before it that are missing, all of them.
jq -cs 'reduce .[] as $l ({at: 0, holes: 0, notices: 0, wrong: []};
	($l.seq - .at - 1) as $hole |
	if $l.seq <= .at then .wrong += ["\($l.seq) behind \(.at)"] else . end |
	.open = (.open // 0) + $hole |
	if $l.msg == "log records dropped" then
		if .open != $l.n then
			.wrong += ["\(.open) missing, \($l.n) told at \($l.seq)"]
		else . end | .notices += 1 | .holes += .open | .open = 0
	else . end | .at = $l.seq)' "$T/log" >"$T/sum" || fail "a line is no JSON"
expect_eq '[[],0]' "$(jq -c '[.wrong, .open]' "$T/sum")" "what is missing"
[ "$(jq .notices "$T/sum")" -gt 0 ] || fail "nothing was dropped"
jq -r '"\(.at) lines, \(.holes) dropped, told by \(.notices) notices"' "$T/sum"
echo "as usual $as_usual"
echo "stopped  $stopped"
# The index says the same.
bangerlog index "$T/log" >/dev/null || fail "index"
expect_eq "$(jq .holes "$T/sum")" "$(bangerlog sql "SELECT
	ifnull(sum(to_seq - from_seq + 1), 0) FROM gaps WHERE reason = 'seq'")" \
	"the gaps of the index"
if [ -n "${WORSE:-}" ]; then
	p99=$(jq .p99_us <<<"$as_usual") got=$(jq .p99_us <<<"$stopped")
	[ "$got" -le $((p99 * WORSE)) ] ||
		fail "p99 was $p99 us and is $got us: more than $WORSE times"
fi

#!/bin/bash
# SPDX-License-Identifier: ISC
# Whose index is asked: the one that was named, the user's own, else the
# system's where it may be read; and what an index says that the user may not
# write, beside its writer and at rest.
. "$(dirname "$0")"/harness.sh
[ "$(id -u)" = 0 ] || skip "needs root to be somebody else"
command -v setpriv >/dev/null || skip "no setpriv (package util-linux)"
case $(realpath "$BANGER_BIN") in
/root/*) skip "others cannot run the programs here" ;;
esac

log=$T/bangerd.jsonl
head -n 4 "$DATA"/failed.jsonl >"$log"
unset BANGERLOG_DB
# The name has all that a URI would take for its own.
mkdir -p "$T/sys?a#b%41" "$T/home"
chown 65534:65534 "$T/home"
system="$T/sys?a#b%41/index.db"
export BANGERLOG_SYSTEM_DB=$system HOME=$T/home
unset XDG_STATE_HOME
user() {
	setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}
of() { # what index was asked
	user bangerlog info --format json | jq -r .db
}

bangerlog index "$log" >/dev/null || fail "root's index is the system's"
[ -f "$system" ] || fail "no index of the system"
own=$T/home/.local/state/banger/index.db

# At rest, and in a folder that the user may not write.
expect_eq "$system" "$(of)" "the system's"
expect_eq running "$(user bangerlog ops --format json 2>"$T/err" |
	jq -r .status)" "at rest"
expect_eq "" "$(cat "$T/err")" "nothing has changed"
expect_status 0 user bangerlog ops --db "/$system" # no host of a URI
[ ! -e "$own" ] || fail "asking made an index"
[ ! -e "$system-wal" ] || fail "asking wrote beside the index"
tail -n +5 "$DATA"/failed.jsonl >>"$log"
expect_eq running "$(user bangerlog ops --format json 2>"$T/err" |
	jq -r .status)" "as it is"
expect_match "index .*sys.a#b%41/index.db as of 20..-..-.. ..:..:.. \(UTC\): it is not yours" \
	"$(cat "$T/err")" "as of when"
expect_eq 1 "$(wc -l <"$T/err")" "said once"
expect_eq "" "$(user bangerlog ops --no-refresh 2>&1 >/dev/null)" "not asked"
expect_status 1 user bangerlog tail -f
expect_match 'nothing to follow: no process writes the index' "$OUT" "follow"
expect_status 3 user bangerlog trace --follow fa
expect_eq failed "$(bangerlog ops --format json | jq -r .status | sort -u)" "root's"
expect_eq failed "$(user bangerlog ops --format json | jq -r .status |
	sort -u)" "anew"
expect_status 1 user bangerlog trace --follow fa

# Beside its writer the user sees what was there when it was asked.
bangerlog index --follow "$log" >/dev/null 2>&1 &
follower=$!
at_exit 'kill_follower'
kill_follower() {
	[ -z "$follower" ] || kill -CONT "$follower" 2>/dev/null
	[ -z "$follower" ] || kill "$follower" 2>/dev/null
	wait "$follower" 2>/dev/null
	follower=
	true
}
wait_for "the lock" grep -q "^$follower$" "$system.lock"
wait_for "its log" test -e "$system-wal"
for n in 1 2 3; do
	printf '{"time":"2026-04-26T22:15:0%dZ","level":"INFO","msg":"operation started","operation":"vm.stop","op_id":"op-dd0%d"}\n' \
		$n $n >>"$log"
	expect_eq op-dd0$n "$(user bangerlog ops --format json -n 1 2>"$T/err" |
		jq -r .op_id)" "beside its writer"
	expect_eq "" "$(cat "$T/err")" "beside its writer: no word"
done
expect_eq "$follower" "$(user bangerlog info --format json | jq .writer)" writer
# One that does not read any more is not waited for without end.
kill -STOP "$follower"
echo >>"$log"
user bangerlog ops >/dev/null 2>"$T/err" || fail "stopped"
expect_match "may lack the newest lines: its writer is busy" "$(cat "$T/err")" why
kill -CONT "$follower"
kill_follower

# One that cannot be read is not asked; one of the user's own comes first.
chmod 750 "$T/sys?a#b%41"
expect_eq 69 "$(user bangerlog info >/dev/null 2>&1; echo $?)" "unreadable"
chmod 755 "$T/sys?a#b%41"
user bangerlog index "$DATA"/two.jsonl >/dev/null || fail "the user's own"
expect_eq "$own" "$(of)" "the user's own"
expect_eq "$system" "$(BANGERLOG_DB=$system of)" "the variable"
expect_eq "$own" "$(BANGERLOG_DB=$system user bangerlog info --db "$own" \
	--format json | jq -r .db)" "the option"

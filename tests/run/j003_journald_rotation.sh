#!/bin/bash
# SPDX-License-Identifier: ISC
# A journald that rotates, is killed and vacuums, and a reader that is killed
# or away: in the end all that the journal still has is in the index, once;
# what went before it was read is a gap that says so.
here=$(dirname "$0")
# shellcheck source=../lib/journald.sh
. "$here"/../lib/journald.sh
journald_enter "$@"
# shellcheck source=harness.sh
. "$here"/harness.sh
journald_open
journald_conf SystemMaxUse=200M SystemMaxFileSize=1M

follow() {
	bangerlog index --follow --journal --format json >"$T/out" \
		2>>"$T/err" </dev/null &
	follower=$!
	wait_for "the follower's child" reader
}
reader() {
	read -r child <"/proc/$follower/task/$follower/children"
	[ -n "$child" ]
}
stop() {
	kill "$follower"
	wait "$follower" || fail "the follower ended with $?: $(cat "$T/err")"
}
lost() { bangerlog sql "SELECT count(*) FROM gaps WHERE reason = 'lost' AND
	detail LIKE '$1'"; }
files() { find "$JOURNAL" -name "$1" | wc -l; }

lines() {
	bangerlog sql --db "$1" "SELECT ifnull(run, ''), ifnull(seq, ''), line
		FROM records" | LC_ALL=C sort
}
# Both sides as they are now: what journalctl has and the index has not.
missing() {
	oracle "$T/oracle.db" >/dev/null
	LC_ALL=C comm -23 <(lines "$T/oracle.db") <(lines "$BANGERLOG_DB")
}
caught_up() { [ -z "$(missing)" ]; }
whole() {
	expect_eq ok "$(sqlite3 "$BANGERLOG_DB" 'PRAGMA integrity_check')" \
		"integrity $1"
	expect_eq "" "$(lines "$BANGERLOG_DB" | uniq -d | head -n 3)" \
		"lines that are there twice $1"
}

# ---- everybody is killed, and nothing is lost that journald has ------------

at() {
	[ "$(bangerlog sql "SELECT count(*) FROM records" 2>/dev/null)" -ge "$1" ]
}
writing() { kill -0 $writers 2>/dev/null || fail "the writers were too quick"; }

journald_start
follow
batch 0 1000 0.02 & writers=$!
wait_for "the first lines" at 50
journald_rotate
kill -9 "$child"
dead=$child
wait_for "another child" eval "reader && [ \$child != $dead ]"
wait_for "more" at 1000
writing
journald_kill
kill -9 "$follower"
wait "$follower" 2>/dev/null
writing
journald_start
# One that dies in the middle of a rotation leaves no file that it was writing.
for _ in 1 2 3; do
	[ "$(files '*.journal~')" = 0 ] || break
	journald_kill
	journald_start
done
follow
wait_for "more" at 2000
writing
journald_rotate
wait $writers || fail "the writers"
journald_sync
wait_for "all that the journal has" caught_up
stop
whole "after the kills"
expect_eq "$(everything "$T/oracle.db")" "$(everything "$BANGERLOG_DB")" \
	"the index, and that of journalctl's output"
expect_eq 1 "$(lost '%signal 9%')" "the child that was killed"
expect_eq 1 "$(lost %)" "and nothing else"
[ "$(files '*.journal~')" -gt 0 ] || fail "journald's death left no trace"
[ "$(files '*@*.journal')" -gt 3 ] || fail "it rotated $(files '*@*.journal')"
got=$(bangerlog index --journal --format json)
expect_eq '[0,0,0]' "$(jq -c '[.records, .duplicates, .gaps]' <<<"$got")" \
	"a second run"
echo "$(lines "$BANGERLOG_DB" | wc -l) lines, $(files '*.journal*') files"

# ---- it vacuums while nobody reads -----------------------------------------

batch 1000 20
journald_rotate
batch 1020 700
journald_rotate
batch 1720 20
journald_vacuum 1K
expect_eq 1 "$(files '*.journal*')" "files after the vacuum"
got=$(bangerlog index --journal --format json 2>"$T/err") || fail "after it"
expect_eq 1 "$(lost '%no longer has the entry%vacuumed%')" "the reason"
expect_eq 2 "$(lost %)" "and no other"
expect_eq "6001	10320" "$(bangerlog sql "SELECT from_seq, to_seq FROM gaps
	WHERE reason = 'seq' AND from_seq > 6000")" "what is gone of bangerd"
expect_eq '[140,0]' "$(jq -c '[.records, .duplicates]' <<<"$got")" "what is not"
expect_eq "" "$(missing)" "what is left"
whole "after the vacuum"

# ---- it vacuums what a running follower has not read -----------------------

follow
batch 1740 20
wait_for "the follower" caught_up
kill -STOP "$follower" "$child"
batch 1760 20
journald_rotate
batch 1780 700
journald_rotate
batch 2480 20
journald_vacuum 1K
kill -CONT "$child" "$follower"
wait_for "what is left" caught_up
stop
expect_eq "10561	14880" "$(bangerlog sql "SELECT from_seq, to_seq FROM gaps
	WHERE reason = 'seq' AND from_seq > 10500")" "what is gone of bangerd"
n=$(bangerlog sql "SELECT CAST(detail AS INTEGER) FROM gaps WHERE reason =
	'lost' AND detail LIKE '% were vacuumed before they were read'")
# Those lines, and what journald itself says between them.
expect_match '^50[4-8][0-9]$' "$n" "entries that went unread"
expect_eq 3 "$(lost %)" "and no other"
whole "after both vacuums"

#!/bin/bash
# SPDX-License-Identifier: ISC
# Damaged journal files beside a good one: all of the good one is read, and of
# the other either all or there is a gap that names it, told once.  libsystemd
# itself says nothing of most of these, and gives less.
here=$(dirname "$0")
# shellcheck source=../lib/journald.sh
. "$here"/../lib/journald.sh
journald_enter "$@"
# shellcheck source=harness.sh
. "$here"/harness.sh
journald_open
journald_conf SystemMaxUse=200M SystemMaxFileSize=512K

# Of the folder $dir into a fresh index; sets $got.
index() {
	rm -f "$T"/f.db*
	got=$(bangerlog index --db "$T/f.db" --format json --journal="$dir" \
		2>"$T/err") || fail "status $?: $(cat "$T/err")"
}
lost() {
	bangerlog sql --db "${2:-$T/f.db}" "SELECT count(*) FROM gaps
		WHERE reason = 'lost' AND detail LIKE '$1'"
}

# Two files as journald archived them: with long values, which it packs, too.
journald_start
operations 0 60
sed "s/\"op_id/\"x\":\"$(printf 'web-%.0s' {1..250})\",&/" "$T/d.lines" |
	(writer bangerd.service) || fail "the writer"
(writer banger-helper.service line <"$T/h.lines") || fail "the writer"
journald_rotate
batch 60 60
journald_rotate
journald_stop
dir=$T/dir
mkdir "$dir" "$T/good"
set -- "$JOURNAL"/*@*.journal
expect_eq 2 $# "archived files"
cp "$1" "$T/good/a.journal"
cp "$2" "$dir/b.journal"
good=$T/good/a.journal
size=$(stat -c %s "$good")
cp "$good" "$dir"
index
expect_eq '[840,120,0]' "$(jq -c '[.records, .operations, .gaps]' <<<"$got")" \
	"both files as they should be"
want=$(everything "$T/f.db")
[ "$(journalctl --header --file "$good" | grep -cE 'COMPACT|ZSTD.*KEYED')" -gt 0 ] ||
	fail "not a journal of systemd 252: $(journalctl --header --file "$good")"

# judge WHAT [told]: of $dir/a.journal as it is now.
cases=0 told=0
judge() {
	index
	cases=$((cases + 1))
	expect_eq 420 "$(bangerlog sql --db "$T/f.db" "SELECT count(*)
		FROM records WHERE run = 'd0d0d0d0' AND seq > 360 OR
		run = '4e1fe4b0' AND seq > 60")" "$1: the good file"
	if [ "$(lost "%$dir/a.journal is damaged%")" = 1 ]; then
		told=$((told + 1))
	elif [ "${2:-}" = told ]; then
		fail "$1: nothing was said"
	else
		expect_eq "$want" "$(everything "$T/f.db")" "$1: silently"
	fi
}

# ---- bytes that changed ----------------------------------------------------

flip() {
	local byte

	byte=$(od -An -tu1 -j "$1" -N 1 "$good")
	cp "$good" "$dir/a.journal"
	# shellcheck disable=SC2059
	printf "\\x$(printf %x $((byte ^ $2)))" |
		dd of="$dir/a.journal" bs=1 seek="$1" conv=notrunc status=none
	judge "byte $1 ^ $2" "${3:-}"
}

# By the format document: the numbers of objects, entries and data objects.
for at in 144 152 208; do
	flip $at 2 told
done

for ((at = 0; at < 256; at += 7)); do
	flip $at $((1 << at % 8))
done
expect_match '^(1[0-9]|[23][0-9])$' $told "flips in the header that were told"
for ((at = 264; at < size; at += 3001)); do
	flip $at 255
done
echo "$cases flips, $told told"
[ $told -gt $((cases / 3)) ] || fail "only $told of $cases were told"

# ---- what is cut off, blank, or never was a journal ------------------------

for at in 0 1 207 263 5000 $((size / 2)) $((size - 8)); do
	cp "$good" "$dir/a.journal"
	truncate -s "$at" "$dir/a.journal"
	judge "cut off at $at" told
done
for ((at = 0; at < size - 4096; at += 61440)); do
	cp "$good" "$dir/a.journal"
	dd if=/dev/zero of="$dir/a.journal" bs=4096 seek=$((at / 4096)) count=1 \
		conv=notrunc status=none
	judge "zeros from $at"
done
expect_eq 1 "$(lost '%')" "the last page of zeros"
tr '\0-\377' '\200-\377\0-\177' <"$good" >"$dir/a.journal"
judge garbage told
: >"$dir/empty.journal"
echo "no journal at all, but text that is longer than the header of one" \
	>"$dir/text.journal"
mkdir "$dir/folder.journal"
judge "more of them" told
expect_eq 3 "$(lost '%may be missing: %')" "each is told"
expect_eq 1 "$(lost '%/empty.journal is damaged%: it is empty')" "the empty one"
expect_eq 1 "$(lost '%/text.journal is damaged%: it ends within%')" "text"
expect_eq ok "$(sqlite3 "$T/f.db" 'PRAGMA integrity_check')" "integrity"
for again in --format=json --rescan; do
	got=$(bangerlog index --db "$T/f.db" --format json \
		--journal="$dir" $again 2>"$T/err") || fail "again"
	expect_eq '[0,0]' "$(jq -c '[.records, .gaps]' <<<"$got")" \
		"a second run, $again"
	expect_match 'empty.journal is damaged' "$(cat "$T/err")" "it says so"
done
rm -r "$dir"/[eft]*.journal

# Whom the file is not for.
cp "$good" "$dir/a.journal"
chmod 600 "$dir/a.journal"
chmod 644 "$dir/b.journal"
mkdir -m 777 "$T/nobody"
setpriv --reuid=nobody --regid=nogroup --clear-groups env HOME="$T/nobody" \
	bangerlog index --db "$T/nobody/x.db" --journal="$dir" \
	>/dev/null 2>&1 || fail "as nobody"
expect_eq 1 "$(lost '%a.journal is damaged%Permission denied' \
	"$T/nobody/x.db")" "a file that may not be read"

# One file alone that is none is an error.
expect_status 1 bangerlog index --db "$T/x.db" --journal="$T/err"

# ---- cut off while it is read ----------------------------------------------

journald_conf SystemMaxUse=200M SystemMaxFileSize=100M
rm -r "$JOURNAL"
journald_start
batch 200 1500
journald_rotate
journald_stop
rm "$dir/a.journal"
cp "$JOURNAL"/*@*.journal "$dir/big.journal"
rm -f "$T"/f.db*
bangerlog index --db "$T/f.db" --format json --journal="$dir" >"$T/out" \
	2>"$T/err" & pid=$!
child=
has_child() {
	read -r child <"/proc/$pid/task/$pid/children"
	[ -n "$child" ]
}
# The parent takes nothing, and the child fills the pipe and waits in write().
stuck() { [[ $(cat "/proc/$child/syscall") == "1 "* ]]; }
until has_child 2>/dev/null; do [ -d /proc/$pid ] || fail "too quick"; done
kill -STOP $pid
wait_for "its child to wait for it" stuck
truncate -s 100K "$dir/big.journal"
kill -CONT $pid
wait $pid || fail "it ended with $?: $(cat "$T/err")"
expect_eq 1 "$(lost '%signal 7%')" "the bus error"
expect_eq 1 "$(lost '%/big.journal is damaged%it ends before%')" "and the file"
expect_eq 420 "$(bangerlog sql --db "$T/f.db" "SELECT count(*) FROM records
	WHERE run = 'd0d0d0d0' AND seq BETWEEN 361 AND 720 OR
	run = '4e1fe4b0' AND seq BETWEEN 61 AND 120")" "the good file"

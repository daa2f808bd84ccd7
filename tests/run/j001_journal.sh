#!/bin/bash
# SPDX-License-Identifier: ISC
# The journal's own files, read through libsystemd: the same operations as from
# the bare lines, from a file and from a folder of them; read on from where it
# stopped; when the place where it stopped is gone, that is a gap.
. "$(dirname "$0")"/harness.sh
remote=/lib/systemd/systemd-journal-remote
[ -x $remote ] || skip "no systemd-journal-remote"

# make FILE: entries of `journalctl -o json` on standard input to a journal.
make() {
	jq -rj '(.MESSAGE | arrays) |= implode | del(.__CURSOR) | to_entries |
		(.[] | "\(.key)=\(.value)\n"), "\n"' |
		$remote -o "$1" - >/dev/null 2>&1 || fail "making $1"
}

index() {
	bangerlog index --db "$1" --format json "${@:2}"
}

mkdir "$T/all" "$T/parts"
make "$T/all/j.journal" <"$DATA"/journal.jsonl
head -n 9 "$DATA"/journal.jsonl | make "$T/parts/a.journal"
index "$T/bare.db" "$DATA"/start.*.jsonl >/dev/null || fail bare
want=$(answer "$T/bare.db")

for input in "$T/all/j.journal" "$T/all"; do
	rm -f "$T"/j.db*
	got=$(index "$T/j.db" --journal="$input") || fail "$input"
	expect_eq '[22,2,0,0]' "$(jq -c '[.records, .operations, .foreign,
		.gaps]' <<<"$got")" "$input"
	expect_eq "$want" "$(answer "$T/j.db")" "$input: the answer"
	got=$(index "$T/j.db" --journal="$input")
	expect_eq '[0,0,true]' "$(jq -c '[.records, .duplicates, .lines < 3]' \
		<<<"$got")" "$input: nothing new"
	got=$(index "$T/j.db" --rescan --journal="$input")
	expect_eq '[0,22]' "$(jq -c '[.records, .duplicates]' <<<"$got")" \
		"$input: from the start again"
done

# A folder that grows by a file, as a rotated journal does.
got=$(index "$T/p.db" --journal="$T/parts")
expect_eq 9 "$(jq .records <<<"$got")" "the first file"
tail -n +10 "$DATA"/journal.jsonl | make "$T/parts/b.journal"
got=$(index "$T/p.db" --journal="$T/parts")
expect_eq '[13,0,0]' "$(jq -c '[.records, .duplicates, .gaps]' <<<"$got")" \
	"and the second"
expect_eq "$want" "$(answer "$T/p.db")" "both"

# The entry where it stopped is vacuumed away.
got=$(index "$T/v.db" --journal="$T/parts")
expect_eq 22 "$(jq .records <<<"$got")" "before the vacuum"
rm "$T/parts/b.journal"
head -n 3 "$DATA"/journal.jsonl | make "$T/parts/c.journal"
got=$(index "$T/v.db" --journal="$T/parts" 2>"$T/err") || fail "after it"
expect_match 'no longer has' "$(cat "$T/err")" "it says so"
expect_eq '[0,1]' "$(jq -c '[.records, .gaps]' <<<"$got")" "after the vacuum"
expect_eq "$want" "$(answer "$T/v.db")" "what was read stands"

expect_status 1 index "$T/n.db" --journal="$T/none"
expect_match "$T/none" "$OUT" "what is missing is named"
expect_status 2 index "$T/n.db" --journal "$T/all"
expect_match -- "--journal=$T/all" "$OUT" "how it is written"
expect_status 2 index "$T/n.db"

#!/bin/bash
# SPDX-License-Identifier: ISC
# Log files as rotation leaves them, packed by gzip or zstd: the same answer as
# from the bare lines, by whatever name and from standard input; a damaged one
# gives what it has, and says so.
. "$(dirname "$0")"/harness.sh

index() {
	rm -f "$T"/x.db*
	bangerlog index --db "$T/x.db" --format json "$@"
}

index "$DATA"/start.*.jsonl >/dev/null || fail bare
want=$(answer "$T/x.db")
cat "$DATA"/start.*.jsonl >"$T/all"

for pack in "gzip -c" "zstd -qc"; do
	# Each file a member of its own, in one file.
	for file in "$DATA"/start.*.jsonl; do
		$pack <"$file"
	done >"$T/members"
	for file in "$DATA"/start.*.jsonl; do
		$pack <"$file" >"$T/${file##*/}"
	done
	for input in "$T/members" - "$T"/start.daemon.jsonl\ "$T"/start.helper.jsonl; do
		# shellcheck disable=SC2086
		got=$(index $input <"$T/members") || fail "$pack: $input"
		expect_eq '[22,2,0]' "$(jq -c '[.records, .operations,
			.gaps]' <<<"$got")" "$pack: $input"
		expect_eq "$want" "$(answer "$T/x.db")" "$pack: $input"
	done
	got=$($pack <"$T/all" | cat | index -) || fail "$pack: a pipe"
	expect_eq "$want" "$(answer "$T/x.db")" "$pack: a pipe"

	# Cut off in the middle of the second member.
	head -c -20 "$T/members" >"$T/cut"
	index "$T/cut" >"$T/out" 2>"$T/err"
	expect_eq 1 "$(grep -c "is damaged at byte" "$T/out" "$T/err" |
		awk -F: '{ n += $2 } END { print n }')" "$pack: cut off, it says"
done

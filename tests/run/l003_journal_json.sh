#!/bin/bash
# SPDX-License-Identifier: ISC
# The same operation as journalctl -o json writes it (strings, byte arrays,
# keys in any order) gives the same trace; odd entries are rows or gaps.
. "$(dirname "$0")"/harness.sh

bangerlog index --db "$T/bare.db" "$DATA"/start.*.jsonl >/dev/null || fail bare
bangerlog index --db "$T/journal.db" - <"$DATA"/journal.jsonl >/dev/null ||
	fail journal
for op in op-7f op-7e; do
	expect_eq "$(bangerlog trace --db "$T/bare.db" --format json $op)" \
		"$(bangerlog trace --db "$T/journal.db" --format json $op)" $op
done
got=$(bangerlog index --db "$T/bare.db" --format json "$DATA"/journal.jsonl)
expect_eq '[0,22]' "$(jq -c '[.records, .duplicates]' <<<"$got")" \
	"both forms of a line are one"

got=$(bangerlog index --format json "$DATA"/journal-odd.jsonl)
expect_eq '[11,7,3,1,2]' "$(jq -c '[.records, .text, .bad, .torn, .gaps]' \
	<<<"$got")" "odd entries"
got=$(bangerlog index --rescan --format json "$DATA"/journal-odd.jsonl)
expect_eq '[0,11]' "$(jq -c '[.records, .duplicates]' <<<"$got")" "again"

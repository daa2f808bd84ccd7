#!/bin/bash
# SPDX-License-Identifier: ISC
# What a log holds never reaches the terminal as a control: escapes, bidi
# marks, NULs, broken UTF-8, an op_id of 4 KiB.
. "$(dirname "$0")"/harness.sh

got=$(bangerlog index --format json "$DATA"/hostile.jsonl) || fail "index"
expect_eq '[13,3,2,4]' "$(jq -c '[.records, .operations, .text, .bad]' \
	<<<"$got")" "hostile"
expect_eq "$(bangerlog raw op-e000000000000002)" "$(bangerlog raw \
	op-e000000000000001 | grep -F op-e000000000000002)" "a line of two operations"

# No byte but printable ASCII, newline and UTF-8; no C1, bidi or zero width.
clean() {
	local what=$1

	shift
	"$@" >"$T/out" 2>&1
	[ -s "$T/out" ] || fail "$what: no output"
	LC_ALL=C grep -qP '[\x00-\x09\x0b-\x1f\x7f]' "$T/out" &&
		fail "$what: a control character"
	LC_ALL=C grep -qP '\xc2[\x80-\x9f]|\xe2\x80[\x8b-\x8f\xa8-\xae]' \
		"$T/out" && fail "$what: a C1 or bidi character"
	iconv -f UTF-8 -t UTF-8 "$T/out" >/dev/null || fail "$what: not UTF-8"
}
for op in op-e000000000000001 op-x; do
	for width in 20 40 80 200; do
		clean "trace $op $width" bangerlog trace --width $width $op
	done
	clean "trace $op ascii" bangerlog trace --ascii $op
	clean "json $op" bangerlog trace --format json $op
done
clean "ops" bangerlog ops
clean "ops json" bangerlog ops --format json
clean "an unknown reference" bangerlog trace $'\e[31m\u202e'
bangerlog ops --format json | jq -e . >/dev/null || fail "ops is no JSON"

text=$(bangerlog trace op-e000000000000001)
expect_match 'ev\\x1b\[31mil\\u202e  failed after 7.000s in dup' "$text" title
expect_match 'boom \\x1b\]0;title\\a \\u202egnol; inspect /x' "$text" error
expect_match '3 lines of it could not be read' "$text" closing
json=$(bangerlog trace --format json op-e000000000000001)
expect_eq '["dup",5000]' "$(jq -c '.stages[1] | [.stage, .duration_ms]' \
	<<<"$json")" "the first of two keys counts"
expect_eq '["vm.stop","running"]' "$(bangerlog trace --format json op-x |
	jq -c '[.operation, .status]')" "the long op_id is traced"
printf '%s' "$json" | jq -r .subject.vm_name | grep -q $'\e' ||
	fail "JSON keeps what the log said"

bangerlog trace --width 40 op-e000000000000001 | grep -q ' $' && fail "blanks at an end"

# Colour is ours alone, and only when asked for.
bangerlog trace --color always op-e000000000000001 | grep -q $'\e\[1;31m' || fail "colour"
bangerlog trace --color always op-e000000000000001 | sed $'s/\e\\[[0-9;]*m//g' |
	LC_ALL=C grep -qP '[\x1b\x07]' && fail "a foreign escape"
exit 0

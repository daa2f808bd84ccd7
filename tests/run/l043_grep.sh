#!/bin/bash
# SPDX-License-Identifier: ISC
# bangerlog grep: the lines that grep itself finds in the files, each with its
# operation; decoded values; hostile lines and patterns.
. "$(dirname "$0")"/harness.sh

files=()
for name in start.daemon start.helper failed hostile two torn; do
	files+=("$DATA/$name.jsonl")
	bangerlog index "$DATA/$name.jsonl" >/dev/null || fail "index $name"
done
for pattern in vmm_launch 'qemu ended' '"call":[0-9]+' 'op-aa0+1' web; do
	expect_eq "$(cat "${files[@]}" | LC_ALL=C grep -aE -- "$pattern" | sort)" \
		"$(bangerlog grep --raw -- "$pattern" | LC_ALL=C sort)" "/$pattern/"
done
expect_eq "$(bangerlog grep --raw -i VMM_launch | sha256sum)" \
	"$(bangerlog grep --raw vmm_launch | sha256sum)" "-i"
expect_eq op-fa00000000000001 "$(bangerlog grep -q 'method = vm.start' \
	--format json 'qemu ended' | jq -r .op_id | sort -u)" "its operation"
expect_eq 2 "$(bangerlog grep -n 2 web | wc -l)" "-n"
expect_eq "" "$(bangerlog grep -q completed 'qemu ended')" "-q"
expect_eq "" "$(bangerlog grep -U '2026-04-26 22:13:10 UTC' 'qemu ended')" "-U"
expect_status 1 bangerlog grep 'nothing has this'
# A value that was written with escapes is found as it is, too.
expect_eq '["op-fb00000000000001","error",0,0]' "$(bangerlog grep --format json \
	'unknown method "vm' | jq -c '[.op_id, .attribute, .start, .end]' |
	sort -u)" "decoded"
expect_eq true "$(bangerlog grep --format json 'qemu e' | jq -s 'all(.[];
	.start as $s | .end as $e | (.line | .[$s:$e]) == "qemu e")')" "where"
# Lines of no operation count, unless operations are asked for.
bangerlog grep --format json . | jq -e 'select(.op_id == null)' >/dev/null ||
	fail "no line without an operation"
bangerlog grep -q 'records > 0' --format json . |
	jq -e 'select(.op_id == null)' && fail "a line without an operation"
expect_status 2 bangerlog grep 'a('
expect_match 'byte 3 of the pattern' "$OUT" "a mistake"
expect_no_match '[[:cntrl:]]' "$(bangerlog grep . | tr -d '\n')" "controls"
expect_no_match '[[:cntrl:]]' "$(bangerlog grep --format json . |
	tr -d '\n')" "controls in json"
for width in 60 80 132; do
	[ "$(bangerlog grep --width $width . | wc -L)" -le $width ] ||
		fail "wider than $width"
done
# A pattern without end on a text made for it is given up, and said.
printf '{"time":"2026-04-26T22:20:00Z","level":"INFO","msg":"%s"}\n' \
	"$(printf 'a%.0s' {1..3000})" >"$T/hard"
bangerlog index "$T/hard" >/dev/null || fail "index hard"
bangerlog grep '(a|aa|a?a)+(?=b)$' >"$T/out" 2>"$T/err"
expect_match 'too hard for the pattern' "$(cat "$T/err")" "hard"

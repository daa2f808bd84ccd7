#!/bin/bash
# SPDX-License-Identifier: ISC
# How one operation is named: its id or the beginning of it, last, last-failed,
# vm:NAME, ^N; and what is said when none or several are meant.
. "$(dirname "$0")"/harness.sh

for name in start.daemon start.helper failed hostile two; do
	bangerlog index "$DATA/$name.jsonl" >/dev/null || fail "index $name"
done

# An operation of a VM whose name is made for escaping.
printf '{"time":"2026-04-26T22:30:0%d.5Z","level":"INFO","msg":"operation completed","run":"0dd","seq":%d,"operation":"vm.stop","op_id":"op-dd0000000000000%d","vm_id":"id-odd","vm_name":"a\\"b\\\\ or failed","duration_ms":1}\n' \
	1 1 1 2 2 2 >"$T/odd.jsonl"
bangerlog index "$T/odd.jsonl" >/dev/null || fail "index odd"

ref() {
	bangerlog trace --format json "$1" | jq -r .op_id
}

mapfile -t newest < <(bangerlog ops -n 0 --format json | jq -r .op_id)
expect_eq "${newest[0]}" "$(ref last)" "last"
for n in 0 1 2 "$((${#newest[@]} - 1))"; do
	expect_eq "${newest[n]}" "$(ref "^$n")" "^$n"
	expect_eq "${newest[n]}" "$(ref "last^$n")" "last^$n"
done
mapfile -t failed < <(bangerlog ops -n 0 -q failed --format json | jq -r .op_id)
expect_eq "${failed[0]}" "$(ref last-failed)" "last-failed"
expect_eq "${failed[1]}" "$(ref last-failed^1)" "last-failed^1"
expect_eq op-7f00000000000001 "$(ref vm:web-1)" "vm"
expect_eq op-7f00000000000001 "$(ref vm:vm-web-1)" "vm by its id"
expect_eq op-dd00000000000002 "$(ref 'vm:a"b\ or failed')" "odd name"
expect_eq op-dd00000000000001 "$(ref 'vm:id-odd^1')" "the one before it"
expect_eq op-7f00000000000001 "$(ref 7f)" "digits"
expect_eq op-7f00000000000001 "$(ref op-7f0000)" "prefix"
expect_eq op-7f00000000000001 "$(ref op-7f00000000000001)" "id"
expect_eq "$(bangerlog raw last)" "$(bangerlog raw "${newest[0]}")" "raw too"

# Several: they are listed.
expect_status 2 bangerlog trace aa
expect_match '"aa" could be any of' "$OUT" "ambiguous"
expect_match '^  op-aa00000000000001  vm.start left completed$' "$OUT" "one"
expect_match '^  op-aa00000000000002  vm.start right completed$' "$OUT" "two"

# None: what there is that is like it.
expect_status 1 bangerlog trace op-7f00000000000010
expect_match 'no operation "op-7f00000000000010".*mean "op-7f00000000000001"' \
	"$OUT" "an id like it"
expect_status 1 bangerlog trace vm:wbe-1
expect_match 'did you mean "vm:web-1"' "$OUT" "a VM like it"
expect_status 1 bangerlog trace web-1
expect_match 'did you mean "vm:web-1"' "$OUT" "a VM's name alone"
expect_status 1 bangerlog trace zzzz
expect_match 'bangerlog index --db' "$OUT" "nothing like it"
expect_status 1 bangerlog trace ^10000
expect_status 1 bangerlog trace vm:web-1^50
expect_status 1 bangerlog trace "vm:\" or failed or vm = \""

# No reference at all.
for ref in ^ ^x ^-1 last^ vm:web-1^1x op-7f^1 7f^0; do
	expect_status 2 bangerlog trace "$ref"
done

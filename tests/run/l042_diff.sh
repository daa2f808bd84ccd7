#!/bin/bash
# SPDX-License-Identifier: ISC
# bangerlog diff: stages and calls aligned by name and order, marked where the
# difference matters in itself and as a share, and what else differs.
. "$(dirname "$0")"/harness.sh
# shellcheck source=../lib/history.sh
. "$TESTS"/lib/history.sh

{
	for n in 1 2 3 4 5 6; do
		history_op op-a$n $n $((98 + n))
	done
	history_op op-slow 10 130
	history_op op-bad 11 20 'no space'
	history_op op-near 12 103
} >"$T/log"
bangerlog index "$T/log" >/dev/null || fail "index"

read -r -d '' want <<'END'
A + vm.start web-1  completed in 134.0ms
    op-a6
B ! vm.start web-1  failed after 30.0ms in vmm_spawn
    op-bad

                    A       B       B-A
*  all of it  134.0ms  30.0ms  -104.0ms  -78%

   STAGE             A       B      B-A
   validate     10.0ms  10.0ms     +0us   +0%
*  vmm_spawn   104.0ms  20.0ms  -84.0ms  -81%
   guest_wait   20.0ms       -   only a     -

   HELPER CALL        A       B      B-A
*  vmm.launch   103.0ms  19.0ms  -84.0ms  -82%

  status        completed -> failed
  error         - -> vmm.launch: no space
  code          - -> operation_failed
END
expect_eq "$want" "$(bangerlog diff --ascii --width 80 op-a6 op-bad |
	sed 's/ *$//')" "two operations"
# The other way round, and a stage that only the second has.
expect_eq '[["validate",false],["vmm_spawn",true],["guest_wait",false]]' \
	"$(bangerlog diff --format json op-bad op-a6 | jq -c \
	'[.stages[] | [.name, .marked]]')" "reversed"
expect_eq 'false true' "$(bangerlog diff --format json op-bad op-a6 | jq -r \
	'.stages[2] | "\(.in_a) \(.in_b)"')" "only in b"
# 30 ms of 100 matter; 3 ms of 130 do not; nothing differs but the id.
expect_eq '[true,[]]' "$(bangerlog diff --format json op-a2 op-slow | jq -c \
	'[.stages[1].marked, .attributes]')" "marked"
expect_eq false "$(bangerlog diff --format json op-a1 op-near |
	jq '.stages[1].marked')" "not marked"
# Before op-slow six: 99 to 104, median 101.5.
expect_eq '[null,"op-slow",6,131.5,160,[10,101.5,20],[false,true,false]]' \
	"$(bangerlog diff --baseline op-slow --format json | jq -c '[.a, .b, .n,
	.a_ms, .b_ms, [.stages[].a_ms], [.stages[].marked]]')" "baseline"
expect_status 1 bangerlog diff --baseline op-a3
expect_match 'only 2 of the operations before op-a3' "$OUT" "too few"
expect_status 2 bangerlog diff op-a3
expect_status 2 bangerlog diff --baseline op-a3 op-a4
expect_status 1 bangerlog diff op-a3 op-zz

for name in start.daemon failed hostile two torn; do
	bangerlog index "$DATA/$name.jsonl" >/dev/null || fail "index $name"
done
for op in $(bangerlog ops --all -n 0 --format json | jq -r .op_id); do
	text=$(bangerlog diff --width 60 op-a1 "$op") || fail "$op"
	[ "$(wc -L <<<"$text")" -le 60 ] || fail "$op: wide: $text"
	expect_no_match '[[:cntrl:]]' "$text" "$op: controls"
done
# Along what both have: nothing is paired across another pair.
bangerlog index "$DATA/start.helper.jsonl" >/dev/null || fail "index"
expect_eq '12 validate tap_create vmm_launch' "$(bangerlog diff --format json \
	7f op-fa | jq -r '[(.stages | length | tostring)] +
	[.stages[] | select(.in_a and .in_b) | .name] | join(" ")')" "aligned"

#!/bin/bash
# SPDX-License-Identifier: ISC
# bangerlog why: the part that failed or took the time, what is normal (worked
# out by hand), the first error, the same failure before, on one screen.
. "$(dirname "$0")"/harness.sh
# shellcheck source=../lib/history.sh
. "$TESTS"/lib/history.sh

{
	history_op op-a1 1 100
	history_op op-a2 2 104 
	history_op op-f1 3 50 'no tap bg0001 at /run/a/b'
	history_op op-a3 4 96
	history_op op-a4 5 100
	history_op op-slow 6 500
	history_op op-f2 7 50 'disk is full'
	history_op op-a5 8 108
	history_op op-f3 9 50 'no tap bg0777 at /run/c'
	history_op op-b1 10 500
	history_op op-b2 11 126
	history_op op-now 12 0 running
} >"$T/log"
bangerlog index "$T/log" >/dev/null || fail "index"

# json OP FILTER
json() {
	bangerlog why --format json "$1" | jq -c "$2"
}

# Before op-f3 six went well: spawn 100 104 96 100 500 108, median 102, away
# from it 2 2 6 2 398 6: median 4.
expect_eq '["vmm_spawn",true,50,{"n":6,"median_ms":102,"mad_ms":4,"p90_ms":null}]' \
	"$(json op-f3 '[.stage.name, .stage.failed, .stage.duration_ms,
	.stage.normal]')" "the stage"
expect_eq '["vmm.launch",true,49,101,4]' "$(json op-f3 '[.helper_call.method,
	.helper_call.failed, .helper_call.duration_ms,
	.helper_call.normal.median_ms, .helper_call.normal.mad_ms]')" "the call"
expect_eq '["no tap bg0777 at /run/c","operation_failed","helper"]' \
	"$(json op-f3 '[.error, .code, .error_from]')" "the first error"
expect_eq '[2,1,"op-f1","2026-04-26T22:00:03Z"]' "$(json op-f3 '[.before |
	.failures, .same, .first, .first_time]')" "the same before"
expect_eq '[1,0,null]' "$(json op-f2 '[.before | .failures, .same, .first]')" \
	"none before"
# Four before it are no history.
expect_eq '{"n":4,"median_ms":null,"mad_ms":null,"p90_ms":null}' \
	"$(json op-slow .normal)" "too few"
expect_eq '["vmm_spawn",false,"vmm.launch",false,null]' "$(json op-slow \
	'[.stage.name, .stage.failed, .helper_call.method, .helper_call.failed,
	.error]')" "what took the time"
expect_match 'no history \(n=4\)' "$(bangerlog why op-slow)" "too few, in text"

# Slow is what is beyond the median by four of the spread, by a quarter, and by
# more than 2 ms; op-b2 is not by a quarter.
expect_match '^  most in   vmm_spawn, 500.0ms; normally .* times as long' \
	"$(bangerlog why --ascii --width 200 op-b1)" "slow"
expect_no_match 'times as' "$(bangerlog why --ascii --width 200 op-b2)" "not slow"

read -r -d '' want <<'END'
! vm.start web-1  failed after 60.0ms in vmm_spawn
  began     2026-04-26T22:00:09Z  op-f3
  took      60.0ms; normally 132.0ms +- 4.0ms (median +- MAD, n=6)
  failed in vmm_spawn, 50.0ms; normally 102.0ms +- 4.0ms (median +- MAD, n=6)
  helper    vmm.launch (call 1) failed after 49.0ms; normally 101.0ms +- 4.0ms
            (median +- MAD, n=6)
  error     operation_failed: no tap bg0777 at /run/c (helper)
  before    the same in 1 of 2 failures; first 2026-04-26T22:00:03Z op-f1
  missing   nothing: no line is missing
  next      bangerlog trace op-f3
END
expect_eq "$want" "$(bangerlog why --ascii --width 80 op-f3)" "the screen"
text=$(bangerlog why --ascii op-now)
expect_match 'now in    vmm_spawn' "$text" "running"
expect_match 'ends      may be stuck: longer than half of 8' "$text" "stuck"
expect_match 'next      bangerlog trace --follow op-now' "$text" "next"

# A text without end does not push the rest off the screen.
{
	history_op op-f4 20 50 "$(printf 'no room %.0s' {1..400})"
} >"$T/long"
bangerlog index "$T/long" >/dev/null || fail "index"

# Each operation of the data fits a screen, however hostile it is.
for name in start.daemon start.helper failed hostile two journal torn; do
	bangerlog index "$DATA/$name.jsonl" >/dev/null || fail "index $name"
done
n=0
for op in $(bangerlog ops --all -n 0 --format json | jq -r .op_id); do
	for width in 40 80 132; do
		text=$(bangerlog why --width $width "$op") || fail "$op"
		[ "$(wc -L <<<"$text")" -le $width ] ||
			fail "$op: wider than $width: $text"
		[ $width = 40 ] || [ "$(wc -l <<<"$text")" -le 24 ] ||
			fail "$op: more than a screen: $text"
		expect_no_match '[[:cntrl:]]' "$text" "$op: controls"
	done
	bangerlog why --format json "$op" | jq -e 'has("stage") and
		has("normal") and has("before") and has("missing")' >/dev/null ||
		fail "$op: json"
	n=$((n + 1))
done
[ $n -ge 18 ] || fail "only $n operations"
expect_status 1 bangerlog why op-zz
expect_match 'no operation "op-zz"' "$OUT" "unknown"

#!/bin/bash
# SPDX-License-Identifier: ISC
# bangerlog tail: what began and ended, in order; followed, each event once,
# also of a file that grows without an indexer; Ctrl-C ends it well.
. "$(dirname "$0")"/harness.sh
# shellcheck source=../lib/history.sh
. "$TESTS"/lib/history.sh

{
	history_op op-a1 1 100
	history_op op-a2 2 100 'no space'
	history_op op-a3 3 0 running
} >"$T/log"
bangerlog index "$T/log" >/dev/null || fail "index"

read -r -d '' want <<'END'
22:00:01  op-a1  vm.start web-1 began
22:00:01  op-a1  vm.start web-1 completed in 130.0ms
22:00:02  op-a2  vm.start web-1 began
22:00:02  op-a2  vm.start web-1 failed after 110.0ms in vmm_spawn: vmm.launch: no space
22:00:03  op-a3  vm.start web-1 began
END
expect_eq "$want" "$(bangerlog tail)" "all of it"
expect_eq "$(tail -n 2 <<<"$want")" "$(bangerlog tail -n 2)" "-n"
expect_eq "op-a2 op-a2" "$(bangerlog tail -q failed --format json |
	jq -r .op_id | xargs)" "-q"
expect_eq '["end","failed",110,"vmm_spawn"]' "$(bangerlog tail -q failed \
	--format json | tail -n 1 | jq -c '[.event, .status, .duration_ms,
	.stage]')" "json"
for width in 40 60 100; do
	[ "$(bangerlog tail --width $width | wc -L)" -le $width ] ||
		fail "wider than $width"
done

bangerlog tail -f -n 1 --format json >"$T/out" 2>"$T/err" &
pid=$!
end() { [ -z "$pid" ] || kill "$pid" 2>/dev/null || :; }
at_exit end
events() {
	[ "$(jq -r '.op_id + " " + .event' "$T/out" | xargs)" = "$1" ]
}
wait_for "the last one" events "op-a3 begin"
H_SEQ=100
history_op op-a4 4 0 running >>"$T/log"
wait_for "a beginning" events "op-a3 begin op-a4 begin"
H_OP=op-a3
history_line 50 INFO "operation completed" \
	'"operation":"vm.start","duration_ms":50' | sed 's/:04\.050/:03.050/' \
	>>"$T/log"
wait_for "its end" events "op-a3 begin op-a4 begin op-a3 end"
history_op op-a5 5 20 >>"$T/log"
wait_for "both" events \
	"op-a3 begin op-a4 begin op-a3 end op-a5 begin op-a5 end"
kill -INT "$pid"
wait "$pid"
expect_eq 0 $? "Ctrl-C"
pid=
expect_eq "" "$(cat "$T/err")" "stderr"
bangerlog index "$DATA"/hostile.jsonl >/dev/null || fail "index hostile"
expect_no_match '[[:cntrl:]]' "$(bangerlog tail -n 99 | tr -d '\n')" "controls"

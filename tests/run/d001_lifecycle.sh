# SPDX-License-Identifier: ISC
# A VM from creation to deletion, and the trace of its start.
. "$(dirname "$0")"/harness.sh
with_instance
with_image

banger create web1 --image tiny >/dev/null || fail create
expect_status 1 banger create web1 --image tiny
expect_match '^banger: a VM named web1 exists already \(op-[0-9a-f]{16}\)$' "$OUT" duplicate
started=$(banger start web1) || fail "start"
expect_match '^started web1 \([0-9.]+\) in [0-9.]+m?s \(op-' "$started" start
expect_eq running "$(banger show web1 --format json | jq -r .vm.state)" state
gateway=$(ip -4 -o addr show "$I_BRIDGE" | awk '{ sub("/.*", "", $4); print $4 }')
expect_status 0 banger exec web1 -- /bin/busybox ping -c 1 -w 5 "$gateway"
expect_status 0 banger exec web1 -- /bin/busybox hostname
expect_eq web1 "$OUT" "the guest's host name"
expect_status 7 banger exec web1 -- /bin/busybox sh -c 'echo out; echo err >&2; exit 7'
expect_match 'out' "$OUT" "exec's output"
# C1, bidi and DEL, as JSON for a terminal.
expect_eq '"\u001B\u009B\u202E\u007f."' "$(banger exec --format json web1 -- /bin/busybox \
	printf '\033\302\233\342\200\256\177.' | grep -o '"\\u001B[^"]*"')" "exec's JSON"
stopped=$(banger stop web1) || fail "stop"
expect_match '\(guest\)' "$stopped" "the guest took the stop"
banger delete web1 >/dev/null || fail "delete"
expect_eq "" "$(banger list --format json)" "no VM left"
expect_eq "" "$(ls "$I_DIR/state/vm")" "no disk left"
expect_eq "" "$(instance_leaks | grep -v ^process)" "nothing left in the system"

index_logs
op=$(op_of "$started")
expect_eq completed "$(trace_json "$op" .status)" status
[ "$(trace_json "$op" '.stages | length')" -ge 8 ] || fail "fewer than 8 stages"
expect_eq vmm.launch "$(trace_json "$op" \
	'.stages[] | select(.stage == "vmm_spawn").helper_calls[].method')" \
	"the launch stands in its stage"
expect_eq 4 "$(trace_json "$op" '[.stages[].helper_calls[]] | length')" "helper calls"
expect_eq true "$(trace_json "$op" \
	'(([.stages[].duration_ms] | add) + .unaccounted_ms - .duration_ms) | fabs < 0.01')" \
	"the stages' sum is the operation's duration"
expect_eq true "$(trace_json "$op" .complete)" "the trace is complete"
bangerlog trace "$op" | while IFS= read -r line; do
	[ ${#line} -le 80 ] || fail "wider than 80 columns: $line"
done || exit 1

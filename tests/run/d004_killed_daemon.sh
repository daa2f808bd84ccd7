# SPDX-License-Identifier: ISC
# bangerd is killed with -9 in mid-operation: at its next start the operation
# is closed as interrupted under its own id, and what it says of the VM is true.
. "$(dirname "$0")"/harness.sh
with_instance
with_image
banger create web1 --image tiny >/dev/null && banger create keep1 --image tiny >/dev/null ||
	fail create
banger start keep1 >/dev/null || fail "start keep1"
banger start web1 2>/dev/null & client=$!
in_stage() {
	banger op list --format json | jq -se \
		"any(.state == \"running\" and .operation == \"vm.start\" and .stage == \"$1\")"
}
wait_for "guest_wait" in_stage guest_wait
op=$(banger op list --format json | jq -r 'select(.state == "running").op_id')
instance_end "$I_DAEMON" KILL
wait $client && fail "the client saw no error"
[ "$(instance_vmms | wc -l)" = 2 ] || fail "a VMM died with the daemon"

instance_daemon || fail "bangerd did not start again"
expect_eq "stopped its start was interrupted" "$(banger show web1 --format json |
	jq -r '.vm.state + " " + .vm.last_error')" "the VM whose start was cut off"
expect_eq running "$(banger show keep1 --format json | jq -r .vm.state)" "the one that ran"
expect_eq 1 "$(instance_vmms | wc -l)" "VMMs left"
expect_eq keep1 "$(banger exec keep1 -- /bin/busybox hostname)" "its agent still answers"
index_logs
expect_eq "interrupted interrupted guest_wait" "$(trace_json "$op" \
	'.status + " " + .code + " " + .stages[-1].stage')" "the trace"
expect_eq 1 "$(jq -c "select(.op_id == \"$op\" and (.msg | test(\"^operation (failed|completed)$\")))" \
	"${LOGS[0]}" | wc -l)" "terminal lines"
# It can be used again.
banger start web1 >/dev/null || fail "start after the crash"
# Killed and started with nothing under way: nothing changes.
instance_end "$I_DAEMON" KILL
instance_daemon || fail "bangerd did not start a third time"
expect_eq "running running" "$(banger list --format json | jq -r .state | xargs)" "both run on"
banger stop keep1 >/dev/null && banger stop web1 >/dev/null || fail "stop after restarts"

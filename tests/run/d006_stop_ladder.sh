# SPDX-License-Identifier: ISC
# vm.stop asks the guest, then the VMM, then kills it; a VMM that dies by
# itself is noticed.
. "$(dirname "$0")"/harness.sh
with_instance
with_image
banger create web1 --image tiny >/dev/null || fail create
stages() {
	index_logs
	trace_json "$(op_of "$1")" '[.stages[].stage] | join(" ")'
}

banger start web1 >/dev/null || fail start
# A guest that cannot hear: its agent is stopped.
banger exec --timeout 1 web1 -- /bin/busybox sh -c 'kill -STOP $(pidof qemu-ga)' >/dev/null 2>&1
out=$(banger stop web1 --timeout 1) || fail "stop of a deaf guest"
expect_match '\(quit\)' "$out" "the VMM was asked"
expect_match 'guest_shutdown vmm_quit vmm_reap' "$(stages "$out")" "the ladder's first two"

banger start web1 >/dev/null || fail "second start"
vmm=$(instance_vmms)
kill -STOP "$vmm"
out=$(banger stop web1 --timeout 1) || fail "stop of a stuck VMM"
expect_match '\(kill\)' "$out" "the VMM was killed"
expect_match 'guest_shutdown vmm_quit vmm_kill' "$(stages "$out")" "the whole ladder"

banger start web1 >/dev/null || fail "third start"
out=$(banger stop --force web1) || fail "forced stop"
expect_no_match 'guest_shutdown' "$(stages "$out")" "force does not ask the guest"

banger start web1 >/dev/null || fail "fourth start"
kill -KILL "$(instance_vmms)"
is_stopped() { [ "$(banger show web1 --format json | jq -r .vm.state)" = stopped ]; }
wait_for "the daemon to notice" is_stopped
expect_match 'killed by signal 9' \
	"$(banger show web1 --format json | jq -r .vm.last_error)" "why it ended"
index_logs
expect_eq completed "$(bangerlog ops --format json |
	jq -r 'select(.operation == "vm.exit").status')" "vm.exit is an operation"
expect_eq "" "$(instance_leaks | grep -v ^process)" "nothing left in the system"

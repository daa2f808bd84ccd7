# SPDX-License-Identifier: ISC
# Operations whose client, VMM or daemon goes away: each ends in exactly one
# terminal line, and what is then said of the VM is true.
. "$(dirname "$0")"/harness.sh
with_instance
with_image
state() { banger show "$1" --format json | jq -r .vm.state; }
is() { [ "$(state "$1")" = "$2" ]; }
in_stage() {
	banger op list --format json | jq -se --arg o "$1" --arg s "$2" \
		'any(.state == "running" and .operation == $o and .stage == $s)'
}
# The id of the operation under way.
running_op() { banger op list --format json | jq -r 'select(.state == "running").op_id'; }
none_running() { [ -z "$(running_op)" ]; }
terminals() {
	jq -r --arg op "$1" 'select(.op_id == $op and (.msg | test("^operation (failed|completed)$"))) | .msg' "${LOGS[0]}" | xargs
}
fds() { ls "/proc/$I_DAEMON/fd" | wc -l; }
in_use() { [ "$(fds)" -ge "$1" ]; }
at_base() { [ "$(fds)" -le "$1" ]; }
banger create web1 --image tiny >/dev/null || fail create

# ---- two starts, and both clients vanish ---------------------------------------
banger version >/dev/null
base=$(fds)
banger start web1 >/dev/null 2>&1 & first=$!
wait_for "guest_wait" in_stage vm.start guest_wait
op=$(running_op)
expect_status 1 banger start web1
expect_match "web1 is held by another operation \\($op\\)" "$OUT" "the second start"
kill -KILL $first
wait_for "the start to end without its client" none_running
expect_eq "operation completed" "$(terminals "$op")" "its terminal lines"
expect_eq running "$(state web1)" "the VM"
# One is the VMM's monitor.
wait_for "the client's descriptor to be given back" at_base $((base + 1))

# ---- the VMM ends while an operation has the VM ---------------------------------
banger exec web1 -- /bin/busybox sleep 60 >/dev/null 2>&1 & first=$!
wait_for "guest_exec" in_stage vm.exec guest_exec
kill -KILL "$(instance_vmms)"
wait $first && fail "exec in a VM that died"
wait_for "the VM to be known as stopped" is web1 stopped
expect_match 'killed by signal 9' "$(banger show web1 --format json | jq -r .vm.last_error)" "why"

# ---- a running VM is deleted ----------------------------------------------------
banger create del1 --image tiny >/dev/null && banger start del1 >/dev/null || fail "start del1"
expect_status 1 banger delete del1
banger delete --force del1 >/dev/null || fail "delete --force of a running VM"
expect_status 1 banger show del1
expect_eq "" "$(instance_vmms)" "its VMM"
expect_eq "" "$(instance_leaks | grep -v ^process)" "left behind"
wait_for "its descriptors to be given back" at_base "$base"

# ---- SIGTERM while a VM starts: the start may end --------------------------------
banger start web1 >/dev/null 2>&1 & first=$!
wait_for "guest_wait" in_stage vm.start guest_wait
op=$(running_op)
instance_end "$I_DAEMON"
wait $first || fail "the client got no answer"
expect_eq "operation completed" "$(terminals "$op")" "terminal lines"
instance_daemon || fail "bangerd did not start again"
expect_eq running "$(state web1)" "the VM, after the restart"
expect_eq "operation completed" "$(terminals "$op")" "terminal lines, after the restart"
banger stop web1 >/dev/null || fail stop

# ---- SIGTERM while a VM starts that never will -----------------------------------
banger start web1 >/dev/null 2>&1 & first=$!
wait_for "guest_wait" in_stage vm.start guest_wait
op=$(running_op)
kill -STOP "$(instance_vmms)"
before=$(fds)
# Requests over a connection that was there before are not taken any more.
mkfifo "$T/late"
"$BUILD"/tests/tools/rpc_raw "$BANGER_SOCKET" 3000 <"$T/late" >"$T/late.out" & late=$!
exec {to_late}>"$T/late"
wait_for "the late client's connection" in_use $((before + 1))
from=$SECONDS
kill -TERM "$I_DAEMON"
sleep 0.3
(trap '' PIPE
	echo '{"version":1,"method":"vm.create","params":{"name":"late1","image":"tiny"}}' >&$to_late)
exec {to_late}>&-
wait $late
expect_eq "" "$(cat "$T/late.out")" "a request after SIGTERM"
instance_end "$I_DAEMON"
[ $((SECONDS - from)) -le 12 ] || fail "SIGTERM took $((SECONDS - from)) s"
wait $first && fail "the client saw no error"
expect_eq "" "$(terminals "$op")" "terminal lines before the next start"
instance_daemon || fail "bangerd did not start again"
expect_eq "operation failed" "$(terminals "$op")" "terminal lines"
expect_eq stopped "$(state web1)" "the VM whose start was cut off"
expect_eq "" "$(instance_vmms)" "its VMM"
index_logs
expect_eq "interrupted guest_wait" "$(trace_json "$op" '.status + " " + .stages[-1].stage')" "its trace"
expect_status 1 banger show late1

# ---- with the helper away, a VMM that runs is not said to be stopped --------------
banger start web1 >/dev/null 2>&1 & first=$!
wait_for "guest_wait" in_stage vm.start guest_wait
instance_end "$I_DAEMON" KILL
instance_end "$I_HELPER"
wait $first
instance_daemon || fail "bangerd did not start without its helper"
expect_match 'running|unknown' "$(state web1)" "the VM, while the helper is away"
instance_helper || fail "the helper did not start again"
banger stop web1 >/dev/null || fail "stop of a VM in an unknown state"
expect_eq "stopped 0" "$(state web1) $(instance_vmms | wc -l)" "the VM in the end"

# ---- what a cut-off registration leaves -------------------------------------------
instance_end "$I_DAEMON"
known=$(ls -A "$I_DIR/state/image")
mkdir "$I_DIR/state/image/.im-00000001" "$I_DIR/state/image/im-00000002"
touch "$I_DIR/state/image/.im-00000001/kernel" "$I_DIR/state/image/im-00000002/rootfs.raw"
chown -R $I_USER "$I_DIR"/state/image/.im-* "$I_DIR"/state/image/im-00000002
instance_daemon || fail "bangerd did not start again"
expect_eq "$known" "$(ls -A "$I_DIR/state/image")" "images in the daemon's keeping"
# Every operation that began has ended once.
expect_eq "" "$(jq -rs 'map(select(.op_id)) | group_by(.op_id)[] |
	(map(select(.msg == "operation started")) | length) as $s |
	(map(select(.msg | test("^operation (failed|completed)$"))) | length) as $e |
	select($s != $e) | "\(.[0].op_id) \($s) \($e)"' "${LOGS[0]}")" "started and ended"

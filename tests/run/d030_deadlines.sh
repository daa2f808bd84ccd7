# SPDX-License-Identifier: ISC
# A stage that takes longer than its deadline ends its operation, whatever it
# waits for: a tool, the helper, the VMM, the guest.  There is one terminal line
# with the code timeout, what was made is gone, and the next operation works.
. "$(dirname "$0")"/harness.sh
with_instance
with_image

# configure LINE…: the daemon again, with these.
configure() {
	printf '%s\n' "$@" >"$I_DIR"/bangerd.conf
	instance_end "$I_DAEMON"
	instance_daemon || fail "bangerd did not start with: $*"
}
state() { banger show web1 --format json | jq -r .vm.state; }
# late STAGE TEXT COMMAND…: it ends so, and what is told of it.
late() {
	local stage=$1 text=$2 op

	shift 2
	expect_status 1 banger "$@"
	expect_match "$text" "$OUT" "$stage"
	op=$(op_of "$OUT")
	sleep 0.05 # the log's writer
	expect_eq "operation failed timeout $stage" "$(jq -r --arg op "$op" \
		'select(.op_id == $op and (.msg | test("^operation (failed|completed)$"))) |
		.msg + " " + .code + " " + .stage' "$I_DIR"/log/bangerd.jsonl)" \
		"the terminal line of $stage"
}
no_leak() { expect_eq "" "$(instance_leaks | grep -v ^process; instance_vmms)" "left of $1"; }

# ---- a tool ---------------------------------------------------------------------
cat >"$I_DIR"/bin/stuck <<END
#!/bin/sh
echo \$\$ >$I_DIR/state/stuck
exec sleep 1000
END
chmod 755 "$I_DIR"/bin/stuck
configure "qemu_img = $I_DIR/bin/stuck" "deadline.disk_create = 300ms"
late disk_create "disk_create did not end within 300.0ms: $I_DIR/bin/stuck: timed out" \
	create web1 --image tiny
[ -s "$I_DIR"/state/stuck ] || fail "the tool was not run"
! kill -0 "$(cat "$I_DIR"/state/stuck)" 2>/dev/null || fail "the tool runs on"
expect_eq "" "$(banger list --format json)" "the VM that could not be made"
expect_eq "" "$(ls "$I_DIR"/state/vm)" "its disk"

# ---- the VMM, and the guest ------------------------------------------------------
configure "deadline.vmm_handshake = 10ms"
banger create web1 --image tiny >/dev/null || fail "create after a late one"
late vmm_handshake 'vmm_handshake did not end within 10.0ms: .*timed out; inspect ' start web1
expect_eq stopped "$(state)" "after a late handshake"
no_leak "a late handshake"

configure "deadline.guest_wait = 100ms" "deadline.guest_exec = 300ms" \
	"deadline.agent_sync = 300ms" "deadline.guest_shutdown = 300ms" \
	"deadline.vmm_quit = 300ms"
late guest_wait 'guest_wait did not end within 100.0ms: the guest agent did not answer' start web1
expect_eq stopped "$(state)" "after a late guest"
no_leak "a late guest"
deadlines() {
	jq -r --arg op "$(op_of "$1")" 'select(.op_id == $op and .deadline_ms != null) |
		.stage + "=" + (.deadline_ms | tostring)' "$I_DIR"/log/bangerd.jsonl | xargs
}
expect_match 'vmm_handshake=10000 vmm_boot=10000 guest_wait=100$' "$(deadlines "$OUT")" "what the log says of deadlines"
# The request's own time goes before the configuration's.
out=$(banger start web1 --timeout 60) || fail "start with a time of its own"
sleep 0.05 # the log's writer
expect_match 'guest_wait=60000$' "$(deadlines "$out")" "what the log says of the request's"
late guest_exec 'guest_exec did not end within 300.0ms: the command goes on in the guest as pid [0-9]+' \
	exec web1 -- /bin/busybox sleep 1000
expect_eq ok "$(banger exec --timeout 20 web1 -- /bin/busybox sh -c 'sleep 0.5; echo ok')" "an exec with a time of its own"
kill -STOP "$(instance_vmms)"
late agent_sync 'agent_sync did not end within 300.0ms' exec web1 -- /bin/busybox true
expect_eq running "$(state)" "a VM that does not hear"
# Of a stop, each stage that is late makes the next due.
out=$(banger stop web1) || fail "stop of a stuck VMM"
expect_match '\(kill\)' "$out" "how it was stopped"
index_logs
expect_match 'guest_shutdown vmm_quit vmm_kill' \
	"$(trace_json "$(op_of "$out")" '[.stages[].stage] | join(" ")')" "the ladder"
no_leak "a stuck VMM"

# ---- the helper -------------------------------------------------------------------
configure "deadline.bridge_ensure = 300ms" "helper_call = 600ms"
kill -STOP "$I_HELPER"
late bridge_ensure 'bridge_ensure did not end within 300.0ms: bridge.ensure' start web1
configure "helper_call = 300ms"
expect_status 1 banger start web1
expect_match 'bridge.ensure: no answer in time' "$OUT" "a call's own time"
index_logs
expect_eq "failed helper_unavailable bridge_ensure" \
	"$(trace_json "$(op_of "$OUT")" '.status + " " + .code + " " + .failed_stage')" "the call"
kill -CONT "$I_HELPER"
configure
[ "$(state)" = stopped ] || banger stop web1 >/dev/null || fail "stop after the helper was deaf"
banger start web1 >/dev/null || fail "start after the helper was deaf"
banger stop web1 >/dev/null || fail "stop"
no_leak "all of it"

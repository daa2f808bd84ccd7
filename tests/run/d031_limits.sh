# SPDX-License-Identifier: ISC
# The limits that bangerd.conf sets are reached, told, and given back.
. "$(dirname "$0")"/harness.sh
with_instance
with_image
raw=$BUILD/tests/tools/rpc_raw
[ -x "$raw" ] || fail "no $raw"
ping='{"version":1,"method":"ping"}'

# A disk is made when the gate is open: until then its operation goes on.
cat >"$I_DIR"/bin/gate <<END
#!/bin/sh
until [ -e "$I_DIR/state/open" ]; do [ -d "$I_DIR" ] && sleep 0.05 || exit 1; done
exec /usr/bin/qemu-img "\$@"
END
chmod 755 "$I_DIR"/bin/gate
configure() {
	printf '%s\n' "$@" >"$I_DIR"/bangerd.conf
	instance_end "$I_DAEMON"
	instance_daemon || fail "bangerd did not start with: $*"
}
in_state() {
	[ "$(banger op list --format json | jq -r "select(.state == \"$1\").op_id" |
		wc -l)" = "$2" ]
}
code_of() { jq -r .error.code <<<"$1"; }

# ---- operations -------------------------------------------------------------------
configure "qemu_img = $I_DIR/bin/gate" "operations = 2" "queue = 1" "stop_grace = 0s"
for vm in a b c; do
	banger -q create $vm --image tiny >"$T/$vm" 2>&1 & eval "$vm=$!"
	[ $vm = c ] || wait_for "$vm under way" in_state running $([ $vm = a ] && echo 1 || echo 2)
done
wait_for "c to wait" in_state queued 1
expect_status 1 banger -q create d --image tiny
expect_match 'too many operations are under way' "$OUT" "the fourth"
banger ping >/dev/null || fail "ping while operations wait"
reply=$("$raw" "$BANGER_SOCKET" 500 <<<'{"version":1,"method":"vm.delete","params":{"vm":"b"}}')
expect_eq limit_exceeded "$(code_of "$reply")" "an operation more"
touch "$I_DIR"/state/open
for vm in a b c; do
	wait ${!vm} || fail "create $vm: $(cat "$T/$vm")"
done
rm "$I_DIR"/state/open
expect_eq "a b c" "$(banger list --format json | jq -r .name | sort | xargs)" "the VMs"

# ---- one changing operation a VM -------------------------------------------------------
banger -q create e --image tiny >/dev/null 2>&1 & e=$!
wait_for "e under way" in_state running 1
holder=$(banger op list --format json | jq -r 'select(.state == "running").op_id')
reply=$("$raw" "$BANGER_SOCKET" 500 <<<'{"version":1,"method":"vm.delete","params":{"vm":"e"}}')
expect_eq vm_busy "$(code_of "$reply")" "a VM that is held"
expect_match "$holder" "$reply" "by whom"

# ---- the end ------------------------------------------------------------------------
# Told to end, it waits for nobody; the next start closes what was under way.
instance_end "$I_DAEMON"
wait $e
instance_daemon || fail "bangerd did not start again"
index_logs
expect_eq "interrupted interrupted" "$(trace_json "$holder" '.status + " " + .code')" "what was under way"
expect_eq "a b c" "$(banger list --format json | jq -r .name | sort | xargs)" "e was taken away"

# ---- connections ----------------------------------------------------------------------
configure "connections = 6" "connections_per_uid = 4" "connections_refused = 1" "idle = 2s"
fds() { ls "/proc/$I_DAEMON/fd" | wc -l; }
for _ in 1 2 3 4 5; do banger version >/dev/null; done
base=$(fds)
mkfifo "$T/hold"
for _ in 1 2 3 4; do
	"$raw" "$BANGER_SOCKET" 500 <"$T/hold" >/dev/null 2>&1 &
done
exec {hold}>"$T/hold"
taken() { [ "$(fds)" -ge $((base + 4)) ]; }
wait_for "four connections" taken
reply=$("$raw" "$BANGER_SOCKET" 500 <<<"$ping")
expect_eq limit_exceeded "$(code_of "$reply")" "the fifth"
expect_eq true "$(setpriv --reuid=$I_USER --regid="$I_GROUP" --clear-groups \
	"$raw" "$BANGER_SOCKET" 500 <<<"$ping" | jq -r .ok)" "another user"
# They say nothing, and are closed; others have their place.
wait_for "the idle ones to be closed" banger ping
exec {hold}>&-

# ---- those who wait for a helper that does not answer --------------------------------
configure "quick_threads = 1"
kill -STOP "$I_HELPER"
banger version >"$T/version" 2>&1 & version=$!
asked() {
	# It was bound under that name, and renamed.
	[ "$(ss -Hxl src "$I_DIR"/helper/helper.sock.new | awk '{ print $3 }')" = 1 ]
}
wait_for "the helper to be asked" asked
expect_match '"pong":true' "$("$raw" "$BANGER_SOCKET" 5000 <<<"$ping")" "ping"
kill -0 $version || fail "ping came behind one that waits for the helper"
kill -CONT "$I_HELPER"
wait $version || fail "version: $(cat "$T/version")"

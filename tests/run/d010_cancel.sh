# SPDX-License-Identifier: ISC
# Operations are listed, watched, waited for and canceled: what was made is
# taken away again, and each has exactly one end.
. "$(dirname "$0")"/harness.sh
with_instance
with_image
state() { banger show "$1" --format json | jq -r .vm.state; }
is() { [ "$(state "$1")" = "$2" ]; }
in_stage() {
	banger op list --state running --format json |
		jq -se --arg o "$1" --arg s "$2" 'any(.operation == $o and .stage == $s)'
}
ends() {
	jq -r --arg op "$1" 'select(.op_id == $op and (.msg | test("^operation (failed|completed)$"))) |
		[.msg, .code] | join(" ")' "${LOGS[0]}" | paste -sd,
}
banger create web1 --image tiny >/dev/null 2>&1 || fail create

# ---- in the wait for the guest ---------------------------------------------------
op=$(banger start web1 --no-wait) || fail "start --no-wait"
expect_match '^op-[0-9a-f]{16}$' "$op" "what --no-wait prints"
banger op watch "$op" >"$T/watch" 2>&1 & watching=$!
banger op watch --format json >"$T/all" 2>&1 & all=$!
wait_for "guest_wait" in_stage vm.start guest_wait
expect_eq "canceling $op" "$(banger op cancel "$op")" "op cancel"
expect_status 1 banger op wait "$op"
expect_match "$op canceled: canceled at the request of uid 0" "$OUT" "op wait"
expect_eq "operation failed canceled" "$(ends "$op")" "its ends"
expect_eq stopped "$(state web1)" "the VM"
expect_eq "" "$(instance_vmms)" "its VMM"
expect_eq "" "$(instance_leaks | grep -v ^process)" "left behind"
wait $watching && fail "op watch of one that was canceled"
expect_match 'operation stage .* guest_wait' "$(cat "$T/watch")" "what was watched"
expect_match "^$op canceled" "$(tail -n 1 "$T/watch")" "the end of the watch"
# Just what was logged, in its order.
watched=$(jq -r .line "$T/all" | jq -r 'select(.op_id == "'"$op"'").seq' | xargs)
logged=$(jq -r 'select(.op_id == "'"$op"'" and (.msg | startswith("operation"))).seq' "${LOGS[0]}" | xargs)
expect_eq "$logged" "$watched" "the lines of op.watch"
kill $all
expect_status 1 banger op cancel "$op"
expect_match "$op has been canceled already" "$OUT" "canceled twice"
expect_status 1 banger op cancel op-0000000000000000
expect_match "no operation op-0000000000000000 is under way" "$OUT" "an unknown one"
banger create twin --image tiny >/dev/null 2>&1 || fail "create twin"
banger delete twin >/dev/null 2>&1 || fail "delete twin"
expect_status 1 banger op show op-
expect_match "no operation" "$OUT" "no id at all"
op=$(banger start web1 --no-wait) || fail "start to wait for"
expect_status 1 banger op wait "$op" --timeout 1
expect_match "has not ended in that time" "$OUT" "op wait in vain"
banger op cancel "$op" >/dev/null && banger op wait "$op" >/dev/null

# ---- somebody else's -------------------------------------------------------------
op=$(banger start web1 --no-wait) || fail "start after a cancel"
chmod 666 "$I_DIR/run/bangerd.sock" && chmod 755 "$I_DIR/run"
OUT=$(setpriv --reuid 12345 --regid 12345 --clear-groups "$BANGER_BIN"/banger --socket "$I_DIR/run/bangerd.sock" op cancel "$op" 2>&1) &&
	fail "canceled by another user"
expect_match "asked for by uid 0; only that user and root may cancel it" "$OUT" "another user"
wait_for "the start" is web1 running
expect_status 0 banger op wait "$op"
expect_match "$op completed" "$OUT" "op wait of one that has ended"
expect_status 1 banger op cancel "$op"
expect_match "$op has completed already" "$OUT" "cancel of one that has ended"

# ---- a command in the guest, and a stop -------------------------------------------
op=$(banger exec web1 --no-wait -- /bin/busybox sleep 60) || fail "exec --no-wait"
wait_for "guest_exec" in_stage vm.exec guest_exec
banger op cancel "$op" >/dev/null || fail "cancel of exec"
expect_status 1 banger op wait "$op"
expect_eq "operation failed canceled" "$(ends "$op")" "the ends of exec"
expect_eq running "$(state web1)" "the VM after exec"

# ---- Ctrl-C ----------------------------------------------------------------------
banger stop web1 >/dev/null 2>&1 || fail stop
: >"$T/err"
setsid bash -c 'trap - INT; exec "$@"' x "$BANGER_BIN"/banger start web1 >"$T/out" 2>"$T/err" & client=$!
wait_for "guest_wait" in_stage vm.start guest_wait
kill -INT $client
wait $client
expect_eq 130 $? "the status after Ctrl-C"
expect_match 'canceling op-[0-9a-f]{16}; Ctrl-C again' "$(cat "$T/err")" "what it says"
expect_match '^vm.start: guest_wait \(' "$(cat "$T/err")" "a line a stage"
expect_eq stopped "$(state web1)" "the VM after Ctrl-C"

# A second one leaves it to itself: the helper does not answer meanwhile.
kill -STOP "$I_HELPER"
: >"$T/err"
setsid bash -c 'trap - INT; exec "$@"' x "$BANGER_BIN"/banger start web1 >"$T/out" 2>"$T/err" & client=$!
wait_for "bridge_ensure" in_stage vm.start bridge_ensure
op=$(banger op list --state running --format json | jq -r .op_id)
kill -STOP $client
kill -INT $client
kill -CONT $client
wait_for "the word of it" grep -q canceling "$T/err"
kill -INT $client
wait $client
expect_eq 131 $? "the status after two Ctrl-C"
expect_match "left to itself; see banger op watch $op" "$(cat "$T/err")" "what it says"
# What the helper does when it can, is taken away all the same.
kill -CONT "$I_HELPER"
expect_status 1 banger op wait "$op"
expect_eq "operation failed canceled" "$(ends "$op")" "the ends of one that was canceled in a call"
wait_for "nothing to be left" eval '[ -z "$(instance_leaks | grep -v ^process)" ]'

# ---- one that fails explains itself -----------------------------------------------
expect_status 1 banger start web1 --timeout 1
expect_match '^> guest_wait ' "$OUT" "the stage that failed"
expect_match "the console's last lines:" "$OUT" "the console"
expect_match 'guest_wait did not end within 1.000s: the guest agent did not answer' "$OUT" "the cause"
expect_eq stopped "$(state web1)" "the VM after a failed start"

# ---- one that nobody waits for ------------------------------------------------------
banger start web1 --no-wait-ready >"$T/out" 2>/dev/null || fail "start --no-wait-ready"
expect_eq running "$(state web1)" "the VM that nobody waited for"
expect_eq vmm_boot "$(jq -r --arg op "$(op_of "$(cat "$T/out")")" 'select(.op_id == $op and .msg == "operation stage").stage' "${LOGS[0]}" | tail -n 2 | head -n 1)" "its last stage but one"
banger wait web1 --for ready >/dev/null || fail "wait --for ready"
# A kill that was asked for comes to its end, however long the helper takes.
kill -STOP "$I_HELPER"
op=$(banger kill web1 --no-wait) || fail "kill --no-wait"
wait_for "vmm_kill" in_stage vm.kill vmm_kill
banger op cancel "$op" >/dev/null || fail "cancel of kill"
kill -CONT "$I_HELPER"
expect_status 0 banger op wait "$op"
expect_eq "operation completed " "$(ends "$op")" "the ends of kill"
expect_eq stopped "$(state web1)" "the VM that was killed"

# ---- copies of a disk ---------------------------------------------------------------
# The tool that writes the image waits until it is killed.
cat >"$I_DIR"/bin/gate <<'END'
#!/bin/sh
[ "$1" = convert ] || exec /usr/bin/qemu-img "$@"
for to; do :; done
echo part >"$to"
exec sleep 600
END
chmod 755 "$I_DIR"/bin/gate
echo "qemu_img = $I_DIR/bin/gate" >"$I_DIR"/bangerd.conf
instance_end "$I_DAEMON"
instance_daemon || fail "bangerd did not start with a gate"
images=$(ls -A "$I_DIR"/state/image)
op=$(banger image promote web1 golden --no-wait) || fail "promote --no-wait"
wait_for "disk_flatten" in_stage image.promote disk_flatten
banger op cancel "$op" >/dev/null || fail "cancel of promote"
expect_status 1 banger op wait "$op"
expect_eq "operation failed canceled" "$(ends "$op")" "the ends of promote"
expect_eq "$images" "$(ls -A "$I_DIR"/state/image)" "what promote left"
expect_status 1 banger image show golden

# ---- what is usual ----------------------------------------------------------------
for _ in 1 2 3 4 5; do banger create "u$_" --image tiny >/dev/null 2>&1 || fail "create u$_"; done
op=$(banger op list --format json | jq -sr 'map(select(.operation == "vm.create"))[0].op_id')
expect_eq true "$(banger op show "$op" --format json | jq '.op.usual.n >= 5 and .op.usual.p50_ms <= .op.usual.p90_ms')" "op show"

# The next life of bangerd knows it, too.
instance_end "$I_DAEMON"
instance_daemon || fail "bangerd did not start again"
banger create u6 --image tiny >/dev/null 2>&1 || fail "create u6"
op=$(banger op list --format json | jq -sr 'map(select(.operation == "vm.create"))[0].op_id')
expect_eq true "$(banger op show "$op" --format json | jq '.op.usual.n >= 6')" "op show after a restart"

bangerlog index "${LOGS[@]}" >/dev/null
expect_status 0 bangerlog audit

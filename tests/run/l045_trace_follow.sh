#!/bin/bash
# SPDX-License-Identifier: ISC
# bangerlog trace --follow: what is new of an operation in flight, then the
# whole; its exit status says how it ended.
. "$(dirname "$0")"/harness.sh
# shellcheck source=../lib/history.sh
. "$TESTS"/lib/history.sh

history_op op-a1 1 0 running >"$T/log"
bangerlog index "$T/log" >/dev/null || fail "index"

# follow OP: in the background, its output in $T/out.
follow() {
	# What the one before said is not to be taken for its word.
	: >"$T/out"
	bangerlog trace --follow --ascii "$@" >"$T/out" 2>"$T/err" &
	pid=$!
}
end() { [ -z "$pid" ] || kill "$pid" 2>/dev/null || :; }
at_exit end

# ended STATUS: waits for it, and for that status.
ended() {
	wait "$pid"
	expect_eq "$1" $? "status"
	pid=
}

follow op-a1
wait_for "its stages" grep -q vmm_spawn "$T/out"
expect_eq '+       0us  validate
+    10.0ms  vmm_spawn' "$(cat "$T/out")" "while it runs"
H_OP=op-a1
history_line 40 INFO "helper rpc completed" \
	'"method":"vmm.launch","call":1,"duration_ms":20' >>"$T/log"
wait_for "its call" grep -q '^+    20.0ms    vmm.launch$' "$T/out"
history_line 50 INFO "operation completed" \
	'"operation":"vm.start","duration_ms":50' >>"$T/log"
ended 0
expect_match '^[+] vm.start web-1  completed in 50.0ms' "$(cat "$T/out")" whole
expect_eq "$(bangerlog trace --ascii op-a1)" "$(tail -n +4 "$T/out")" "whole"

history_op op-a2 2 10 'no space' >>"$T/log"
follow op-a2
ended 1
history_op op-a3 3 0 running >>"$T/log"
follow --format json op-a3
wait_for "json" grep -q '"status":"running"' "$T/out"
history_line 50 ERROR "operation failed" \
	'"operation":"vm.start","duration_ms":50,"error":"stop","code":"canceled"' \
	>>"$T/log"
ended 3
expect_eq canceled "$(tail -n 1 "$T/out" | jq -r .status)" "json"
history_op op-a4 4 0 running >>"$T/log"
follow op-a4
wait_for "its stages" grep -q vmm_spawn "$T/out"
kill -INT "$pid"
ended 3
expect_eq "" "$(cat "$T/err")" "stderr"

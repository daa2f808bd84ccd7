# SPDX-License-Identifier: ISC
# Ways into a guest and to what it says: exec with its streams, the console and
# its log, wait, stats.
. "$(dirname "$0")"/harness.sh
with_instance
with_image
banger create web1 --image tiny >/dev/null || fail create

# ---- wait, from before the start ----------------------------------------------
expect_status 1 banger logs web1
expect_match 'was never started' "$OUT" "no log yet"
expect_status 1 banger console web1
expect_match 'does not run: it has no console' "$OUT" "no console yet"
expect_status 1 banger wait web1 --timeout 1
expect_match 'not ready within 1 s; it is stopped' "$OUT" "wait in vain"
expect_status 2 banger wait web1 --for 'console:a('
expect_status 2 banger wait web1 --for never
banger wait web1 --for 'console:^banger: guest (ready|gone)$' --timeout 60 \
	>"$T/waited" & waiter=$!
banger start web1 >/dev/null || fail start
wait $waiter || fail "wait for the console"
expect_match '^console:.* after ' "$(cat "$T/waited")" "what was waited for"
expect_match '^ip after' "$(banger wait web1 --for ip)" "wait for an address"
expect_match '^ready after' "$(banger wait web1)" "wait until ready"

# ---- exec ------------------------------------------------------------------
head -c 30000 /dev/urandom >"$T/bytes"
banger exec -i web1 -- /bin/busybox cat <"$T/bytes" >"$T/back" || fail "exec -i"
cmp "$T/bytes" "$T/back" || fail "bytes through the guest and back"
printf 'a\0b' | banger exec -i web1 -- /bin/busybox cat >"$T/back"
expect_eq 610062 "$(od -An -tx1 "$T/back" | tr -d ' ')" "a NUL"
banger exec web1 -- /bin/busybox sh -c 'echo out; echo err >&2; exit 9' \
	>"$T/out" 2>"$T/err"
expect_eq "9 out err" "$? $(cat "$T/out") $(cat "$T/err")" "streams and status"
expect_status 1 banger exec -i web1 -- /bin/busybox cat </dev/zero
expect_match 'longer than 40960 bytes' "$OUT" "too much input"
expect_status 1 banger exec web1 -- /bin/none
expect_match 'guest-exec: .*/bin/none' "$OUT" "no such program"

# ---- the console ------------------------------------------------------------
sock=$(banger show web1 --format json | jq -r .vm.console_socket)
expect_eq "660" "$(stat -c %a "$sock")" "the console's mode"
command -v tmux >/dev/null || skip "no tmux"
tm() { tmux -L "bg$$" "$@"; }
at_exit end_tmux
end_tmux() { tm kill-server 2>/dev/null; true; }
tm -f /dev/null new-session -d -x 100 -y 30 'sh' || fail tmux
screen() { tm capture-pane -p; }
shows() { screen | grep -qE -- "$1"; }
tm send-keys "stty -a | md5sum; banger console web1; stty -a | md5sum; echo end\$?" Enter
wait_for "the console" shows 'attached to web1; leave with Ctrl-\]'
expect_status 75 banger console web1 </dev/null
expect_match 'somebody else is attached' "$OUT" "one at a time"
# Its shell asks for Enter first.
tm send-keys Enter
wait_for "the guest's shell" shows '[#$] *$'
tm send-keys 'echo $((6*7))-guest' Enter
wait_for "what was typed" shows '^42-guest'
# Ctrl-C is the guest's.
tm send-keys 'stty -isig; echo go-$((1+1)); head -c 1 | od -t x1; stty isig' Enter
wait_for "the guest to read" shows '^go-2'
tm send-keys C-c Enter
wait_for "Ctrl-C in the guest" shows '^0+ 03'
tm send-keys 'C-]'
wait_for "the end" shows '^end0'
expect_match 'web1: left' "$(screen)" "it says so"
expect_eq 1 "$(screen | grep -oE '^[0-9a-f]{32}' | sort -u | wc -l)" \
	"the terminal's modes, before and after"
tm send-keys 'clear; banger console web1; stty -a | grep -c -- -icanon; echo again' Enter
wait_for "the console again" shows 'attached to web1'
kill -TERM "$(pgrep -f "banger console web1\$" | head -n 1)"
wait_for "the end by a signal" shows '^again'
expect_match '^0$' "$(screen)" "the terminal's modes after SIGTERM"
expect_match '42-guest' "$(banger console --log web1)" "the log has it all"
expect_eq 1 "$(banger console --log -n 1 web1 | grep -c "")" "its last line"

# ---- stats, the log that follows, the VM's end -----------------------------------
stats=$(banger stats web1 --format json)
expect_eq true "$(jq '.cpu_ms > 500 and .rss_bytes > 30000000 and
	.guest_rx_bytes >= 0 and .disk_allocated_bytes > 0' <<<"$stats")" "stats: $stats"
banger console --log -f web1 >"$T/follow" & follower=$!
tm send-keys 'clear; banger console web1; echo gone' Enter
wait_for "the console once more" shows 'attached to web1'
banger restart web1 >/dev/null || fail restart
wait_for "the console's end" shows 'web1: the VM has ended'
twice() { [ "$(grep -c 'banger: guest ready' "$T/follow")" = 2 ]; }
wait_for "the new start in the log that is followed" twice
kill $follower
expect_eq 1 "$(banger console --log web1 | grep -c 'banger: guest ready')" "since the last start"
expect_eq 2 "$(banger console --log --all web1 | grep -c 'banger: guest ready')" "of all starts"
banger stop web1 >/dev/null || fail stop
expect_match '^stopped after' "$(banger wait web1 --for stopped)" "wait until stopped"
expect_status 1 banger stats web1
expect_match 'web1 is stopped, not running' "$OUT" "stats of a stopped VM"
expect_status 1 banger ssh web1
expect_match 'does not run: it has no address' "$OUT" "ssh to a stopped VM"

# ---- prune asks where somebody can answer --------------------------------------
prune() {
	tm send-keys "clear; banger prune; echo pruned" Enter
	wait_for "the question" shows 'Remove these VMs .*\[y/N\]'
	tm send-keys "$1" Enter
	wait_for "its end" shows '^pruned'
}
prune n
expect_eq web1 "$(banger list -q)" "after a no"
prune y
expect_eq "" "$(banger list -q)" "after a yes"

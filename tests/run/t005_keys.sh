#!/bin/bash
# SPDX-License-Identifier: ISC
# bangertop on a real terminal: canceling through a bangerd (one that is played
# by tests/tools/fake_daemon.c), bangerd as its source, an index that grows,
# tree, columns, lines, console log, mouse, bell, and settings that are saved.
. "$(dirname "$0")/harness.sh"
# shellcheck source=../lib/terminal.sh
. "$(dirname "$0")/../lib/terminal.sh"
: "${BUILD:=$TESTS/../build/release}"
LOG=$T/a.jsonl
OP=op-00000000000000a1
TWO=op-00000000000000b2
export XDG_CONFIG_HOME=$T/config

fake_begin() {
	"$BUILD/tests/tools/fake_daemon" "$T/d.sock" "$LOG" 2>"$T/fake" &
	fake=$!
	wait_for "the fake daemon" test -S "$T/d.sock"
}
fake_end() {
	[ -n "${fake:-}" ] || return 0
	kill "$fake" 2>/dev/null
	wait "$fake" 2>/dev/null
	rm -f "$T/d.sock"
	fake=
	return 0
}
at_exit fake_end
# top ARGS: in the terminal, with the socket.
top() {
	keys "clear; XDG_CONFIG_HOME=$T/config BANGER_SOCKET=$T/d.sock bangertop $*" \
		Enter
	on_screen 'in flight'
}
quit() {
	keys q
	gone 'in flight'
	keys "clear" Enter
}

mkdir -p "$T/vm"
log "operation started" $OP "\"log_path\":\"$T/vm/vmm.log\""
log "operation stage" $OP '"stage":"network","since_start_ms":5'
log "operation started" $TWO
printf 'Linux boots\r\n\033[2J\033]0;owned\007 hostile\n' >"$T/vm/console.log"
fake_begin
terminal_begin 100x30

# ---- canceling ---------------------------------------------------------------

top "--file $LOG"
keys c
on_screen 'select the operation to cancel first'
keys j c
on_screen "cancel vm.start of web-1 \($OP\)\? y: yes"
keys n
on_screen 'nothing was canceled'
keys c y
on_screen "$OP is being canceled"
on_screen 'vm.start +web-1 +network +canceled'
on_screen '1 in flight .* 1 canceled'
# bangerd does not know it: its answer is shown.
sed -i "s/$TWO/op-00000000000000c3/" "$LOG"
keys /web-2 Enter c y
on_screen "not canceled: no operation $TWO \(not_found\)"
# Nobody is there.
fake_end
keys c y
on_screen 'connecting to .*d.sock'
quit
expect_eq "" "$(cat "$T/fake")" "what the daemon had to complain of"
fake_begin
top "--readonly --file $LOG"
on_screen 'c \(cancel: off\)'
keys j c
on_screen 'nothing is canceled with --readonly'
quit

# ---- bangerd as the source ---------------------------------------------------

: >"$LOG"
log "operation started" $OP
top "--daemon=$T/d.sock"
on_screen '^ [0-9]+ lines .* bangerd$'
on_screen '^  vm.start +web-1 '
log "operation stage" $OP '"stage":"boot","since_start_ms":7'
on_screen 'web-1 +boot +1 '
fake_end
on_screen 'bangerd closed the connection'
log "operation stage" $OP '"stage":"agent","since_start_ms":9'
fake_begin
on_screen 'web-1 +agent +2 ' # 2: no line twice
expect_eq agent "$(bangertop --once --format json --daemon="$T/d.sock" |
	jq -r '.in_flight[0].stage')" "one frame of it"
keys j c y
on_screen 'web-1 +agent +canceled'
quit
fake_end
expect_match 'connecting to' "$(bangertop --once --daemon=$T/d.sock 2>&1)" \
	"nobody there"
expect_status 2 bangertop --once --daemon --db x
expect_status 2 bangertop --replay --daemon

# ---- an index that grows -----------------------------------------------------

: >"$LOG"
log "operation started" $OP "\"log_path\":\"$T/vm/vmm.log\""
bangerlog index "$LOG" >/dev/null || fail "indexing"
top "--db $BANGERLOG_DB"
on_screen '^  vm.start +web-1 '
log "operation stage" $OP '"stage":"boot","since_start_ms":7'
log "operation started" $TWO
bangerlog index "$LOG" >/dev/null || fail "indexing more"
on_screen 'web-1 +boot +1 '
on_screen '^  vm.start +web-2 '
log "operation completed" $TWO '"duration_ms":30'
bangerlog index "$LOG" >/dev/null || fail "indexing the end"
on_screen 'vm.start +web-2 .* completed +30.0ms'
quit

# ---- one operation: its lines, its VM's console ------------------------------

top "--file $LOG"
keys j Enter
on_screen 'log_path=.*vmm.log'
keys r
on_screen 'LINES OF THE OPERATION'
on_screen '^ \{"time":.*"msg":"operation started"'
log "operation stage" $OP '"stage":"late","since_start_ms":8'
on_screen '"stage":"late"'
keys l
on_screen 'console.log$'
on_screen '^ Linux boots$'
on_screen '^ \\x1b\[2J\\x1b\]0;owned\\a hostile$'
echo 'more of it' >>"$T/vm/console.log"
on_screen '^ more of it$'
keys l
on_screen 'STAGE, HELPER CALLS'
tm resize-window -t live -x 160 -y 30
on_screen 'STAGE, HELPER CALLS .* ITS LINES'
on_screen '"late","since_start_ms":8\}$'
tm resize-window -t live -x 100 -y 30
keys Escape

# ---- tree, columns, saving ---------------------------------------------------

keys t
on_screen '^ web-1$'
on_screen 'by VM, age'
keys /web-1 Enter
on_screen '^  +boot +7.0ms'
keys C
on_screen '^> \[x\] vm'
keys j Enter Space
on_screen '^> \[x\] stage'
keys Enter Escape
gone 'IN FLIGHT +STAGE'
keys '>' S
on_screen 'the settings are saved'
quit
expect_match '^hide = stage$' "$(cat "$T/config/banger/bangertop.conf")" saved
expect_match '^tree = yes$' "$(cat "$T/config/banger/bangertop.conf")" saved
top "--file $LOG"
on_screen 'by VM, operation'
on_screen '^  IN FLIGHT +#'
quit
rm -r "$T/config"

# ---- the mouse, only when asked for; the bell too ----------------------------

top "--file $LOG"
expect_eq 0 "$(tm display -p -t live '#{mouse_any_flag}')" "the mouse is ours"
quit
top "--mouse --bell --file $LOG"
mouse_is_taken() {
	[ "$(tm display -p -t live '#{mouse_any_flag}')" = 1 ]
}
wait_for "the mouse" mouse_is_taken
# click COLUMN ROW, from 1: as a terminal of tmux's type reports it.
click() {
	local at

	at=$(printf '\\%o\\%o' $(($1 + 32)) $(($2 + 32)))
	keys -l "$(printf '\033[M %b\033[M#%b' "$at" "$at")"
}
click 20 5
on_screen '^> vm.start +web-1'
click 3 4
on_screen 'by operation'
click 18 3
on_screen 'OPERATION +STAGE +NOW'
tm set -g monitor-bell on
tm set -g bell-action any
tm pipe-pane -t live "cat >$T/piped"
log "operation failed" $OP '"duration_ms":9,"error":"no","code":"internal"'
wait_for "the bell" grep -q $'\a' "$T/piped"
tm pipe-pane -t live
quit
expect_eq 0 "$(tm display -p -t live '#{mouse_any_flag}')" "the mouse is left"

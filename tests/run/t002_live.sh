#!/bin/bash
# SPDX-License-Identifier: ISC
# bangertop on a real terminal: a log that grows, keys, resizes, rotation, and
# a terminal that is as it was afterwards.
. "$(dirname "$0")/harness.sh"

# shellcheck source=../lib/terminal.sh
. "$(dirname "$0")/../lib/terminal.sh"
LOG=$T/a.jsonl
OP=op-00000000000000a1
BAD=op-00000000000000b2

# Starts it from a shell that notes the terminal's state before and after.
begin() {
	local line="clear; stty -a >$T/before"

	line+="; ${1:-} bangertop --file $LOG $T/b.jsonl"
	line+="; echo \$? >$T/status; stty -a >$T/after"
	rm -f "$T/after" "$T/status"
	keys "$line" Enter
	on_screen 'in flight'
}

# It has ended with that status, and the terminal is sane.
ended() {
	wait_for "the end by $2" test -s "$T/after"
	expect_eq "$1" "$(cat "$T/status")" "status by $2"
	expect_eq "$(cat "$T/before")" "$(cat "$T/after")" "stty after $2"
	gone 'in flight'
	keys "clear; echo here-\$((40 + 2))" Enter
	on_screen '^here-42'
	expect_eq 1 "$(tm display -p -t live '#{cursor_flag}')" "cursor after $2"
	expect_eq 0 "$(tm display -p -t live '#{alternate_on}')" "screen after $2"
}

pid_of_top() {
	pgrep -P "$(tm display -p -t live '#{pane_pid}')" -x bangertop
}

log "operation started" $OP
log "operation stage" $OP '"stage":"check","since_start_ms":1'
terminal_begin
begin

# What began before is there; what comes is shown as it comes.
on_screen '^  vm.start +web-1 +check +1 '
log "operation stage" $OP '"stage":"network","since_start_ms":500'
on_screen 'web-1 +network +2 '
before=$(screen | grep -o 'network.*' | tr -s ' ' | cut -d' ' -f3)
wait_for "the time to go on" screen_lacks "network +2 +$before"

# A second operation fails, with its text, in a file that came later.
LOG=$T/b.jsonl log "operation started" $BAD
on_screen '^  vm.start +web-2 '
LOG=$T/b.jsonl log "operation failed" $BAD \
	'"duration_ms":10,"error":"no \u001b[2Jluck","code":"internal"'
on_screen '^ !vm.start +web-2 .* failed '
on_screen '^    no \\x1b\[2Jluck'
on_screen '1 in flight +0 completed +1 failed'

# Selection, acknowledging, help.
keys j
on_screen '^> vm.start +web-1'
keys Down
on_screen '^>!vm.start +web-2'
keys a
on_screen '^> vm.start +web-2'
keys k
on_screen '^> vm.start +web-1'
keys '?'
on_screen 'Leaves the program'
keys Escape
on_screen '^> vm.start +web-1'

# Searching, filtering, sorting; the selection goes along.
keys /
on_screen '^ search  _'
keys WEB-2
on_screen '^> vm.start +web-2'
keys Enter n
on_screen '^> vm.start +web-2'
keys / nobody
on_screen 'no row has that text'
keys Escape k
keys f
on_screen '^ filter  _'
keys 'vm ~ 2 and'
keys Enter
on_screen 'column 11: '
keys C-u 'vm = web-2' Enter
on_screen '1 hidden by: vm = web-2'
on_screen 'nothing in flight matches'
keys f
on_screen '^ filter  vm = web-2_'
keys C-u Enter
on_screen '^[> ] vm.start +web-1'
keys '>' '>' i
on_screen 'by VM, turned round'
keys '<' '<' i
gone 'by VM'
keys /web-1 Enter
on_screen '^> vm.start +web-1'

# The other views, by number and by Tab.
keys 2
on_screen '^> vm.start +\(all of it\) .* 1 '
keys Tab
on_screen '1 vm.start .*no \\x1b'
keys Tab
on_screen 'the helper was not called yet'
keys Tab
on_screen '^> vm.start +web-1'

# One operation, growing; paused it stands still and counts.
keys Enter
on_screen 'vm_name=web-1'
on_screen '^ > network'
log "helper rpc completed" $OP '"method":"tap.create","call":1,"duration_ms":9'
on_screen '^     1 tap.create .* 9.0ms'
keys Space
on_screen 'PAUSED +0 changes wait'
log "operation stage" $OP '"stage":"boot","since_start_ms":9000'
on_screen 'PAUSED +1 change waits'
screen_lacks '^ > boot' || fail "a paused picture changed: $(screen)"
keys Space
on_screen '^ > boot'
gone PAUSED
keys Escape
on_screen 'web-1 +boot +3 '

# Any size; the last of a burst counts.
tm resize-window -t live -x 39 -y 24
on_screen '39x24: needs 40x6'
for size in 120x40 100x30 40x7 80x24 40x10; do
	tm resize-window -t live -x ${size%x*} -y ${size#*x}
done
on_screen '^  IN FLIGHT  VM      STAGE      ELAPSED$'
on_screen '^ q quit '
expect_eq 10 "$(screen | wc -l)" "lines of the small screen"
tm resize-window -t live -x 120 -y 40
on_screen 'STATE +CALLS$'
expect_eq 40 "$(screen | wc -l)" "lines of the large screen"
tm resize-window -t live -x 80 -y 24
on_screen 'STATE$'

# Rotation, then truncation.
mv "$LOG" "$T/old.jsonl"
log "operation stage" $OP '"stage":"agent","since_start_ms":9500'
on_screen 'web-1 +agent +4 '
: >"$LOG"
on_screen 'was cut short'
log "operation completed" $OP '"duration_ms":12345'
on_screen '^[> ] vm.start +web-1 +agent +completed +12.345s'
on_screen 'nothing is in flight'

# A clock that was set back: what would be negative is unknown.
log "operation started" op-00000000000000c3
printf '{"time":"2020-01-01T00:00:00Z","msg":"operation stage","op_id":"%s",%s\n' \
	op-00000000000000c3 '"stage":"launch"}' >>"$LOG"
on_screen 'web-3 +launch +1 +[0-9.]+s +\? '
keys Home Enter
on_screen '^ > launch +\? +\?'
keys Escape
on_screen '^> vm.start +web-3 +launch'

# Stopped and gone on with; the shell has the terminal meanwhile.
keys C-z
on_screen 'Stopped'
wait_for "the shell's turn" test -s "$T/after"
expect_eq "$(cat "$T/before")" "$(cat "$T/after")" "stty while it is stopped"
rm -f "$T/after" "$T/status"
keys "clear; fg >/dev/null; echo \$? >$T/status; stty -a >$T/after" Enter
on_screen 'in flight'

keys q
ended 0 q

# What is typed into it as its log, with keys from the terminal.
rm -f "$T/after" "$T/status"
keys "clear; tail -n +1 -f $T/b.jsonl | bangertop -; echo \$? >$T/status" Enter
on_screen 'web-2'
keys 4
on_screen 'the helper was not called yet'
keys 1 q
wait_for "the end of a pipe" test -s "$T/status"
gone 'in flight'
keys C-c
keys "clear; echo here-\$((40 + 1))" Enter
on_screen '^here-41'

# Signals, and a terminal without colour.
for sig in TERM INT HUP QUIT; do
	begin NO_COLOR=1
	kill -$sig "$(pid_of_top)"
	ended 0 SIG$sig
done
# A fault leaves a sane terminal behind too.
begin
kill -SEGV "$(pid_of_top)"
ended 139 SIGSEGV
begin NO_COLOR=1
tm capture-pane -p -e -t live | grep -qP '\x1b\[[0-9;]*(3[0-7]|38;5;[0-9]+)m' &&
	fail "colour in spite of NO_COLOR"
keys C-c
ended 0 Ctrl-C
begin
tm capture-pane -p -e -t live | grep -qP '\x1b\[[0-9;]*(3[0-7]|38;5;[0-9]+)m' ||
	fail "no colour at all"

# A terminal that vanishes takes it along.
pid=$(pid_of_top)
end_tmux
is_over() {
	[ ! -d "/proc/$pid" ] || grep -q '^State:.Z' "/proc/$pid/status"
}
wait_for "its end without a terminal" is_over

#!/bin/bash
# SPDX-License-Identifier: ISC
# bangertop on a running journald: what began before it, what comes, what
# journald rotates away meanwhile, and a journald that is killed and begun
# again.
here=$(dirname "$0")
# shellcheck source=../lib/journald.sh
. "$here"/../lib/journald.sh
journald_enter "$@"
# shellcheck source=harness.sh
. "$here"/harness.sh
# shellcheck source=../lib/terminal.sh
. "$here"/../lib/terminal.sh
journald_open
OP=op-00000000000000a1
TWO=op-00000000000000b2
LOG=$T/d.log

# say UNIT MSG OP MORE: a line of now, as the unit's.
say() {
	: >"$LOG"
	log "${@:2}"
	(writer "$1".service <"$LOG") || fail "the writer"
}

journald_start
say bangerd "operation started" $OP
say bangerd "operation stage" $OP '"stage":"network","since_start_ms":1'
journald_sync
terminal_begin
keys "clear; bangertop" Enter
on_screen '^ [0-9]+ lines .* journal$'
on_screen '^  vm.start +web-1 +network '
say banger-helper "helper rpc completed" $OP \
	'"method":"tap.create","call":1,"duration_ms":9'
keys 4
on_screen '^[> ] tap.create +1 '
keys 1
say bangerd "operation stage" $OP '"stage":"boot","since_start_ms":30'
on_screen 'web-1 +boot +2 '
# Others' lines are no evidence.
say sshd "operation started" op-00000000000000e5
say bangerd "operation started" $TWO
on_screen '^  vm.start +web-2 '
screen_lacks 'web-5' || fail "another unit's line: $(screen)"

# Rotated away, and on.
journald_rotate
journald_vacuum 1 >/dev/null
say bangerd "operation failed" $TWO '"duration_ms":7,"error":"no luck"'
on_screen '^ !vm.start +web-2 .* failed '
on_screen 'no luck'

# Without journald nothing moves; with the next one it goes on.
journald_kill
journald_start
say bangerd "operation stage" $OP '"stage":"agent","since_start_ms":60'
on_screen 'web-1 +agent +3 '

# Its reader dies: another one takes over, on whatever descriptor it gets.
pid=$(pgrep -P "$(tm display -p -t live '#{pane_pid}')" -x bangertop)
for ((i = 0; i < 2; i++)); do
	kill -KILL "$(pgrep -P "$pid")" || fail "its reader is gone"
	say bangerd "operation stage" $OP \
		"\"stage\":\"s$i\",\"since_start_ms\":$((70 + i))"
	on_screen "web-1 +s$i +$((4 + i)) "
done
say bangerd "operation completed" $OP '"duration_ms":100'
on_screen 'vm.start +web-1 .* completed +100.0ms'
keys q
gone 'in flight'

# The same for scripts.
expect_match '"completed":1,"failed":1' "$(bangertop --once --format json)" \
	"one frame of the journal"

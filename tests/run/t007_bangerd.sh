#!/bin/bash
# SPDX-License-Identifier: ISC
# bangertop beside a real bangerd and a VM that boots: what is told of its
# start, its console log, and the start canceled from the screen.
. "$(dirname "$0")/harness.sh"
grep -q 'METHOD(OP_WATCH' "$TESTS/../lib/wire/methods.def" ||
	skip "this bangerd has no op.watch"
with_instance
with_image
# shellcheck source=../lib/terminal.sh
. "$(dirname "$0")/../lib/terminal.sh"

terminal_begin 220x40
keys "clear; BANGER_SOCKET=$BANGER_SOCKET bangertop --daemon" Enter
on_screen '^ [0-9]+ lines .* bangerd$'
banger create web1 --image tiny >/dev/null || fail create
on_screen 'vm.create +web1 .* completed'
banger start web1 >"$T/start" 2>&1 &
start=$!
on_screen '^  vm.start +web1 +guest_wait '
# So that it does not end before it is canceled.
wait_for "its console" grep -q . "$T"/i/vmlog/vm/*/console.log
kill -STOP "$(instance_vmms)" || fail "its VMM"

# From its stages to the console of the VM, which says that it boots.
keys /guest_wait Enter Enter
on_screen 'log_path='
on_screen '^ > guest_wait'
keys l
on_screen 'console.log$'
on_screen "$(head -c 12 "$T"/i/vmlog/vm/*/console.log | tr -dc 'a-zA-Z0-9 ' | head -c 8)"
keys Escape

# Who asks may not be whose it is: root may.
keys c
on_screen 'cancel vm.start of web1 \(op-[0-9a-f]{16}\)\? y: yes'
keys y
on_screen 'op-[0-9a-f]{16} is being canceled'
wait $start && fail "a start that was canceled: $(cat "$T/start")"
on_screen 'vm.start +web1 .* canceled'
on_screen '1 canceled'

# Again: it has ended.
keys c
on_screen 'it has ended already|select the operation'

# bangerd is restarted under it.
instance_end "$I_DAEMON"
on_screen 'closed the connection'
instance_daemon
# It is told of what begins once it is there again.
begun_is_told() {
	banger create "again$((n++))" --image tiny >/dev/null || fail "create"
	screen_has 'vm.create +again'
}
n=0
wait_for "what begins after that" begun_is_told
keys q
gone 'in flight'

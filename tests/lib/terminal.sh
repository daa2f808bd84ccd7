# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# A real terminal for tests of bangertop: a tmux server of the test's own with
# one session, "live".  Source it behind the harness.
#
#   terminal_begin [COLSxROWS]   the session, with a shell that prompts "$ "
#   tm, keys, screen             tmux; what is typed; what is to be seen
#   on_screen REGEX, gone REGEX  polls, and says what was there instead
#   log MSG OP MORE              a line of now, into $LOG

command -v tmux >/dev/null || skip "no tmux"
export TMUX_TMPDIR=$T
unset TMUX NO_COLOR

tm() {
	tmux -L live -f /dev/null "$@"
}

end_tmux() {
	tm kill-server 2>/dev/null
	return 0
}
at_exit end_tmux

# log MSG OP MORE: a line of now, into $LOG.
log() {
	printf '{"time":"%s","level":"INFO","msg":"%s","operation":"vm.start",' \
		"$(date -u +%Y-%m-%dT%H:%M:%S.%6NZ)" "$1" >>"$LOG"
	printf '"op_id":"%s","vm_name":"web-%s"%s}\n' "$2" "${2: -1}" \
		"${3:+,$3}" >>"$LOG"
}

keys() {
	tm send-keys -t live "$@"
}

screen() {
	tm capture-pane -p -t live
}

screen_has() {
	screen | grep -qE -- "$1"
}

screen_lacks() {
	! screen_has "$1"
}

on_screen() {
	(wait_for "/$1/" screen_has "$1") || fail "the screen: $(screen)"
}

gone() {
	(wait_for "no /$1/" screen_lacks "$1") || fail "the screen: $(screen)"
}

terminal_begin() {
	local size=${1:-80x24}

	tm new-session -d -x "${size%x*}" -y "${size#*x}" -s live \
		"env PATH='$PATH' PS1='\$ ' LC_ALL=C.UTF-8 bash --norc --noprofile"
}

#!/bin/bash
# SPDX-License-Identifier: ISC
# bangerd is in an attacker's hands: some thousand requests that say what they
# should not, and some that say what is right about files that are not what
# they seem.  Nothing that is not banger's changes, each request is one line.
. "$(dirname "$0")"/../lib/canary.sh
canary_private "$0" "$@"
. "$(dirname "$0")"/harness.sh
hostile=$BUILD/tests/tools/hostile

canary_instance
calls() { grep -c '"msg":"helper rpc' "$LOG"; }
n_lines() { [ "$(calls)" -ge "$1" ]; }
descriptors() { find "/proc/$I_HELPER/fd" -mindepth 1 | wc -l; }

ask host.info '{}' >/dev/null
before=$(canary_inventory)
fds=$(descriptors)
own() { find "$I_DIR" -path "$I_DIR/log" -prune -o -printf '%p %y %m %U:%G %n %s\n' | sort; }
ours=$(own)

# The table.
out=$("$hostile" table "$I_DIR"/helper/helper.sock) || fail "escapes: $out"
n=$(sed -n 's/^\([0-9]*\) sent, 0 not refused$/\1/p' <<<"$out")
[ "${n:-0}" -ge 400 ] || fail "only ${n:-0} requests: $out"
wait_for "a line a request" n_lines $((n + 1))
expect_eq $((n + 1)) "$(calls)" "lines of $n requests"
expect_eq "$n" "$(grep -c '"msg":"helper rpc failed"' "$LOG")" "failures told"
expect_eq "$before" "$(canary_inventory)" "the system after the table"
expect_eq "$ours" "$(own)" "our own files after the table"

# Descriptors that come along go nowhere; the helper's own stay as many.
out=$("$hostile" fds "$I_DIR"/helper/helper.sock "${FDS:-300}") || fail "$out"
n=$((n + ${FDS:-300}))
wait_for "a line a request" n_lines $((n + 1))
wait_for "descriptors to be $fds" eval '[ "$(descriptors)" = '"$fds"' ]'

# More who never end their request than there are places for: each is told
# off, and who asks meanwhile or then is served.
seq 20 | xargs -P 20 -I{} sh -c '(printf "{"; sleep 2.5) |
	"$0" "$1" 1000 | jq -r .error.code' "$BUILD"/tests/tools/rpc_raw \
	"$I_DIR"/helper/helper.sock >"$T/slow" 2>/dev/null
expect_eq "" "$(grep -vE '^(timeout|limit_exceeded)$' "$T/slow" | sort | uniq -c)" \
	"answers to who is slow"
expect_eq 20 "$(wc -l <"$T/slow")" "answers"
expect_match '^timeout$' "$(cat "$T/slow")" "the time for a request"
asked ok host.info '{}'

# No field was forged: all is JSON of one object, nothing that a terminal
# obeys, no label but ours, no name that is none.
jq -e . "$LOG" >/dev/null || fail "a line that is no JSON"
expect_eq "$(wc -l <"$LOG")" "$(jq -c . "$LOG" | wc -l)" "objects a line"
! grep -qP '[\x00-\x08\x0b-\x1f]' "$LOG" || fail "control bytes in the log"
expect_eq "" "$(jq -r 'select(.msg | startswith("helper rpc")) |
	(.op_id // empty), (.vm_id // empty), (.image_id // empty)' "$LOG" |
	grep -vE '^(op-[0-9A-Za-z_-]{1,125}|[a-z0-9][a-z0-9-]{0,31})$')" \
	"names in the log"
expect_eq "helper rpc completed helper rpc failed helper started" \
	"$(jq -r .msg "$LOG" | sort -u | paste -sd ' ')" "kinds of lines"

# Right words about wrong things.  The daemon's user owns the state directory,
# so it can put anything there.
state=$I_DIR/state
as_daemon() { setpriv --reuid=$I_USER --regid="$I_GROUP" --clear-groups "$@"; }
as_daemon mkdir -p "$state"/vm "$state"/image/im-1
launch='{"vm_id":"vm-1","slot":1,"image_id":"im-1","machine":"microvm","memory_mib":64,"vcpus":1,"cmdline":""}'
vm1='{"vm_id":"vm-1","slot":1}'
seed='{"vm_id":"vm-1","slot":1,"hostname":"a","ssh_key":""}'
work='{"vm_id":"vm-1","slot":1,"work_mib":16}'
ports='{"vm_id":"vm-1","slot":1,"ports":[{"host":8080,"guest":80,"protocol":"tcp"}]}'
name='{"vm_id":"vm-1","slot":1,"hostname":"a"}'
count=0
wrong() {
	asked "$@"
	count=$((count + 1))
}
# Before there is anything.
wrong invalid_state nat.apply "$vm1"
wrong invalid_state vmm.launch "$launch"
wrong invalid_state ports.apply "$ports"
wrong invalid_state name.apply "$name"
wrong not_found work.create "$work"
wrong not_found work.seed "$seed"
for gone in 'ports.remove' 'nat.remove' 'tap.delete'; do wrong ok $gone "$vm1"; done
for gone in vmm.kill vmm.status vmm.wait vm.forget; do wrong ok $gone '{"vm_id":"vm-1"}'; done
expect_eq "$before" "$(canary_inventory)" "the system after calls about nothing"

asked ok bridge.ensure '{}'
asked ok tap.create "$vm1"
# Nothing runs without rules over its tap.
expect_match 'no rules stand over tap' "$(ask vmm.launch "$launch")" "no nat.apply"
expect_match 'no rules stand over tap' "$(ask ports.apply "$ports")" "no nat.apply"
asked ok nat.apply "$vm1"
# Another VM asks for this one's slot, or this one for another slot.
wrong invalid_state tap.create '{"vm_id":"vm-2","slot":1}'
wrong invalid_state nat.apply '{"vm_id":"vm-2","slot":1}'
wrong invalid_state nat.remove '{"vm_id":"vm-2","slot":1}'
wrong invalid_state ports.remove '{"vm_id":"vm-2","slot":1}'
for method in ports.apply:ports name.apply:name; do
	params=${method#*:}
	wrong invalid_state ${method%:*} "${!params/vm-1/vm-2}"
	wrong invalid_state ${method%:*} "${!params/\"slot\":1/\"slot\":2}"
done
wrong invalid_state tap.delete '{"vm_id":"vm-1","slot":2}'
wrong invalid_state vmm.launch "${launch/\"slot\":1/\"slot\":2}"
wrong invalid_argument tap.create '{"vm_id":"vm-2","slot":4093,"x":1}'

# each_trap COMMAND…: calls it with each thing that is not a file of one name,
# made as PATH.
each_trap() {
	local path=$1 trap

	shift
	for trap in symlink hardlink fifo directory device socket dangling up; do
		rm -rf "$path"
		case $trap in
		symlink) as_daemon ln -s "$CANARY"/disk "$path" ;;
		hardlink) ln "$CANARY"/disk "$path" ;;
		fifo) as_daemon mkfifo "$path" ;;
		directory) as_daemon mkdir "$path" ;;
		device) mknod -m 666 "$path" b 7 0 && chown $I_USER "$path" ;;
		socket) as_daemon perl -MSocket -e 'socket(S, AF_UNIX, SOCK_STREAM, 0);
			bind(S, sockaddr_un($ARGV[0])) or die' "$path" ;;
		dangling) as_daemon ln -s "$CANARY"/none "$path" ;;
		up) as_daemon ln -s ../../../canary/disk "$path" ;;
		esac
		"$@" "$trap"
	done
	rm -rf "$path"
}
not_done() {
	local reply

	reply=$(ask "$2" "$3")
	expect_eq false "$(jq .ok <<<"$reply")" "$1 as $4: $reply"
	expect_eq "" "$(pgrep qemu-system)" "a VMM after $1 as $4"
	count=$((count + 1))
}
as_daemon mkdir "$state"/vm/vm-1
each_trap "$state"/vm/vm-1/disk.qcow2 not_done disk vmm.launch "$launch"
each_trap "$state"/vm/vm-1/work.raw not_done work work.seed "$seed"
each_trap "$state"/vm/vm-1/work.raw not_done work work.create "$work"
as_daemon truncate -s 1M "$state"/vm/vm-1/disk.qcow2
for file in kernel rootfs.raw initrd; do
	as_daemon sh -c 'umask 022; cd '"$state"'/image/im-1 && rm -rf * && : >kernel && : >rootfs.raw && : >initrd'
	each_trap "$state"/image/im-1/$file not_done $file vmm.launch "$launch"
done
# A link instead of one of the directories on the way.
as_daemon sh -c 'cd '"$state"'/image/im-1 && : >kernel && : >rootfs.raw'
as_daemon mv "$state"/vm/vm-1 "$state"/vm/real
as_daemon ln -s real "$state"/vm/vm-1
not_done "VM's directory" vmm.launch "$launch" link
not_done "VM's directory" work.create "$work" link
as_daemon rm "$state"/vm/vm-1
as_daemon mv "$state"/vm/real "$state"/vm/vm-1
as_daemon mv "$state"/vm "$state"/real
as_daemon ln -s real "$state"/vm
not_done "VMs' directory" vmm.launch "$launch" link
not_done "VMs' directory" work.create "$work" link
as_daemon rm "$state"/vm
as_daemon mv "$state"/real "$state"/vm
# A disk that is root's; an image that only its owner may read.
chown root "$state"/vm/vm-1/disk.qcow2
not_done disk vmm.launch "$launch" "root's"
chown $I_USER "$state"/vm/vm-1/disk.qcow2
as_daemon chmod 600 "$state"/image/im-1/kernel
not_done kernel vmm.launch "$launch" unreadable

# Somebody else's things under our names: never touched, never removed.
tap=$(ip -o link | grep -oE 'bgr[0-9a-f]{8}' | head -n 1)
asked ok nat.remove "$vm1"
asked ok tap.delete "$vm1"
ip tuntap add "$I_BRIDGE" mode tap
wrong invalid_state bridge.ensure '{}'
wrong invalid_state tap.create "$vm1"
wrong invalid_state tap.delete "$vm1"
ip link del "$I_BRIDGE" || fail "the foreign interface is gone"
asked ok bridge.ensure '{}'
for kind in "link add $tap type bridge" "tuntap add $tap mode tap" "tuntap add $tap mode tun"; do
	# shellcheck disable=SC2086
	ip $kind
	wrong invalid_state tap.create "$vm1"
	wrong invalid_state tap.delete "$vm1"
	wrong invalid_state nat.apply "$vm1"
	wrong invalid_state vmm.launch "$launch"
	ip link del "$tap" || fail "the foreign interface is gone"
done
# The last tap takes the bridge, but only one that is marked as ours.
ip link set "$I_BRIDGE" alias somebody
asked ok tap.create "$vm1"
asked ok tap.delete "$vm1"
ip link del "$I_BRIDGE" || fail "the foreign bridge is gone"

# An op_id is a label: under another's id the same is refused, and done.
asked ok bridge.ensure '{}'
asked ok tap.create "$vm1"
for op in op-00000000000000bb op-root op-1 "op-$(printf 'a%.0s' {1..125})"; do
	expect_eq invalid_state "$(ask nat.apply '{"vm_id":"vm-2","slot":1}' "$op" |
		jq -r .error.code)" "another's id $op"
	expect_eq true "$(ask nat.apply "$vm1" "$op" | jq .ok)" "its own VM as $op"
	count=$((count + 2))
done
asked ok nat.remove "$vm1"
asked ok tap.delete "$vm1"

# Another user is not heard, be it root of a user namespace of its own.
for as in "" "unshare -Ur"; do
	# shellcheck disable=SC2086
	reply=$(echo '{"version":1,"method":"host.info","op_id":"op-00000000000000aa"}' |
		setpriv --reuid=1 --regid="$I_GROUP" --clear-groups $as \
			"$BUILD"/tests/tools/rpc_raw "$I_DIR"/helper/helper.sock 1000 2>&1)
	expect_no_match '"ok":true' "$reply" "uid 1 $as"
done
expect_eq "660 root:$I_GROUP" "$(stat -c '%a %U:%G' "$I_DIR"/helper/helper.sock)" "socket"

expect_eq "$before" "$(canary_inventory)" "the system after all"
wait_for "descriptors to be $fds" eval '[ "$(descriptors)" = '"$fds"' ]'
echo "$n requests of the table and with descriptors, $count about wrong things"

# SPDX-License-Identifier: ISC
# VMs of machine firecracker, from creation to deletion, and starts that fail.
# No Firecracker runs where the tests do: the helper starts a stand-in in its
# place, which takes and refuses what the real one does, in the real jail, with
# the real tap.
. "$(dirname "$0")"/harness.sh
# shellcheck source=../lib/settled.sh
. "$TESTS"/lib/settled.sh
: "${BUILD:=$OUT}"
fake_dir=/usr/local/lib/bgt-$$
FAKE=$fake_dir/firecracker
start_helper() { instance_helper --firecracker "$FAKE" || fail "the helper did not start"; }
close_all() {
	local status

	instance_close
	status=$?
	rm -rf $fake_dir
	return $status
}
open_instance close_all
# The jail shows /usr alone.
install -D -m 755 "$BUILD"/tests/tools/fake_firecracker $FAKE ||
	skip "no room for a program beneath /usr"
start_helper
echo "deadline.vmm_quit = 1s" >"$I_DIR"/bangerd.conf
instance_daemon || fail "bangerd did not start"

# What of this host has to be as it was at the end.
inventory() {
	ip -o link | sed -E 's/^[0-9]+: ([^:@]*).*/\1/' | sort
	nft list tables | sort
	cat /proc/sys/net/ipv4/ip_forward
	cut -d' ' -f 5 /proc/self/mountinfo | sort
	find "$I_DIR"/state/vm "$I_DIR"/helper/vm "$I_DIR"/vmlog/vm -mindepth 1 2>/dev/null | sort
}
vm() { banger show "$1" --format json | jq -r ".vm.$2"; }
# ends WANT COMMAND…: it ends so, with one terminal line ("completed", or a code
# and the stage), and nothing is left that should not be there.
ends() {
	local want=$1

	shift
	OUT=$(banger "$@" 2>&1)
	op=$(jq -r 'select(.msg == "operation started").op_id' "${LOGS[0]}" | tail -n 1)
	expect_eq "$want" "$(jq -r --arg op "$op" 'select(.op_id == $op and
		(.msg | test("^operation (failed|completed)$"))) |
		if .code then .code + " " + .stage else "completed" end' "${LOGS[0]}" |
		paste -sd ,)" "$*: $OUT"
	settled_wait "$*" || fail "$*: something is left"
}
# An image with a kernel of that form.
image() {
	mkdir -p "$T/$1"
	cp "$2" "$T/$1/kernel"
	head -c 1000000 /dev/urandom >"$T/$1/rootfs"
	chmod -R a+rX "$T/$1"
	banger image register "$1" --kernel "$T/$1/kernel" --rootfs "$T/$1/rootfs" \
		--cmdline "console=ttyS0 reboot=t" >/dev/null || fail "image $1"
}
before=$(inventory)
image fire "$BUILD"/tests/tools/rpc_raw
echo "no ELF" >"$T/vmlinuz"
image bz "$T/vmlinuz"

# ---- create -------------------------------------------------------------------------
ends 'invalid_argument image_resolve' create no --image bz --machine firecracker
expect_match 'the kernel of image bz is no ELF file, and firecracker loads no other; register' "$OUT" "its kernel"
ends completed create web1 --image fire --machine firecracker --disk 3 --cmdline fake.probe
id=$(vm web1 vm_id)
disk=$I_DIR/state/vm/$id
expect_eq disk.raw "$(ls "$disk")" "its disk"
expect_eq 3145728 "$(stat -c %s "$disk"/disk.raw)" "its size"
cmp -n 1000000 "$T/fire/rootfs" "$disk"/disk.raw || fail "what is in it"
ends 'invalid_argument vm_lock' set web1 --machine q35
expect_match 'the disk of web1 is of machine firecracker, and q35 takes another kind' "$OUT" "another machine"
ends completed set web1 --memory 128

# ---- start, and what the VMM sees ------------------------------------------------------
ends completed start web1
expect_eq running "$(vm web1 state)" "web1"
index_logs
expect_eq "vmm_spawn vmm_handshake vmm_configure vmm_boot guest_wait" \
	"$(trace_json "$op" '[.stages[].stage] | join(" ")' | grep -oE 'vmm_spawn.*guest_wait')" "stages"
pid=$(vm web1 pid)
expect_eq "$pid" "$(instance_vmms)" "the VMM"
status=$(cat "/proc/$pid/status")
uid=$(awk '/^Uid:/ { print $2 }' <<<"$status")
expect_match '^Uid:.(20000000(0[1-9]|[1-9][0-9])).\1.\1.\1$' "$status" "a uid of its own"
expect_match '^Gid:.(20000000(0[1-9]|[1-9][0-9])).\1.\1.\1$' "$status" "a gid of its own"
expect_match '^Groups:.?$' "$(grep ^Groups: <<<"$status" | tr -d ' ')" "no groups"
for set in CapInh CapPrm CapEff CapBnd CapAmb; do
	expect_match "^$set:.0000000000000000$" "$status" "$set"
done
expect_match '^NoNewPrivs:.1$' "$status" NoNewPrivs
# The helper's filter, and the one for a VMM in the host's network namespace.
expect_match '^Seccomp_filters:.2$' "$status" "its filters"
expect_eq "HOME=/ LC_ALL=C PATH=/usr/bin:/bin" \
	"$(tr '\0' '\n' <"/proc/$pid/environ" | sort | paste -sd ' ')" "its environment"
expect_eq "bin dev disk.raw kernel lib lib64 run sbin usr" \
	"$(ls "/proc/$pid/root" | paste -sd ' ')" "what it sees"
expect_eq "api.sock vsock.sock" "$(ls "/proc/$pid/root/run" | paste -sd ' ')" "what it made"
for ns in mnt ipc uts pid; do
	[ "$(readlink "/proc/$pid/ns/$ns")" != "$(readlink /proc/self/ns/$ns)" ] ||
		fail "the VMM is in our $ns namespace"
done
expect_eq "$(readlink /proc/self/ns/net)" "$(readlink "/proc/$pid/ns/net")" "its tap's namespace"
expect_eq "0 512 256" "$(awk '/^Max (core|processes|open)/ { print $(NF - 2) }' \
	"/proc/$pid/limits" | sort -n | awk '{ v[NR] = $1 } END { print v[1], v[3], v[2] }')" limits
# Beside the first three it has opened its tap, its files and its sockets.
expect_eq "" "$(ls -l "/proc/$pid/fd" | sed -n 's/.* -> //p' |
	grep -vE "^(/dev/null|/dev/net/tun|anon_inode:|socket:|$I_DIR/vmlog/vm/$id/(console|vmm).log|/disk.raw|/kernel)")" \
	"its descriptors"
tap=$(ip -o link | grep -oE "^[0-9]+: bgr[0-9a-f]{8}: .* master $I_BRIDGE " | cut -d' ' -f 2 | tr -d :)
expect_eq "$uid" "$(cat "/sys/class/net/$tap/owner")" "who may open the tap"
expect_eq "530 $I_USER $uid" "$(stat -c '%a %U %g' "$I_DIR/helper/vm/$id/run")" "its directory"
for socket in api vsock; do
	expect_eq "777 $uid $uid" "$(stat -c '%a %u %g' "$I_DIR/helper/vm/$id/run/$socket.sock")" $socket
done
setpriv --reuid=1 --regid="$I_GROUP" --clear-groups test -e "$I_DIR/helper/vm/$id/run/api.sock" &&
	fail "bangerd's group comes to its API"
# What came of what it should not be able to do.
expect_eq "abstract=EPERM connect=EPERM create=EPERM datagram=EPERM inet=EAFNOSUPPORT|EPERM link=EPERM \
mkdir=EPERM mkfifo=EPERM netlink=EPERM packet=EAFNOSUPPORT|EPERM pair=EPERM rename=EPERM root=EPERM sendto=EPERM \
setuid=EPERM stream-pair=done symlink=EPERM tap=EPERM unnamed=EPERM write-kernel=EACCES" \
	"$(banger console --log web1 | sed -n 's/^probe \(.*\) \([A-Za-z]*\)$/\1=\2/p' | sort |
		sed -E 's/(inet|packet)=(EAFNOSUPPORT|EPERM)/\1=EAFNOSUPPORT|EPERM/' | paste -sd ' ')" "the jail"

# ---- while it runs -----------------------------------------------------------------
expect_match 'Command line: console=ttyS0 reboot=t fake.probe banger.ip=198.* reboot=k panic=1$' \
	"$(banger console --log web1)" "its console"
expect_status 1 banger console web1
expect_match 'web1 writes its console and takes no input .machine firecracker.; read it with banger console --log' \
	"$OUT" "attaching"
expect_status 0 banger wait web1 --for 'console:Linux version' --timeout 10
expect_status 3 banger exec web1 -- anything
expect_eq fake "$OUT" "exec"
expect_match "^$pid\$" "$(banger stats web1 --format json | jq .pid)" "stats"
found=$(banger doctor --format json | jq -r 'select(.check == "firecracker") | .level + " " + .seen')
expect_match '^(ok|warn) the helper has Firecracker 1.13.0' "$found" doctor
# It is taken up again, and noticed when it dies.
instance_end "$I_DAEMON" KILL
instance_daemon || fail "bangerd did not start again"
expect_eq "running $pid" "$(vm web1 state) $(vm web1 pid)" "adopted"
banger restart web1 >/dev/null || fail restart
kill -KILL "$(vm web1 pid)"
expect_status 0 banger wait web1 --for stopped --timeout 20
expect_match 'the VMM was killed by signal 9' "$(vm web1 last_error)" "its end"
settled_wait "a VMM that died" || fail "something is left"

# ---- stop, kill ---------------------------------------------------------------------
how() { jq -r 'select(.msg == "operation completed" and .operation == "vm.stop").how' "${LOGS[0]}" | tail -n 1; }
ends completed start web1
ends completed stop web1
stages() { jq -r --arg o "$1" 'select(.msg == "operation stage" and .operation == $o).stage' "${LOGS[0]}" | tail -n "$2" | paste -sd ' '; }
expect_eq "guest_shutdown vmm_reap nat_remove tap_delete state_persist" \
	"$(stages vm.stop 5)" "a guest that reboots"
ends completed set web1 --cmdline fake.agent=off
ends completed start web1 --no-wait-ready
ends completed stop web1
expect_match 'guest_shutdown vmm_quit vmm_reap' "$(stages vm.stop 6)" "Ctrl-Alt-Del"
ends completed set web1 --cmdline fake.stubborn
ends completed start web1
ends completed stop web1 --timeout 1
expect_match 'guest_shutdown vmm_quit vmm_kill vmm_reap' "$(stages vm.stop 7)" "one that does not go"
ends completed start web1
ends completed kill web1

# ---- snapshots and images -------------------------------------------------------------
ends completed snapshot create web1 first
expect_eq 2 "$(ls "$disk" | grep -cE '^(disk|snap-[0-9a-f]*)\.raw$')" "a copy"
sum=$(sha256sum <"$disk"/disk.raw)
printf 'written by the guest' | dd of="$disk"/disk.raw conv=notrunc status=none
ends completed image promote web1 gold
cmp "$disk"/disk.raw "$I_DIR"/state/image/"$(banger image show gold --format json | jq -r .image.image_id)"/rootfs.raw ||
	fail "the promoted image"
ends completed snapshot restore web1 first
expect_eq "$sum" "$(sha256sum <"$disk"/disk.raw)" "the disk as it was"
ends completed snapshot delete web1 first
expect_eq disk.raw "$(ls "$disk")" "what is left"
ends completed set web1 --cmdline ""
ends completed create web2 --image gold --machine firecracker
ends completed start web2
ends completed delete --force web2

# ---- starts that fail -------------------------------------------------------------------
# wrong WHAT STAGE REGEX: what is wrong with the next Firecracker.
wrong() {
	echo "$1" >$FAKE.fake
	ends "$2" start web1
	rm $FAKE.fake
	expect_match "$3" "$OUT" "$1"
	expect_no_match "$(printf '\033')" "$OUT" "an escape"
	expect_eq stopped "$(vm web1 state)" "$1: afterwards"
	expect_eq "" "$(instance_leaks | grep -v ^process)" "$1: left behind"
}
wrong exit:153 'operation_failed vmm_handshake' \
	'the VMM exited with status 153 .arguments that it does not take.: Error: \\x1b\[31mit was told to end; inspect .*vmm.log'
wrong close:/ 'operation_failed vmm_handshake' 'VMM|closed'
wrong garbage:/ 'operation_failed vmm_handshake' 'Firecracker GET /: '
wrong refuse:/machine-config 'operation_failed vmm_configure' 'Firecracker PUT /machine-config: This one refuses.; inspect'
wrong refuse:/network-interfaces/eth0 'operation_failed vmm_configure' 'This one refuses'
wrong cut:/vsock 'operation_failed vmm_configure' 'VMM'
wrong refuse:/actions 'operation_failed vmm_boot' 'Firecracker PUT /actions: This one refuses'
ends completed set web1 --cmdline fake.exit=148
wrong none:/ 'operation_failed vmm_boot' 'the VMM exited with status 148 .a system call that its filter does not allow.'
ends completed set web1 --cmdline ""
# No program, or not one that root should start.
mv $FAKE $FAKE.away
ends 'operation_failed vmm_spawn' start web1
expect_match "$FAKE: No such file or directory; put Firecracker's release there, root's and executable, or name it by --firecracker" \
	"$OUT" "no program"
cp $FAKE.away $FAKE
for how in "chown nobody" "chmod o+w" "chmod a-x"; do
	chown 0:0 $FAKE && chmod 755 $FAKE && $how $FAKE
	ends 'operation_failed vmm_spawn' start web1
	expect_match "$FAKE is not root's alone to write and everybody's to execute; put" "$OUT" "$how"
done
rm $FAKE && ln -s $FAKE.away $FAKE
ends completed start web1
ends completed stop web1

# ---- delete ----------------------------------------------------------------------------
ends completed delete web1
expect_eq "$before" "$(inventory)" "the host as it was"

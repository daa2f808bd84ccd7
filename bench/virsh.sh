#!/bin/bash
# SPDX-License-Identifier: ISC
# banger beside libvirt on this machine: the same kernel and initrd under
# QEMU's emulation, listing and starting VMs, in turn.  Needs root, and
# Debian's libvirt-daemon-system and libvirt-clients; the libvirtd is its own.
#
#	BANGER_BIN, BANGER_IMAGE, OUT: as make sets them; ROUNDS=10
#
# banger list and virsh list --all with 2 VMs defined, and banger list with 200
# (virsh define takes seconds here); banger start --no-wait-ready and virsh
# start; and banger start until the guest's agent answers, beside the same QEMU
# command by hand.  ROUNDS is of the starts; listing has five times as many.
set -u
cd "$(dirname "$0")/.." || exit 2
# shellcheck source=measure.sh
. bench/measure.sh
# shellcheck source=../tests/lib/instance.sh
. tests/lib/instance.sh
: "${BANGER_IMAGE:?where the tiny image is}" "${OUT:?where it was built}"
: "${ROUNDS:=10}"
PATH=$BANGER_BIN:$PATH
measure_init
have virsh "apt-get install libvirt-daemon-system libvirt-clients" || exit 0
have libvirtd "apt-get install libvirt-daemon-system" || exit 0
instance_check || exit 0

# ---- both sides up ----------------------------------------------------------
virsh=(virsh -q -c "qemu+unix:///system?socket=$work/libvirt-sock")
finish() {
	local name

	for name in $("${virsh[@]}" list --all --name 2>/dev/null); do
		"${virsh[@]}" destroy "$name" >/dev/null 2>&1
		"${virsh[@]}" undefine "$name" >/dev/null 2>&1
	done
	[ -s "$work/pid" ] && kill "$(cat "$work/pid")"
	[ -s "$work/logd" ] && kill "$(cat "$work/logd")"
	instance_close >/dev/null 2>&1
	rm -rf "$work"
}
trap finish EXIT
printf '%s\n' "unix_sock_dir = \"$work\"" 'auth_unix_rw = "none"' \
	"log_outputs = \"4:file:$work/log\"" >"$work/conf"
chmod 755 "$work"
mkdir "$work/image"
cp --sparse=always "$BANGER_IMAGE"/* "$work/image/"
chmod -R a+rX "$work/image"
# Its QEMU driver wants this one, at the usual place.
[ -S /run/libvirt/virtlogd-sock ] || virtlogd -d -p "$work/logd" || exit 1
libvirtd -d -f "$work/conf" -p "$work/pid" || exit 1
instance_open "$work/i"
instance_helper && instance_daemon || exit 1
banger -q image register "$work/image" >/dev/null || exit 1

# One VM more on both sides.
define() {
	banger -q create "$1" --image tiny >/dev/null || exit 1
	"${virsh[@]}" define /dev/stdin >/dev/null <<EOF || exit 1
<domain type="qemu"><name>$1</name><memory unit="MiB">256</memory><vcpu>1</vcpu>
<os><type arch="x86_64" machine="q35">hvm</type><kernel>$work/image/kernel</kernel>
<initrd>$work/image/initrd</initrd><cmdline>console=ttyS0</cmdline></os>
<devices><emulator>/usr/bin/qemu-system-x86_64</emulator>
<serial type="null"/><memballoon model="none"/></devices></domain>
EOF
}

# millis NAME COMMAND…: one sample, by bash's own clock: GNU time's two decimals
# are too few here, and a date(1) takes longer than banger list does.
millis() {
	local from to

	from=${EPOCHREALTIME/[.,]/}
	"${@:2}" >/dev/null 2>"$work/err" || {
		echo "bench: ${*:2}: $(tail -n 1 "$work/err")" >&2
		exit 1
	}
	to=${EPOCHREALTIME/[.,]/}
	echo $((to - from)) >>"$work/$1.us"
}

middle() {
	sort -n "$work/$1.us" | awk '{ v[NR] = $1 }
		END { printf "%.1f", (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2000 }'
}

# ---- listing ------------------------------------------------------------------
define b1
define b2
for _ in $(seq $((ROUNDS * 5))); do
	millis bl2 banger list
	millis vl2 "${virsh[@]}" list --all
done

# ---- starting -----------------------------------------------------------------
for _ in $(seq "$ROUNDS"); do
	millis bs banger -q start b1 --no-wait-ready
	banger -q kill b1 >/dev/null || exit 1
	millis vs "${virsh[@]}" start b1
	"${virsh[@]}" destroy b1 >/dev/null || exit 1
done

# The same command by hand: what our VMM was started with, with sockets and a
# console of its own, no tap and no jail.
banger -q start b1 >/dev/null || exit 1
shown=$(banger show b1 --format json)
pid=$(jq -r .vm.pid <<<"$shown") id=$(jq -r .vm.vm_id <<<"$shown")
mapfile -d '' -t argv <"/proc/$pid/cmdline"
banger -q kill b1 >/dev/null || exit 1
by_hand=()
for word in "${argv[@]}"; do
	case $word in
	socket,id=qmp*) word="socket,id=qmp,path=$work/q,server=on,wait=off" ;;
	socket,id=agent*) word="socket,id=agent,path=$work/a,server=on,wait=off" ;;
	socket,id=console*) word="file,id=console,path=$work/console" ;;
	tap,id=n0*) word="user,id=n0,restrict=on" ;;
	/kernel | /initrd) word=$work/image$word ;;
	fd=*set=1 | -add-fd | -S) continue ;;
	*'"/disk.qcow2"'*)
		word=${word//\/disk.qcow2/$I_DIR/state/vm/$id/disk.qcow2}
		word=${word//\/rootfs.raw/$work/image/rootfs.raw}
		;;
	esac
	by_hand+=("$word")
done
hand() {
	local sync='{"execute":"guest-sync-delimited","arguments":{"id":7}}'

	rm -f "$work/a" "$work/q"
	"${by_hand[@]}" >/dev/null 2>"$work/hand.err" &
	hand=$!
	until printf '\xff%s\n' "$sync" |
		"$OUT"/tests/tools/rpc_raw "$work/a" 100 2>/dev/null |
		grep -aq return; do
		kill -0 $hand 2>/dev/null || {
			cat "$work/hand.err" >&2
			return 1
		}
	done
}
for _ in $(seq $((ROUNDS / 2))); do
	millis br banger -q start b1
	banger -q kill b1 >/dev/null || exit 1
	millis hr hand
	kill $hand
	wait $hand 2>/dev/null
done

# ---- listing many -------------------------------------------------------------
for n in $(seq 3 200); do
	banger -q create "b$n" --image tiny >/dev/null || exit 1
done
for _ in $(seq $((ROUNDS * 5))); do
	millis bl200 banger list
done

row() {
	printf '| %s | %s | %s | %s |\n' "$1" "$(middle "$2")" "$(middle "$3")" \
		"$(calc "$(middle "$2") / $(middle "$3")")"
}
printf '| medians of %s | banger ms | beside it ms | ratio |\n' "$ROUNDS"
printf '|---|--:|--:|--:|\n'
# shellcheck disable=SC2016 # the ticks are Markdown's
{
	row '`banger list`, `virsh list --all`: 2 VMs' bl2 vl2
	row '`banger list`: 200 VMs, 2 VMs' bl200 bl2
	row '`banger start --no-wait-ready`, `virsh start`' bs vs
	row '`banger start`, the same QEMU by hand, until the agent answers' br hr
}

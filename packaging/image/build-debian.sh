#!/bin/bash
# SPDX-License-Identifier: ISC
# build-debian.sh OUTDIR: makes the guest image "debian" with mmdebstrap: a
# minimal Debian 12 with systemd, openssh-server and qemu-guest-agent.
#
# Leaves kernel, initrd, rootfs.raw and image.json in OUTDIR, image.json last.
# Packages come from where this machine's own apt takes them.  Runs as root, or
# as a user whom /etc/subuid and /etc/subgid give ids of their own; says so
# when it can do neither.  ROOTFS_SIZE (2G) is what a VM gets by default.

set -euo pipefail
shopt -s nullglob
umask 022

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
image=debian
# shellcheck source=common.sh
. "$here/common.sh"
: "${ROOTFS_SIZE:=2G}"
suite=bookworm
cmdline="root=/dev/vda rw console=ttyS0 reboot=t panic=-1"
packages=linux-image-cloud-amd64,initramfs-tools,systemd-sysv,udev,dbus
packages+=,iproute2,openssh-server,qemu-guest-agent,e2fsprogs,ca-certificates

# How mmdebstrap may act as the root of what it builds.
choose_mode()
{
	if [ "$(id -u)" = 0 ]; then
		mode=root
	elif command -v newuidmap >/dev/null &&
		grep -q "^$(id -un):" /etc/subuid 2>/dev/null &&
		unshare --user true 2>/dev/null; then
		mode=unshare
	else
		fail "this needs root, or user namespaces and ids of your own" \
			"run it with sudo, or install uidmap and add a line for $(id -un) to /etc/subuid and /etc/subgid"
	fi
}

# This machine's own sources of packages.
find_sources()
{
	local file
	sources=()
	for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.{list,sources}; do
		[ -s "$file" ] && grep -qE '^(deb |Types:)' "$file" &&
			grep -q "$suite" "$file" && sources+=("$file")
	done
	[ ${#sources[@]} -gt 0 ] ||
		fail "apt has no sources of $suite here" \
			"add one below /etc/apt/sources.list.d"
}

# What apt needs to reach them from here (a proxy), while the image is made.
find_aptopts()
{
	apt-config dump | grep -E '^Acquire::(http|https|Retries)' \
		>"$work/aptopts" || true
}

# In the finished tree, as its root: $1 is the tree, $2 our folder.
customize()
{
	local root=$1 new=$2 kernel
	install -m 755 "$here/debian/banger-guest" "$root/usr/local/sbin/"
	install -m 644 "$here/debian/banger-guest.service" \
		"$root/etc/systemd/system/"
	chroot "$root" systemctl -q enable banger-guest.service
	chroot "$root" passwd -q -l root
	# Each guest makes its own at its first boot.
	rm -f "$root"/etc/ssh/ssh_host_*
	: >"$root/etc/machine-id"
	rm -f "$root/etc/apt/apt.conf.d/99mmdebstrap" "$root/etc/hostname"
	echo '127.0.0.1 localhost' >"$root/etc/hosts"
	kernel=$(echo "$root"/boot/vmlinuz-*)
	cp "$kernel" "$new/kernel"
	cp "$root"/boot/initrd.img-* "$new/initrd"
	chmod 644 "$new/kernel" "$new/initrd"
	# Without what is mounted on it, and seen by nobody else.
	mkdir "$new/tree"
	# shellcheck disable=SC2016 # the inner shell's own arguments
	unshare --mount --propagation private sh -ec '
		mount --bind "$1" "$2/tree"
		mke2fs -q -t ext4 -d "$2/tree" -L banger-debian -m 0 \
			-J size=16 -E root_owner=0:0,lazy_itable_init=0 \
			"$2/rootfs.raw" "$3"' sh "$root" "$new" "$ROOTFS_SIZE"
	rmdir "$new/tree"
	chmod 644 "$new/rootfs.raw"
}

# Only the drivers that these machines have: the guest's processor is slow.
configure_initrd()
{
	local root=$1
	printf '%s\n' MODULES=list BUSYBOX=auto COMPRESS=gzip \
		>"$root/etc/initramfs-tools/conf.d/banger"
	printf '%s\n' virtio_mmio virtio_pci virtio_blk virtio_net \
		virtio_console ext4 >>"$root/etc/initramfs-tools/modules"
	chroot "$root" update-initramfs -u -k all
}

bootstrap()
{
	mmdebstrap --quiet --mode="$mode" --variant=minbase --format=null \
		--aptopt="$work/aptopts" --include="$packages" \
		--dpkgopt='path-exclude=/usr/share/doc/*' \
		--dpkgopt='path-exclude=/usr/share/man/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' \
		--customize-hook="\"$here/build-debian.sh\" --customize \"\$1\" \"$new\"" \
		"$suite" - < <(cat "${sources[@]}") >&2 ||
		fail "mmdebstrap failed" "see its messages above"
}

main()
{
	if [ "${1:-}" = --customize ]; then
		configure_initrd "$2"
		customize "$2" "$3"
		return
	fi
	if [ $# -ne 1 ] || [ -z "$1" ] || [[ $1 == -* ]]; then
		echo "usage: build-debian.sh OUTDIR" >&2
		exit 2
	fi
	need_x86_64
	need_tools mmdebstrap=mmdebstrap apt-config=apt mke2fs=e2fsprogs
	choose_mode
	mkdir -p "$1" || fail "cannot make $1" "choose another OUTDIR"
	out=$(cd "$1" && pwd)
	work=$(mktemp -d "${out%/*}/.debian.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	new=$work/new
	chmod 755 "$work"
	mkdir -m 777 "$new"
	find_sources
	find_aptopts
	say "a Debian $suite in $ROOTFS_SIZE; this takes some minutes"
	bootstrap
	publish "$out" "$new" "$cmdline"
	say "ready in $out"
}

main "$@"

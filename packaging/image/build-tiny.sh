#!/bin/bash
# SPDX-License-Identifier: ISC
# build-tiny.sh OUTDIR: makes the guest image "tiny" from Debian's packages.
#
# Leaves kernel, initrd, rootfs.raw and image.json in OUTDIR.  The packages are
# kept in OUTDIR/../cache; while they are there no network is asked (remove
# that folder to fetch newer ones).  Needs no root.  Everything is made in a
# folder beside OUTDIR and renamed at the end, image.json last, so OUTDIR never
# holds half an image.

set -euo pipefail
shopt -s nullglob
umask 022

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
image=tiny
# shellcheck source=common.sh
. "$here/common.sh"
rootfs_size=64M

# Loaded by the initrd, with what they depend on.  Both kinds of virtio bus:
# microvm has mmio, q35 has pci.
modules=(virtio_mmio virtio_pci virtio_console virtio_blk virtio_net)

# Messages to the serial port; a reset or a panic ends a QEMU with -no-reboot.
# "quiet" would save 0.1 s of 2.6 s and cost the only witness of a failed boot.
cmdline="console=ttyS0 reboot=t panic=-1"

# The image is whole and newer than the files in this folder.
up_to_date()
{
	local part
	for part in kernel initrd rootfs.raw image.json; do
		[ -s "$out/$part" ] || return 1
	done
	[ -z "$(find "$here" -type f -newer "$out/image.json" -print -quit)" ]
}

# ---- packages ---------------------------------------------------------------

# apt with lists and cache of its own below the cache folder, for when the
# machine's lists are missing or old: this needs no root.
own_apt=()

use_own_lists()
{
	local dir=$cache/apt
	say "reading Debian's package lists"
	mkdir -p "$dir/lists/partial" "$dir/archives/partial"
	own_apt=(-o "Dir::State::lists=$dir/lists" -o "Dir::Cache=$dir"
		-o "Dir::Cache::archives=$dir/archives")
	apt-get -qq "${own_apt[@]}" -o APT::Sandbox::User=root \
		-o APT::Update::Error-Mode=any update >&2 ||
		fail "cannot read Debian's package lists" \
			"check the network and /etc/apt/sources.list"
}

# Prints the name of the kernel package that the metapackage stands for.
kernel_package()
{
	apt-cache "${own_apt[@]}" depends linux-image-cloud-amd64 2>/dev/null |
		awk '$1 == "Depends:" && $2 ~ /^linux-image-[0-9]/ {
			print $2; exit }'
}

# download DIR: the packages into DIR; false when apt could not.
download()
{
	local kernel
	kernel=$(kernel_package)
	[ -n "$kernel" ] || return 1
	say "downloading $kernel, busybox-static, qemu-guest-agent"
	(cd "$1" && apt-get -qq "${own_apt[@]}" -o APT::Sandbox::User=root \
		download "$kernel" busybox-static qemu-guest-agent >&2)
}

# Sets debs to the three packages in the cache; false when one is missing.
find_debs()
{
	local name found
	debs=()
	for name in 'linux-image-[0-9]*-cloud-amd64' busybox-static \
		qemu-guest-agent; do
		# shellcheck disable=SC2206 # the name is a pattern
		found=("$cache"/${name}_*.deb)
		[ ${#found[@]} -gt 0 ] || return 1
		debs+=("${found[-1]}")
	done
}

get_debs()
{
	! find_debs || return 0
	mkdir "$work/debs"
	if ! download "$work/debs"; then
		use_own_lists
		download "$work/debs" ||
			fail "cannot download the packages" \
				"check the network and /etc/apt/sources.list"
	fi
	mv "$work"/debs/*.deb "$cache/"
	find_debs || fail "apt fetched other packages than asked for" \
		"remove $cache and try again"
}

unpack_debs()
{
	local deb
	mkdir "$work/deb"
	for deb in "${debs[@]}"; do
		dpkg-deb -x "$deb" "$work/deb" || {
			rm -f "$deb"
			fail "$deb is damaged and was removed" "try again"
		}
	done
	busybox=$work/deb/bin/busybox
	kernel=$(echo "$work"/deb/boot/vmlinuz-*)
	release=${kernel##*/vmlinuz-}
}

# ---- initrd -----------------------------------------------------------------

# module_file NAME: prints the module's path, nothing when it is built in.
module_file()
{
	find "$work/deb/lib/modules/$release/kernel" \
		-name "${1//_/[_-]}.ko" -print -quit
}

# add_module DIR NAME: the module, after those it depends on.
add_module()
{
	local dir=$1 name=$2 file needed
	[ ! -e "$dir/$name.ko" ] || return 0
	file=$(module_file "$name")
	if [ -z "$file" ]; then
		grep -q "/${name//_/[_-]}.ko\$" \
			"$work/deb/lib/modules/$release/modules.builtin" ||
			fail "kernel $release has no module $name" \
				"remove $cache to fetch another kernel"
		return 0
	fi
	needed=$(grep -azo '^depends=.*' "$file" | tr '\0,' '\n ' |
		sed 's/^depends=//')
	for needed in $needed; do
		add_module "$dir" "${needed//-/_}"
	done
	cp "$file" "$dir/$name.ko"
	echo "$name" >>"$dir/order"
}

make_initrd()
{
	local root=$work/initrd applet module
	say "initrd"
	mkdir -p "$root"/{bin,dev,modules,root}
	cp "$busybox" "$root/bin/busybox"
	for applet in sh insmod mount poweroff sleep switch_root; do
		ln -s busybox "$root/bin/$applet"
	done
	cp "$here/tiny-initrd" "$root/init"
	chmod 755 "$root/init"
	for module in "${modules[@]}"; do
		add_module "$root/modules" "$module"
	done
	# Not compressed: the guest's processor is the slow one.
	(cd "$root" && find . | LC_ALL=C sort |
		cpio --quiet -o -H newc -R +0:+0) >"$new/initrd"
}

# ---- root file system -------------------------------------------------------

# copy_libraries PROGRAM ROOT: what the loader will look for, from this
# machine, which runs the same Debian.
copy_libraries()
{
	local list path
	list=$(ldd "$1") || fail "ldd cannot read $1" "remove $cache"
	if [[ $list == *"not found"* ]]; then
		fail "libraries of the guest agent are missing here:$(
			awk '/not found/ { printf " %s", $1 }' <<<"$list")" \
			"type: make deps"
	fi
	mkdir -p "$2/lib/x86_64-linux-gnu" "$2/lib64"
	grep -o '/[^ ]*' <<<"$list" | while read -r path; do
		case $path in
		/lib64/ld-*) cp -L "$path" "$2/lib64/" ;;
		*) cp -L "$path" "$2/lib/x86_64-linux-gnu/" ;;
		esac
	done
}

fill_root()
{
	local root=$1 applet
	mkdir -p "$root"/{dev,proc,sys,run,tmp,mnt,root,var/log} \
		"$root"/{bin,sbin,usr/bin,usr/sbin,etc/init.d}
	chmod 1777 "$root/tmp"
	chmod 700 "$root/root"
	ln -s /run "$root/var/run"
	cp "$busybox" "$root/bin/busybox"
	"$busybox" --list-full | grep / | while read -r applet; do
		mkdir -p "$root/${applet%/*}"
		[ -e "$root/$applet" ] ||
			ln -s /bin/busybox "$root/$applet"
	done
	cp "$work/deb/usr/sbin/qemu-ga" "$root/usr/sbin/"
	copy_libraries "$root/usr/sbin/qemu-ga" "$root"
	# Busybox has none; the boot calls it when the disk is larger.
	cp -L "$(command -v resize2fs)" "$root/usr/sbin/"
	copy_libraries "$root/usr/sbin/resize2fs" "$root"
	echo "$(($(numfmt --from=iec "$rootfs_size") / 512))" \
		>"$root/etc/banger-disk"
	rm -f "$root/sbin/shutdown"
	install -m 755 "$here/tiny-shutdown" "$root/sbin/shutdown"
	install -m 755 "$here/tiny-boot" "$root/etc/init.d/boot"
	install -m 755 "$here/tiny-agent" "$root/etc/init.d/agent"
	install -m 644 "$here/tiny-inittab" "$root/etc/inittab"
	echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
	printf 'root:x:0:\ntty:x:5:\n' >"$root/etc/group"
	echo '127.0.0.1 localhost' >"$root/etc/hosts"
	printf '%s\n' 'ID=banger-tiny' 'NAME="banger tiny"' \
		'PRETTY_NAME="banger tiny (from Debian packages)"' \
		>"$root/etc/os-release"
}

# Files of an image made by an ordinary user would belong to that user's number.
own_by_root()
{
	[ "$(id -u)" -ne 0 ] || return 0
	(cd "$1" && find . -mindepth 1 -printf '%P\n') | while read -r path; do
		printf 'sif "/%s" uid 0\nsif "/%s" gid 0\n' "$path" "$path"
	done >"$work/owners"
	debugfs -w -f "$work/owners" "$2" >"$work/owners.log" 2>&1 ||
		fail "debugfs: $(tail -n 1 "$work/owners.log")" "try again"
}

make_rootfs()
{
	local root=$work/root log=$work/mke2fs.log
	say "root file system"
	fill_root "$root"
	mke2fs -q -t ext4 -d "$root" -L banger-tiny -m 0 -J size=4 \
		-E root_owner=0:0,lazy_itable_init=0 "$new/rootfs.raw" \
		"$rootfs_size" >"$log" 2>&1 ||
		fail "mke2fs: $(tail -n 1 "$log")" \
			"check the free space of ${out%/*} with df"
	own_by_root "$root" "$new/rootfs.raw"
}

# ---- all --------------------------------------------------------------------

main()
{
	if [ $# -ne 1 ] || [ -z "$1" ] || [[ $1 == -* ]]; then
		echo "usage: build-tiny.sh OUTDIR" >&2
		exit 2
	fi
	mkdir -p "$(dirname "$1")" ||
		fail "cannot make $(dirname "$1")" "choose another OUTDIR"
	out=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
	cache=${out%/*}/cache
	mkdir -p "$cache"
	! up_to_date || return 0

	need_x86_64
	need_tools apt-get=apt apt-cache=apt dpkg-deb=dpkg cpio=cpio \
		mke2fs=e2fsprogs debugfs=e2fsprogs resize2fs=e2fsprogs \
		ldd=libc-bin
	work=$(mktemp -d "${out%/*}/.tiny.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	new=$work/new
	mkdir "$new"
	get_debs
	unpack_debs
	cp "$kernel" "$new/kernel"
	make_initrd
	make_rootfs
	publish "$out" "$new" "$cmdline"
	say "ready in $out (kernel $release)"
}

main "$@"

#!/bin/bash
# SPDX-License-Identifier: ISC
# What limits a VM's cgroup sets, on a kernel that has version 2 with all
# controllers, whatever this machine has: a Debian with the package installed is
# booted in a QEMU of its own (under emulation, so that takes minutes), where
# systemd gives the helper what its unit asks for, and the helper starts a real
# QEMU.  limits_inside.sh is what happens in there.
# shellcheck source=../run/harness.sh
. "$(dirname "$0")"/../run/harness.sh
# shellcheck source=../lib/machine.sh
. "$TESTS"/lib/machine.sh

: "${BANGER_DEB:?the package}" "${BANGER_IMAGE:?the tiny image}"
: "${LIMITS_SECONDS:=1500}"
machine_open "${CHECK_DIR:-$TESTS/../build/check-limits}"
ended() {
	rm -rf "$CHECK_DIR"/{upper,work,root,disk}
}
at_exit ended
ended

machine_base "$CHECK_DIR" "$(dpkg-deb -f "$BANGER_DEB" Depends), jq, kmod" ||
	fail "no machine"
mkdir -p "$CHECK_DIR"/upper/srv "$CHECK_DIR"/{work,root}
cp -r --sparse=always "$BANGER_IMAGE" "$CHECK_DIR/upper/srv/image"
cp "$BANGER_DEB" "$CHECK_DIR/upper/srv/banger.deb"
cp "$TESTS/long/limits_inside.sh" "$CHECK_DIR/upper/srv/"
chmod -R a+rX "$CHECK_DIR/upper/srv"
# The kernel is the image's; its modules are in the package that it is from.
kernel=$(echo "$BANGER_IMAGE"/../cache/linux-image-[0-9]*-cloud-amd64_*.deb)
dpkg-deb -x "${kernel##* }" "$T/kernel" || fail "no kernel package: $kernel"
mkdir -p "$CHECK_DIR"/upper/usr/lib
cp -r "$T"/kernel/lib/modules "$CHECK_DIR/upper/usr/lib/"
unit=$CHECK_DIR/upper/etc/systemd/system
mkdir -p "$unit/multi-user.target.wants" "$CHECK_DIR"/upper/etc/banger
cat >"$unit/limits.service" <<-'UNIT'
	[Unit]
	After=bangerd.service
	[Service]
	Type=oneshot
	ExecStart=/bin/bash /srv/limits_inside.sh
	ExecStopPost=/bin/systemctl --no-block poweroff
	StandardOutput=file:/dev/ttyS0
	StandardError=file:/dev/ttyS0
UNIT
ln -s ../limits.service "$unit/multi-user.target.wants/"
# Emulated within an emulation everything takes its time.
cat >"$CHECK_DIR/upper/etc/banger/bangerd.conf" <<-'CONF'
	helper_connect = 10min
	helper_call = 10min
	deadline.vmm_spawn = 10min
	deadline.vmm_handshake = 10min
	deadline.vmm_configure = 10min
	deadline.vmm_boot = 10min
CONF
unshare -m --propagation private bash -c "$machine__overlay"' &&
	chroot "$0/root" sh -c "depmod \"\$(ls /lib/modules)\" &&
		dpkg --force-confold -i /srv/banger.deb" >"$0/dpkg.log" 2>&1 &&
	mke2fs -q -t ext4 -d "$0/root" "$0/disk" 4G' "$CHECK_DIR" ||
	fail "the disk: $(tail -n 5 "$CHECK_DIR/dpkg.log")"

echo "booting; its console is $CHECK_DIR/console"
timeout "$LIMITS_SECONDS" qemu-system-x86_64 -M q35 -cpu max -smp 4 -m 4096 \
	-nographic -nodefaults -no-reboot -serial "file:$CHECK_DIR/console" \
	-kernel "$BANGER_IMAGE/kernel" -initrd "$BANGER_IMAGE/initrd" \
	-append "console=ttyS0 panic=-1" \
	-drive "file=$CHECK_DIR/disk,format=raw,if=virtio,cache=unsafe" \
	</dev/null || fail "QEMU: status $?; $(tail -n 5 "$CHECK_DIR/console")"
tr -d '\r' <"$CHECK_DIR/console" | grep '^LIMITS ' | tee "$T/said"
expect_no_match FAILED "$(cat "$T/said")" "in there"
grep -q '^LIMITS all held$' "$T/said" || fail "it did not come to its end:
$(tail -n 20 "$CHECK_DIR/console")"

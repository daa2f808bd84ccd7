# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# A machine to install on: a Debian made by debootstrap in a directory, booted
# with its own systemd as process 1 in namespaces of its own (mount, process,
# network, cgroup, IPC, UTS), where nothing of the host's files is to be seen.
# Every machine begins clean: what it writes is in an overlay, which goes.
#
#   machine_open DIR           takes DIR for one test alone; sets $CHECK_DIR
#   machine_base DIR DEPENDS   makes or takes up DIR/base, with these packages
#                              ("a, b | c", as in a control file)
#   machine_install DIR CMD…   runs a command on the files before they boot
#   machine_boot DIR           boots; waits until systemd has come up
#   inside CMD…                runs a command in it, as root
#   machine_end                ends it and all of its processes
#
# Packages come from where this machine's apt has its own; its settings are
# lent for that and do not stay.

machine__apt() { # ROOT APT-GET-ARGUMENTS…
	local root=$1

	shift
	unshare -m --propagation private bash -c '
		mount --bind /etc/apt "$0/etc/apt" &&
			mount -o remount,bind,ro "$0/etc/apt" &&
			mount -t proc proc "$0/proc" || exit
		[ ! -e /etc/resolv.conf ] ||
			cp -L /etc/resolv.conf "$0/etc/resolv.conf"
		exec chroot "$0" env DEBIAN_FRONTEND=noninteractive \
			apt-get -qy "$@"' "$root" "$@"
}

machine_open() {
	[ "$(id -u)" = 0 ] || skip "needs root"
	mkdir -p "$1"
	CHECK_DIR=$(cd "$1" && pwd)
	exec 9>"$CHECK_DIR/lock"
	flock -n 9 || fail "another test has $CHECK_DIR"
}

machine_base() {
	local dir=$1 depends=$2 suite uri

	[ "$(cat "$dir/base.of" 2>/dev/null)" != "$depends" ] || return 0
	command -v debootstrap >/dev/null || {
		echo "no debootstrap (apt-get install debootstrap)" >&2
		return 1
	}
	read -r suite uri < <(apt-get indextargets --format \
		'$(CODENAME) $(REPO_URI)' 'Created-By: Packages' | head -n 1)
	rm -rf "$dir/base" "$dir/base.of"
	mkdir -p "$dir"
	debootstrap --variant=minbase \
		--include=systemd,systemd-sysv,dbus,ca-certificates \
		"$suite" "$dir/base" "$uri" >"$dir/debootstrap.log" 2>&1 &&
		machine__apt "$dir/base" update >>"$dir/debootstrap.log" 2>&1 &&
		machine__apt "$dir/base" --no-install-recommends satisfy \
			"$depends" >>"$dir/debootstrap.log" 2>&1 || {
		tail -n 20 "$dir/debootstrap.log" >&2
		return 1
	}
	machine__apt "$dir/base" clean
	rm -f "$dir/base/etc/machine-id"
	: >"$dir/base/etc/machine-id"
	echo "$depends" >"$dir/base.of"
}

# The overlay, in a mount namespace of its own: nothing is mounted outside.
machine__overlay='mount -t overlay overlay -o \
	"lowerdir=$0/base,upperdir=$0/upper,workdir=$0/work" "$0/root"'

machine_install() {
	local dir=$1

	shift
	[ -d "$dir/upper" ] || mkdir -p "$dir"/{upper,work,root}
	unshare -m --propagation private bash -c "$machine__overlay"' &&
		mount -t proc proc "$0/root/proc" &&
		mount --bind /dev/null "$0/root/dev/null" &&
		exec chroot "$0/root" "$@"' "$dir" "$@"
}

# Process 1 of the machine: its mounts, then its systemd.
machine__init='
set -e
'"$machine__overlay"'
cd "$0/root"
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=755 tmpfs dev
mkdir dev/pts dev/shm dev/net
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
mknod -m 666 dev/null c 1 3
mknod -m 666 dev/zero c 1 5
mknod -m 666 dev/full c 1 7
mknod -m 666 dev/random c 1 8
mknod -m 666 dev/urandom c 1 9
mknod -m 666 dev/tty c 5 0
mknod -m 666 dev/net/tun c 10 200
[ ! -c /dev/kvm ] || mknod -m 660 dev/kvm c 10 232
ip link set lo up
hostname machine
mkdir old
pivot_root . old
exec chroot . /bin/sh -c "umount -l /old && rmdir /old &&
	exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin \
	TERM=dumb /lib/systemd/systemd --unit=multi-user.target --log-target=journal" \
	</dev/null >console 2>&1
'

# The unified hierarchy, where there is one: the machine gets a part of it.
machine__cgroup() {
	local mount

	for mount in /sys/fs/cgroup /sys/fs/cgroup/unified; do
		[ "$(stat -f -c %T $mount 2>/dev/null)" = cgroup2fs ] || continue
		MACHINE_CGROUP=$mount/bgt$$
		mkdir "$MACHINE_CGROUP" && return
	done
	echo "no cgroups of version 2 to boot systemd in" >&2
	return 1
}

machine_boot() {
	local dir=$1 n=0 state

	[ -d "$dir/upper" ] || mkdir -p "$dir"/{upper,work,root}
	machine__cgroup || return
	bash -c 'echo $$ >"$1/cgroup.procs"; shift; exec "$@"' - \
		"$MACHINE_CGROUP" unshare -m -p -n -C -i -u --fork --kill-child \
		--propagation private bash -c "$machine__init" "$dir" &
	MACHINE_OUTER=$!
	MACHINE_PID=
	until state=$([ -n "$MACHINE_PID" ] &&
		inside systemctl is-system-running 2>/dev/null);
		[ "$state" = running ] || [ "$state" = degraded ]; do
		kill -0 $MACHINE_OUTER 2>/dev/null && [ $((n++)) -lt 600 ] || {
			echo "the machine does not boot: ${state:-no systemd}" >&2
			cat "$dir/upper/console" >&2
			return 1
		}
		read -r MACHINE_PID _ <"/proc/$MACHINE_OUTER/task/$MACHINE_OUTER/children"
		sleep 0.2
	done
}

inside() {
	nsenter -t "$MACHINE_PID" -m -p -n -C -i -u -r -w \
		env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
		LC_ALL=C.UTF-8 TERM=dumb "$@" </dev/null
}

machine_end() {
	local n=0

	[ -n "${MACHINE_OUTER:-}" ] || return 0
	kill -KILL "$MACHINE_OUTER" 2>/dev/null
	wait "$MACHINE_OUTER" 2>/dev/null
	MACHINE_OUTER=
	until find "$MACHINE_CGROUP" -depth -type d -exec rmdir {} + \
		2>/dev/null; do
		[ $((n++)) -lt 100 ] || break
		sleep 0.1
	done
	return 0
}

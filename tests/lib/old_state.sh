# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# What earlier versions of banger left on a host, made of tests/data: bangerd's
# records of version 1 (a VM with its disk and its image, one whose image is
# gone, an operation that was cut off), an index of version 4, and lines of a
# log in which stages name no deadline.
#
#   old_state DIR IMAGE    DIR/state, as /var/lib/banger was; DIR/log, the lines;
#                          DIR/bangerd, a program that writes them, of that name
#   old_version FILE N     the version that an SQLite file says it has is N

old_state() {
	local dir=$1 image=$2 state=$1/state size

	size=$(stat -c %s "$image/rootfs.raw")
	mkdir -p "$state"/image/im-1 "$state"/vm/vm-1 "$state"/vm/vm-2
	cp --sparse=always "$image"/{kernel,initrd,rootfs.raw} "$state/image/im-1/"
	qemu-img create -q -u -f qcow2 -F raw -b /rootfs.raw \
		"$state/vm/vm-1/disk.qcow2" "$size" &&
		cp "$state/vm/vm-1/disk.qcow2" "$state/vm/vm-2/" &&
		sed "s/67108864/$size/; s/console=ttyS0/& reboot=t panic=-1/" \
			"$DATA/bangerd-v1.sql" | sqlite3 "$state/bangerd.db" &&
		sqlite3 "$state/index.db" <"$DATA/index-v4.sql" || return
	chmod 700 "$state"/vm/vm-*
	cat "$DATA"/{start.daemon,failed}.jsonl | grep -v '"msg":"helper ' >"$dir/log"
	cp /bin/cat "$dir/bangerd"
}

# Its header has that, four bytes, highest first.
old_version() {
	printf '\0\0\0%b' "\\0$(printf %o "$2")" |
		dd of="$1" bs=1 seek=60 conv=notrunc status=none
}

#!/bin/bash
# SPDX-License-Identifier: ISC
# Work disks: made once, seeded once, read by e2fsprogs; what a guest may have
# left in one ends the parser at worst.  MUTATIONS=N for more damage and SEED=N
# for other, IMAGES=DIR for images out of e2fsprogs' own tests (f_*/image.gz)
# beside ours.
. "$(dirname "$0")"/../lib/canary.sh
canary_private "$0" "$@"
. "$(dirname "$0")"/harness.sh
export PATH=$PATH:/usr/sbin:/sbin
canary_instance
helper=$I_HELPER
state=$I_DIR/state
disk=$state/vm/vm-1/work.raw
install -d -o $I_USER -g "$I_GROUP" "$state"/vm "$state"/vm/vm-1
ask host.info '{}' >/dev/null
before=$(canary_inventory)
key='ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAA'
vm='"vm_id":"vm-1","slot":1'
seed="{$vm,\"hostname\":\"web1\",\"ssh_key\":\"$key\"}"
changed() { # WANT METHOD PARAMS
	local reply

	reply=$(ask "$2" "$3")
	expect_eq "true $1" "$(jq -r '[.ok, .result.changed] | join(" ")' <<<"$reply")" "$2: $reply"
}
said() { debugfs -R "cat /etc/banger/$1" "$disk" 2>/dev/null; }
healthy() { e2fsck -fn "$disk" >"$T/fsck" 2>&1 || fail "$1: $(cat "$T/fsck")"; }

# Each size, and each call twice: the second finds it done.
for size in 16 64 65536; do
	[ "$(df --output=avail -m "$T" | tail -n 1)" -gt $size ] || continue
	changed true work.create "{$vm,\"work_mib\":$size}"
	expect_eq $((size << 20)) "$(stat -c %s "$disk")" "size of $size MiB"
	healthy "made with $size MiB"
	changed true work.seed "$seed"
	healthy "seeded with $size MiB"
	expect_eq web1 "$(said hostname)" "host name"
	[ $size = 65536 ] || rm "$disk"
	[ $size != 65536 ] || asked ok vm.forget '{"vm_id":"vm-1"}'
done
[ ! -e "$disk" ] || asked ok vm.forget '{"vm_id":"vm-1"}'
[ ! -e "$disk" ] || fail "vm.forget leaves the disk"

changed true work.create "{$vm,\"work_mib\":16}"
expect_eq "660 2000000001 $I_GROUP" "$(stat -c '%a %u %G' "$disk")" "whose it is"
sum=$(sha256sum "$disk")
changed false work.create "{$vm,\"work_mib\":16}"
changed false work.create "{$vm,\"work_mib\":64}"
expect_eq "$sum" "$(sha256sum "$disk")" "the disk after it was asked for again"
changed true work.seed "$seed"
expect_eq "$key" "$(said authorized_keys)" "key"
expect_match '^address=198\.(18|19)\.[0-9.]+/20$' "$(said network)" network
expect_match '^mac=06:00:' "$(said network)" network
sum=$(sha256sum "$disk")
changed false work.seed "$seed"
expect_eq "$sum" "$(sha256sum "$disk")" "the disk after it was seeded again"
changed true work.seed "${seed/web1/web2}"
expect_eq web2 "$(said hostname)" "another host name"
healthy "seeded anew"
expect_eq "40755 100600" "$(debugfs -R 'stat /etc/banger' "$disk" 2>/dev/null |
	sed -n 's/.*Mode: *0\?\([0-9]*\).*/40\1/p;') $(debugfs -R 'ls -l /etc/banger' "$disk" 2>/dev/null |
	awk '$NF == "authorized_keys" { print $2 }')" "modes"
# A helper that was killed in between knows nothing and does the same.
instance_end "$I_HELPER" KILL
instance_helper || fail "banger-helper did not start again"
answers() { ask host.info '{}' | grep -q '"ok":true'; }
wait_for "the helper's answer" answers
helper=$I_HELPER
sum=$(sha256sum "$disk")
changed false work.create "{$vm,\"work_mib\":16}"
changed false work.seed "${seed/web1/web2}"
expect_eq "$sum" "$(sha256sum "$disk")" "the disk after the helper was killed"
# No room: nothing is left of it.
mkdir "$T/small" && mount -t tmpfs -o size=1m tmpfs "$T/small"
install -d -o $I_USER -g "$I_GROUP" "$state"/vm/vm-2
mount --bind "$T/small" "$state"/vm/vm-2
chown $I_USER "$state"/vm/vm-2
asked limit_exceeded work.create '{"vm_id":"vm-2","slot":2,"work_mib":16}'
expect_eq "" "$(ls -A "$state"/vm/vm-2)" "left for want of room"
umount "$state"/vm/vm-2 "$T/small"
rmdir "$T/small" "$state"/vm/vm-2

# What a guest may do with it: links in place of our directory and files.
refused() { # LABEL
	local reply before_ours

	reply=$(ask work.seed "$seed")
	expect_eq false "$(jq .ok <<<"$reply")" "$1: $reply"
}
ours=$T/ours
cp --sparse=always "$disk" "$ours"
guest() { # debugfs commands
	cat "$ours" >"$disk"
	debugfs -w -f - "$disk" >/dev/null 2>&1
}
guest <<<'rm /etc/banger/hostname
symlink /etc/banger/hostname /etc/passwd'
refused "a link for a file"
healthy "one that was refused"
guest <<<'rm /etc/banger/hostname
rm /etc/banger/network
rm /etc/banger/authorized_keys
rmdir /etc/banger
symlink /etc/banger ../../../../etc'
refused "a link for the directory"
guest <<<'ln /etc/banger/network /etc/banger/other
sif /etc/banger/network links_count 2'
refused "a file of two names"
guest <<<'rm /etc/banger/hostname
mkdir /etc/banger/hostname'
refused "a directory for a file"
guest <<<'rm /etc/banger/hostname
cd /etc/banger
mknod hostname b 8 0'
refused "a device for a file"
guest <<<'ssv state 0'
refused "one that was not unmounted"
guest <<<'feature needs_recovery'
refused "one with a journal to replay"
guest <<<'ssv feature_incompat 0xffffffff'
refused "features of the future"
head -c 4096 /dev/urandom >"$disk"
refused noise
: >"$disk"
refused "an empty file"
printf 'QFI\373\0\0\0\3' >"$disk"
refused "a qcow2"
# One of 8 EiB, all hole.
if truncate -s 8E "$disk" 2>/dev/null || truncate -s 8T "$disk"; then
	refused "a hole"
fi

# Damage at random, and the images that e2fsck is tested with.
rm -f "$disk"
mke2fs -q -t ext4 -b 1024 -O ^metadata_csum,^64bit "$T/good" 1M 2>/dev/null || fail mke2fs
install -o 2000000001 -g "$I_GROUP" -m 660 "$T/good" "$disk"
mutate() {
	"$BUILD"/tests/tools/ext4_mutate "$I_DIR"/helper/helper.sock "$1" \
		"$disk" vm-1 "$2" "$3" || fail "damage"
}
mutate "$T/good" "${MUTATIONS:-600}" "${SEED:-1}"
mke2fs -q -t ext4 "$T/good2" 1M 2>/dev/null
mutate "$T/good2" $((${MUTATIONS:-600} / 6)) $((${SEED:-1} + 1000))
n=0
: >"$T/images"
: >"$T/signals"
for image in ${IMAGES:+"$IMAGES"/f_*/image.gz}; do
	gzip -dc "$image" >"$disk" 2>/dev/null || continue
	reply=$(ask work.seed "$seed")
	expect_match '^(true|false)$' "$(jq .ok <<<"$reply")" "$image: $reply"
	n=$((n + 1))
	jq -r .ok <<<"$reply" >>"$T/images"
	jq -r '.error.message // empty' <<<"$reply" | grep -o 'signal .*' >>"$T/signals"
done
echo "$n corrupt images: $(sort "$T/images" | uniq -c | paste -sd ' '), $(wc -l <"$T/signals") ended the parser"

# The helper has outlived all of it, and nothing else has changed.
expect_eq "$helper" "$(pgrep -f "^$I_DIR/bin/banger-helper")" "the helper's process, and no parser"
rm -f "$disk"
expect_eq "$before" "$(canary_inventory)" "the system after all"

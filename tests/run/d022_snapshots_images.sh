# SPDX-License-Identifier: ISC
# Snapshots of a stopped VM, images out of VMs, and what a crash in between
# leaves.
. "$(dirname "$0")"/harness.sh
with_instance
with_image
run() { banger exec "$1" -- /bin/busybox sh -c "$2"; }
write() {
	banger start "$1" >/dev/null || fail "start $1"
	run "$1" "echo $2 >/root/word; sync" || fail "write $2"
	banger stop "$1" >/dev/null || fail "stop $1"
}
word() {
	banger start "$1" >/dev/null || fail "start $1"
	run "$1" 'cat /root/word'
	banger stop "$1" >/dev/null || fail "stop $1"
}
banger create web1 --image tiny >/dev/null || fail create
id=$(banger show web1 --format json | jq -r .vm.vm_id)
dir=$I_DIR/state/vm/$id

# ---- snapshots ----------------------------------------------------------------
write web1 one
banger snapshot create web1 first >/dev/null || fail "snapshot create"
expect_status 1 banger snapshot create web1 first
expect_match 'has a snapshot named first already' "$OUT" "a name that is taken"
write web1 two
banger snapshot create web1 second >/dev/null || fail "second snapshot"
expect_eq "first second" "$(banger snapshot list web1 --format json | jq -r .name | xargs)" list
banger snapshot restore web1 first >/dev/null || fail restore
expect_eq one "$(word web1)" "after the restore"
# None depends on another.
banger snapshot delete web1 first >/dev/null || fail "snapshot delete"
banger snapshot restore web1 second >/dev/null || fail "second restore"
expect_eq two "$(word web1)" "of the second one"
expect_status 1 banger snapshot restore web1 first
expect_match 'has no snapshot named first' "$OUT" "one that is gone"
expect_status 1 banger snapshot create web1 '../x'

# ---- what was cut off is swept at the next start ---------------------------------
known=$(ls -A "$dir")
instance_end "$I_DAEMON" KILL
touch "$dir/.disk.qcow2" "$dir/snap-00000001.qcow2" "$dir/.snap-00000002.qcow2"
instance_daemon || fail "bangerd did not start again"
expect_eq "$known" "$(ls -A "$dir")" "beside the disk"

# ---- an image out of the VM --------------------------------------------------------
out=$(banger image promote web1 golden) || fail promote
index_logs
expect_eq "validate vm_lock image_resolve copy_kernel copy_initrd disk_flatten publish state_persist" \
	"$(trace_json "$(op_of "$out")" '[.stages[].stage] | join(" ")')" "its stages"
expect_eq "golden" "$(jq -r --arg o "$(op_of "$out")" 'select(.op_id == $o and
	.msg == "operation completed").image_name' "${LOGS[0]}")" "its subject"
banger create copy1 --image golden >/dev/null || fail "create from golden"
expect_eq two "$(word copy1)" "what the VM had written"
expect_eq '["copy1"]' "$(banger image show golden --format json | jq -c .image.used_by)" users
expect_status 1 banger image delete golden
expect_match 'is used by copy1; delete these VMs first' "$OUT" "an image in use"
expect_status 1 banger image promote copy1 tiny
expect_match 'an image named tiny exists already' "$OUT" "a name that is taken"

# ---- an overlay whose header names a file of the host is not read ---------------------
head -c 4096 "$I_DIR/state/vm/$id/disk.qcow2" >"$T/head"
printf '\0\0\0\0\0\0\0\4' | dd of="$dir/disk.qcow2" bs=1 seek=72 conv=notrunc 2>/dev/null
expect_status 1 banger image promote web1 stolen
expect_match 'its header was changed' "$OUT" "a data file of its own"
dd if="$T/head" of="$dir/disk.qcow2" bs=4096 count=1 conv=notrunc 2>/dev/null
# What it names as its backing file is not what is read.
secret=$T/secret
head -c 67108864 /dev/zero | tr '\0' S >"$secret"
chmod 644 "$secret"
qemu-img rebase -u -F raw -b "$secret" "$dir/disk.qcow2" || fail rebase
banger image promote web1 other >/dev/null || fail "promote with another backing file"
im=$(banger image show other --format json | jq -r .image.image_id)
! grep -q SSSSSSSSSSSSSSSSSSSSSSSS "$I_DIR/state/image/$im/rootfs.raw" ||
	fail "a file of the host came into the image"

# ---- building, as far as it needs no minutes --------------------------------------------
expect_status 1 banger image build tiny --scripts "$TESTS"/../packaging/image --output "$BANGER_IMAGE"
expect_match 'exists already; delete it first' "$OUT" "known before the work"
expect_status 0 banger image build tiny --no-register --scripts "$TESTS"/../packaging/image --output "$BANGER_IMAGE"
expect_status 2 banger image build windows
expect_status 1 banger image build debian --scripts "$T/none"
expect_match 'none/build-debian.sh: No such file' "$OUT" "no script"
expect_status 1 setpriv --reuid=nobody --clear-groups \
	"$TESTS/../packaging/image/build-debian.sh" "$T/nobody"
expect_match 'needs root, or user namespaces .*; run it with sudo, or' "$OUT" "what it needs"

# ---- away -----------------------------------------------------------------------------
banger delete web1 >/dev/null && banger delete copy1 >/dev/null || fail delete
[ ! -e "$dir" ] || fail "the VM's directory is still there: $(ls -A "$dir")"
banger image delete golden >/dev/null || fail "image delete"
banger image delete "$im" >/dev/null || fail "image delete by id"
expect_status 1 banger image show golden
expect_eq 1 "$(ls -A "$I_DIR/state/image" | wc -l)" "images' folders"

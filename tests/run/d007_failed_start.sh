# SPDX-License-Identifier: ISC
# Starts that fail, each in its own stage: the error names cause and place, the
# VM is stopped again and nothing is left.
. "$(dirname "$0")"/harness.sh
with_instance
with_image

# variant NAME: a copy of the image under that name, to be spoilt.
variant() {
	mkdir "$T/$1"
	cp --sparse=always "$T"/image/* "$T/$1/"
	sed -i "s/\"tiny\"/\"$1\"/" "$T/$1/image.json"
}
# failing NAME STAGE REGEX [OPTIONS…]: registers, creates, and wants the failure.
failing() {
	local name=$1 stage=$2 regex=$3

	shift 3
	chmod -R a+rX "$T/$name"
	banger image register "$T/$name" >/dev/null || fail "register $name"
	banger create "$name" --image "$name" >/dev/null || fail "create $name"
	expect_status 1 banger start "$name" "$@"
	expect_match "$regex" "$OUT" "$name"
	index_logs
	expect_eq "failed $stage" "$(trace_json "$(op_of "$OUT")" \
		'.status + " " + .stages[-1].stage')" "$name: where"
	expect_eq stopped "$(banger show "$name" --format json | jq -r .vm.state)" "$name"
	expect_eq "" "$(instance_leaks | grep -v ^process)" "$name: left behind"
}
variant cut
head -c 4096 "$T/image/kernel" >"$T/cut/kernel"
failing cut vmm_handshake 'exited with status 1: qemu: invalid kernel header; inspect .*vmm.log \(op-'
variant noinit
: >"$T/noinit/initrd"
echo x >"$T/noinit/initrd"
failing noinit guest_wait 'before the guest was ready; inspect .*console.log|the guest agent did not answer'  --timeout 8
banger create gone --image tiny >/dev/null || fail create
rm "$I_DIR"/state/vm/"$(banger show gone --format json | jq -r .vm.vm_id)"/disk.qcow2
expect_status 1 banger start gone
expect_match 'disk.qcow2: No such file' "$OUT" "no disk"
# Without its helper the daemon says so.
instance_end "$I_HELPER"
banger create late --image tiny >/dev/null || fail "create needs no helper"
expect_status 1 banger start late
expect_match 'is banger-helper running\? \(op-' "$OUT" "no helper"
index_logs
expect_eq helper_unavailable "$(trace_json "$(op_of "$OUT")" .code)" "its code"
instance_helper || fail "the helper did not start again"
# What is no image is refused, before anything is copied.
expect_status 1 banger image register bad --kernel /etc/passwd --rootfs /dev/null
printf 'QFI\373xxxx' >"$T/fake.raw"
chmod a+r "$T/fake.raw"
expect_status 1 banger image register bad --kernel /etc/passwd --rootfs "$T/fake.raw"
expect_match 'looks like a qcow2 image' "$OUT" "another disk format"

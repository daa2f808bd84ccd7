#!/bin/bash
# SPDX-License-Identifier: ISC
# Names that turn into links while the helper works, and process ids that go
# round.  SWAPS=N and PIDS=N for more of them (make race).
. "$(dirname "$0")"/../lib/canary.sh
canary_private "$0" "$@"
. "$(dirname "$0")"/harness.sh
races=$BUILD/tests/tools/races
mkdir "$T/pid"
"$races" pid "$T/pid" "${PIDS:-2000}" || fail "process ids"

# In place of a VMM something that ends by itself.
canary_instance --qemu /usr/bin/true
helper=$I_HELPER
state=$I_DIR/state
as_daemon() { setpriv --reuid=$I_USER --regid="$I_GROUP" --clear-groups "$@"; }
# Where the links lead to: files of the right names that are not ours.
mkdir "$CANARY"/vm
for file in disk.qcow2 work.raw kernel rootfs.raw initrd; do
	head -c 65536 /dev/zero >"$CANARY/vm/$file"
	# Whoever follows the link finds one that its rules let pass.
	chown $I_USER "$CANARY/vm/$file"
done
chmod 755 "$CANARY"/vm
as_daemon bash -euc "umask 022; cd '$state'
	mkdir -p vm/vm-1 vm/vm-2 image/im-1 image/im-2
	for f in vm/vm-1 vm/vm-2; do : >\$f/disk.qcow2; done
	for f in im-1 im-2; do : >image/\$f/kernel; : >image/\$f/rootfs.raw; done
	: >vm/vm-2/work.raw
	ln -s '$CANARY'/vm vm/evil
	ln -s '$CANARY'/vm image/evil
	ln -s '$CANARY'/vm/disk.qcow2 vm/vm-2/evil.disk
	ln -s '$CANARY'/vm/work.raw vm/vm-2/evil.work
	ln -s '$CANARY'/vm/rootfs.raw image/im-1/evil" || fail "setting up"
ask host.info '{}' >/dev/null
before=$(canary_inventory)
asked ok bridge.ensure '{}'
asked ok tap.create '{"vm_id":"vm-1","slot":1}'
asked ok tap.create '{"vm_id":"vm-2","slot":2}'
asked ok nat.apply '{"vm_id":"vm-1","slot":1}'
asked ok nat.apply '{"vm_id":"vm-2","slot":2}'
"$races" swap "$I_DIR"/helper/helper.sock "$state" "$(id -u $I_USER)" \
	"${SWAPS:-20000}" || fail "swaps"
for vm in 1 2; do
	asked ok vmm.wait "{\"vm_id\":\"vm-$vm\"}"
	asked ok nat.remove "{\"vm_id\":\"vm-$vm\",\"slot\":$vm}"
	asked ok tap.delete "{\"vm_id\":\"vm-$vm\",\"slot\":$vm}"
done
expect_eq "$before" "$(canary_inventory)" "the system after the swaps"
expect_eq "$helper" "$(pgrep -f "^$I_DIR/bin/banger-helper")" "the helper"
done=$(grep -c '"msg":"helper rpc completed".*"method":"vmm.launch"\|"method":"vmm.launch".*"msg":"helper rpc completed"' "$I_DIR"/log/helper.jsonl)
[ "$done" -gt 0 ] || fail "no launch went through, so nothing was raced"
echo "$done launches went through"

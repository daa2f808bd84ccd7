# SPDX-License-Identifier: ISC
# What belongs to no VM is found, counted and cleaned when bangerd starts, and
# what a failed step left is, without a restart; a disk, and a VMM that has one,
# never are.  A state that cannot be written: VMs run on, changes are refused.
. "$(dirname "$0")"/harness.sh
with_instance
# shellcheck source=../lib/settled.sh
. "$TESTS"/lib/settled.sh
with_image
as_user() { setpriv --reuid=$I_USER --regid="$I_GROUP" --clear-groups "$@"; }
# ask METHOD PARAMS: the helper directly, as root may.
ask() {
	printf '{"version":1,"method":"%s","params":%s,"op_id":"op-00000000000000aa","call":1}\n' "$1" "$2" |
		"$BUILD"/tests/tools/rpc_raw "$I_DIR/helper/helper.sock" 3000
}
asked() { expect_eq true "$(ask "$1" "$2" | jq .ok)" "$1 $2"; }
# What the last recovery counted.
counted() {
	jq -r 'select(.msg == "recovery finished") |
		"\(.adopted) \(.orphan_vmms) \(.orphan_taps) \(.orphan_rules) \(.orphan_states) \(.orphan_directories) \(.kept)"' \
		"${LOGS[0]}" | tail -n 1
}
state() { banger show "$1" --format json | jq -r .vm.state; }
id_of() { banger show "$1" --format json | jq -r .vm.vm_id; }
restart() {
	instance_end "$I_DAEMON"
	instance_daemon || fail "bangerd did not start again"
}

banger create keep1 --image tiny >/dev/null 2>&1 && banger start keep1 >/dev/null 2>&1 || fail "keep1"
banger create stopped1 --image tiny >/dev/null 2>&1 || fail "stopped1"
keeper=$(instance_vmms)
restart
expect_eq "1 0 0 0 0 0 0" "$(counted)" "nothing to clean"

# ---- a network without a VM, and that of one that is stopped ---------------------
asked tap.create '{"vm_id":"vm-00000001","slot":77}'
asked nat.apply '{"vm_id":"vm-00000001","slot":77}'
asked tap.create "{\"vm_id\":\"$(id_of stopped1)\",\"slot\":2}"
asked nat.apply "{\"vm_id\":\"$(id_of stopped1)\",\"slot\":2}"
# Rules whose tap somebody has deleted.
asked tap.create '{"vm_id":"vm-00000002","slot":78}'
asked nat.apply '{"vm_id":"vm-00000002","slot":78}'
ip link del "$(ask tap.create '{"vm_id":"vm-00000002","slot":78}' | jq -r .result.tap)"
# A directory that a creation began, and one with a disk.
as_user mkdir "$I_DIR/state/vm/vm-00000003" "$I_DIR/state/vm/vm-00000004"
as_user touch "$I_DIR/state/vm/vm-00000003/.cut" "$I_DIR/state/vm/vm-00000004/disk.qcow2"
restart
expect_eq "1 0 2 1 0 1 1" "$(counted)" "orphans of the network, and directories"
expect_eq vm-00000004 "$(jq -r 'select(.kept_ids).kept_ids' "${LOGS[0]}" | tail -n 1)" "what was kept"
[ -e "$I_DIR/state/vm/vm-00000004/disk.qcow2" ] || fail "a disk was removed"
rm -r "$I_DIR/state/vm/vm-00000004"
settled_wait "after the network's orphans" || fail "something is left"
restart
expect_eq "1 0 0 0 0 0 0" "$(counted)" "once cleaned"

# ---- a VMM whose record is gone, with its disk and without -----------------------
banger create lost1 --image tiny >/dev/null 2>&1 && banger start lost1 >/dev/null 2>&1 || fail "lost1"
lost=$(id_of lost1)
instance_end "$I_DAEMON"
sqlite3 "$I_DIR/state/bangerd.db" "DELETE FROM vm WHERE id = '$lost'" || fail sqlite3
chown $I_USER "$I_DIR"/state/bangerd.db*
instance_daemon || fail "bangerd did not start with a record lost"
expect_eq "1 0 0 0 0 0 2" "$(counted)" "a VMM with its disk"
expect_eq 2 "$(instance_vmms | wc -l)" "VMMs"
# It goes when a person says so, and with it all that was of it.
bytes=$(($(stat -c %b "$I_DIR/state/vm/$lost"/* | paste -sd+) * 512))
expect_eq "disk $lost null $bytes" "$(banger gc -n --format json | jq -r '"\(.kind) \(.id) \(.name) \(.bytes)"')" \
	"gc --dry-run"
expect_status 2 banger gc </dev/null
expect_match "^disk of $lost \([0-9.]+ [KM]iB\)" "$OUT" "what gc would remove"
expect_match 'say --yes where nobody' "$OUT" "nobody can be asked"
[ -e "$I_DIR/state/vm/$lost/disk.qcow2" ] && [ "$(instance_vmms | wc -l)" = 2 ] ||
	fail "gc that was not told to has removed it"
OUT=$(banger gc --yes 2>/dev/null) || fail "gc --yes: $OUT"
expect_match "^removed disk of $lost \([0-9.]+ [KM]iB\) \(op-[0-9a-f]{16}\)" "$OUT" "gc --yes"
expect_match "^freed [0-9.]+ [KM]iB" "$(tail -n 1 <<<"$OUT")" "what it freed"
[ ! -e "$I_DIR/state/vm/$lost" ] || fail "gc left the disk"
settled_wait "after gc" || fail "gc left something"
expect_eq "" "$(banger gc --yes)" "gc again"
discard() {
	printf '{"version":1,"method":"disk.discard","params":{"vm_id":"%s"}}\n' "$1" |
		"$BUILD"/tests/tools/rpc_raw "$BANGER_SOCKET" 5000 | jq -r .error.code
}
expect_eq invalid_state "$(discard "$(id_of keep1)")" "a disk whose VM is there"
expect_eq not_found "$(discard "$lost")" "one that is gone"
for odd in ../image vm-/../x . "vm-A" ""; do
	expect_eq invalid_argument "$(discard "$odd")" "no id: $odd"
done
# An image goes only when it is asked for, and none that a VM was made from.
banger image promote stopped1 golden >/dev/null 2>&1 || fail promote
expect_eq "" "$(banger gc -n)" "gc without --images"
expect_match '^image golden \([0-9.]+ MiB\)$' "$(banger gc -n --images)" "an image of no VM"
expect_eq golden "$(banger gc --images --yes --format json 2>/dev/null | jq -r .name)" "gc --images"
expect_eq tiny "$(banger images --format json | jq -r .name)" "the images that stay"

# ---- a VMM without a record and without a disk -----------------------------------
banger create lost2 --image tiny >/dev/null 2>&1 && banger start lost2 >/dev/null 2>&1 || fail "lost2"
lost=$(id_of lost2)
instance_end "$I_DAEMON"
sqlite3 "$I_DIR/state/bangerd.db" "DELETE FROM vm WHERE id = '$lost'" || fail sqlite3
chown $I_USER "$I_DIR"/state/bangerd.db*
rm -r "$I_DIR/state/vm/$lost"
instance_daemon || fail "bangerd did not start with a record and its disk lost"
expect_eq "1 1 1 0 1 0 0" "$(counted)" "a VMM without one"
settled_wait "after the VMM" || fail "something is left"
expect_eq "$keeper" "$(instance_vmms)" "the one that runs"

# ---- what a step could not take away is taken away later -------------------------
banger start stopped1 --no-wait >/dev/null || fail "start stopped1"
wait_for "guest_wait" eval 'banger op list --format json | jq -se "any(.state == \"running\" and .stage == \"guest_wait\")"'
instance_end "$I_HELPER" KILL
pkill -KILL -f "name guest=$(id_of stopped1) "
wait_for "its start to fail" eval '[ -z "$(banger op list --state running --format json)" ]'
instance_helper || fail "the helper did not start again"
settled_wait "after the helper's absence" || fail "something is left"
expect_eq stopped "$(state stopped1)" "the VM whose helper was away"

# ---- a state that cannot be written ----------------------------------------------
instance_end "$I_DAEMON" KILL
mount --bind "$I_DIR/state" "$I_DIR/state" && mount -o remount,bind,ro "$I_DIR/state" || fail "mount"
at_exit "umount_state"
umount_state() { ! grep -qF "$I_DIR/state " /proc/self/mounts || umount "$I_DIR/state"; }
instance_daemon || fail "bangerd did not start with its state read-only"
expect_eq running "$(state keep1)" "the VM that runs"
for verb in "start stopped1" "create new1 --image tiny" "delete stopped1" "set stopped1 -m 128"; do
	# shellcheck disable=SC2086
	expect_status 1 banger $verb
	expect_match 'could not write its state when it started; nothing is changed, and VMs run on' "$OUT" "$verb"
done
expect_eq "$keeper" "$(instance_vmms)" "its VMM"
instance_end "$I_DAEMON"
umount_state
instance_daemon || fail "bangerd did not start with its state writable again"
expect_eq "running stopped" "$(state keep1) $(state stopped1)" "the VMs in the end"
banger start stopped1 >/dev/null 2>&1 && banger stop stopped1 >/dev/null 2>&1 || fail "start in the end"

# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# Does all that there is of an instance belong to a VM, and has each VM all that
# its state says?  Sourced behind instance.sh.
#
#   settled_vms FILTER     what jq makes of each VM
#   settled_differs        what differs, a line each
#   settled_wait LABEL     waits for nothing to differ; 20 s

settled_vms() {
	"$BANGER_BIN"/banger list --format json | jq -r "$1"
}

settled__elements() {
	nft -j list set "$1" "$I_TABLE" "$2" 2>/dev/null |
		jq '[.nftables[].set.elem // [] | .[]] | length'
}

settled_differs() {
	local running set got

	"$BANGER_BIN"/banger op list --state running --format json |
		jq -r '"runs: " + .operation + " in " + .stage'
	settled_vms 'select(.state != "running" and .state != "stopped") |
		"state: " + .name + " is " + .state'
	running=$(settled_vms 'select(.state == "running").vm_id' | wc -l)
	got=$(instance_vmms | wc -l)
	[ "$got" = "$running" ] || echo "VMMs: $got, $running should run"
	got=$(ip -o link | grep -c "master $I_BRIDGE ")
	[ "$got" = "$running" ] || echo "taps: $got, $running should be there"
	for set in "inet vms" "bridge taps" "bridge ports"; do
		# shellcheck disable=SC2086
		got=$(settled__elements $set)
		[ "${got:-0}" = "$running" ] || echo "rules: $set has $got, not $running"
	done
	[ "$running" != 0 ] || ! ip link show "$I_BRIDGE" >/dev/null 2>&1 ||
		echo "bridge: there without a VM"
	got=$(diff <(settled_vms .vm_id | sort) <(ls "$I_DIR/state/vm" | sort)) ||
		echo "directories: $(xargs <<<"$got")"
	got=$(comm -13 <(settled_vms .vm_id | sort) <(ls "$I_DIR/helper/vm" 2>/dev/null | sort))
	[ -z "$got" ] || echo "states of the helper: $got"
	grep -F "$I_DIR" /proc/self/mounts | sed 's/^/mount: /'
}

settled_wait() {
	local n=0

	until [ -z "$(settled_differs)" ]; do
		n=$((n + 1))
		[ $n -lt 200 ] || {
			echo "$1: $(settled_differs | paste -sd ';')" >&2
			return 1
		}
		sleep 0.05
	done
}

#!/bin/bash
# SPDX-License-Identifier: ISC
# net.sweep: what a tap that somebody deleted has left, addresses, names and
# ports of the host, is taken away, and nothing of a VM whose tap is there.
. "$(dirname "$0")"/../lib/canary.sh
canary_private "$0" "$@"
. "$(dirname "$0")"/harness.sh
canary_instance
ask host.info '{}' >/dev/null
before=$(canary_inventory)
tap() { ask tap.create "{\"vm_id\":\"vm-$1\",\"slot\":$1}" | jq -r .result.tap; }
port() { printf '{"host":%s,"guest":80,"protocol":"%s"}' "$1" "$2"; }
# made N PORT: a VM's network, its TCP and UDP port PORT handed on.
made() {
	asked ok tap.create "{\"vm_id\":\"vm-$1\",\"slot\":$1}"
	asked ok nat.apply "{\"vm_id\":\"vm-$1\",\"slot\":$1}"
	asked ok ports.apply "{\"vm_id\":\"vm-$1\",\"slot\":$1,\"ports\":[$(port "$2" \
		tcp),$(port "$2" udp)]}"
}
# All of ours, an element a line, without the counters, which go on.
elements() {
	local set

	for set in "inet vms" "inet forwards" "bridge taps" "bridge ports"; do
		nft -j list ruleset | jq -c --arg t "$I_TABLE" --arg s "$set" '
			.nftables[] | (.set // .map) |
			select(. and .table == $t and .family + " " + .name == $s) |
			.elem // [] | .[] | [$s, .]'
	done | sort
}
# sweep RULES VM…: how many addresses it took away, and whose taps it saw.
sweep() {
	local reply want=$1

	shift
	reply=$(ask net.sweep '{}')
	expect_eq "$want $*" "$(jq -r '"\(.result.rules) " +
		([.result.taps[].vm_id] | sort | join(" "))' <<<"$reply")" "net.sweep: $reply"
}

# ---- one of two has lost its tap ---------------------------------------------
made 1 30001
alone=$(elements)
expect_eq 5 "$(wc -l <<<"$alone")" "what a VM has: $alone"
made 2 30002
both=$(elements)
sweep 0 vm-1 vm-2
expect_eq "$both" "$(elements)" "with both taps"
ip link del "$(tap 2)" || fail "deleting a tap"
expect_eq "$both" "$(elements)" "rules without their tap"
sweep 1 vm-1
expect_eq "$alone" "$(elements)" "what the other has left"
sweep 0 vm-1
expect_eq "$alone" "$(elements)" "swept again"

# ---- ports alone: the rest of it went, and the helper was killed in between ----
made 2 30002
nft delete element inet "$I_TABLE" vms "{ $(ask tap.create \
	'{"vm_id":"vm-2","slot":2}' | jq -r .result.guest_ip) }" || fail "nft"
ip link del "$(tap 2)"
instance_end "$I_HELPER" KILL
instance_helper || fail "banger-helper did not start again"
answers() { ask host.info '{}' | grep -q '"ok":true'; }
wait_for "the helper's answer" answers
sweep 0 vm-1
expect_eq "$alone" "$(elements)" "what the other has left of its ports"

# ---- a table without the map, as one of a helper that knew no ports ------------
made 2 30002
nft flush chain inet "$I_TABLE" prerouting
nft flush chain inet "$I_TABLE" output
nft delete map inet "$I_TABLE" forwards || fail "deleting the map"
ip link del "$(tap 2)"
sweep 1 vm-1
expect_eq "$(grep -v forwards <<<"$alone")" "$(elements)" "without the map"
made 1 30001
expect_eq "$alone" "$(elements)" "and its ports again"

# ---- the last one ---------------------------------------------------------------
ip link del "$(tap 1)"
sweep 1
expect_eq "" "$(nft list tables | grep -F " $I_TABLE")" "our tables"
expect_eq "$before" "$(canary_inventory)" "the system in the end"

#!/bin/bash
# SPDX-License-Identifier: ISC
# What a guest may send: its own address, from its own tap, to the gateway.
# Frames are written to the taps as a VMM would; the rules' counters tell.
# And every call of the network twice: the second changes nothing.
. "$(dirname "$0")"/../lib/canary.sh
canary_private "$0" "$@"
. "$(dirname "$0")"/harness.sh
canary_instance
ask host.info '{}' >/dev/null
before=$(canary_inventory)
vm() { printf '{"vm_id":"vm-%s","slot":%s}' "$1" "$1"; }

# net: all that the calls made, without what counts or moves by itself.
net() {
	ip -o -d link | sed -E 's/ (state|qdisc) [A-Za-z_]+//g; s/NO-CARRIER,//; s/,LOWER_UP//; s/_timer +[0-9.]+//g' | sort
	ip -o addr | grep -v inet6
	nft list ruleset | sed 's/packets [0-9]* bytes [0-9]*//'
	cat /proc/sys/net/ipv4/ip_forward
}
twice() {
	local reply again first

	reply=$(ask "$@")
	expect_eq true "$(jq .ok <<<"$reply")" "$* first: $reply"
	first=$(net)
	again=$(ask "$@")
	expect_eq "$reply" "$again" "$* again"
	expect_eq "$first" "$(net)" "the network after $* again"
}
twice bridge.ensure '{}'
for i in 1 2; do
	twice tap.create "$(vm $i)"
	twice nat.apply "$(vm $i)"
done
reply=$(ask tap.create "$(vm 1)")
tap=$(jq -r .result.tap <<<"$reply")
mac=$(jq -r .result.mac <<<"$reply")
ip=$(jq -r .result.guest_ip <<<"$reply")
gw=$(jq -r .result.gateway <<<"$reply")
reply=$(ask tap.create "$(vm 2)")
mac2=$(jq -r .result.mac <<<"$reply")
ip2=$(jq -r .result.guest_ip <<<"$reply")

# frame KIND MAC IP: writes one to the first VM's tap, as that VM's VMM.
frame() {
	perl -e '
		my ($tap, $kind, $mac, $ip, $gw) = @ARGV;
		sub mac { pack "H12", join "", split /:/, shift }
		sub ip { pack "C4", split /\./, shift }
		my $f = "\xff" x 6 . mac($mac);
		if ($kind eq "arp") {
			$f .= pack("n6", 0x806, 1, 0x800, 0x604, 1, 0);
			$f = substr($f, 0, -2) . mac($mac) . ip($ip) . "\0" x 6 . ip($gw);
		} elsif ($kind eq "ip") {
			my $h = pack("C2n3C2n", 0x45, 0, 28, 7, 0, 64, 17, 0) . ip($ip) . ip($gw);
			my $s = 0;
			$s += $_ for unpack "n*", $h;
			$s = ($s & 0xffff) + ($s >> 16) while $s >> 16;
			substr($h, 10, 2) = pack "n", ~$s & 0xffff;
			$f .= pack("n", 0x800) . $h . pack("n4", 9, 9, 8, 0);
		} else {
			$f .= pack("n", 0x86dd) . "\x60" . "\0" x 39;
		}
		open(my $t, "+<", "/dev/net/tun") or die "tun: $!";
		ioctl($t, 0x400454ca, pack("a16 s x22", $tap, 0x5002)) or die "TUNSETIFF: $!";
		# The port forwards once its carrier is up.
		for (1 .. 100) {
			last if `ip -o -d link show dev $tap` =~ /bridge_slave state forwarding/;
			select undef, undef, undef, 0.05;
		}
		syswrite($t, "\0" x 10 . $f) or die "write: $!";
	' "$tap" "$1" "$2" "$3" "${4:-$gw}" || fail "no frame"
}
counts() {
	nft list chain bridge "$I_TABLE" prerouting |
		grep -o 'counter packets [0-9]*' | cut -d' ' -f 3 | paste -sd ' '
}
# A frame is on its way when write() returns.
counts_are() { [ "$(counts)" = "$1" ]; }
expect_counts() {
	wait_for "$2 to be counted: $1" counts_are "$1"
}
expect_counts "0 0 0" "drops before anything was sent"
frame ip "$mac" "$ip"
frame arp "$mac" "$ip"
wait_for "the gateway to know the guest" eval 'ip neigh show dev $I_BRIDGE | grep -q "$ip lladdr $mac"'
expect_counts "0 0 0" "drops of a guest's own frames"
frame ip "$mac" "$ip2"
expect_counts "1 0 0" "another VM's address"
frame ip "$mac2" "$ip"
expect_counts "2 0 0" "another VM's MAC"
frame ip "$mac2" "$ip2"
expect_counts "3 0 0" "both of another VM, from this one's tap"
frame ip "$mac" "$gw"
frame ip "$mac" 8.8.8.8
expect_counts "5 0 0" "an address of none"
frame arp "$mac" "$ip2"
frame arp "$mac" "$gw"
frame arp "$mac2" "$ip2"
expect_counts "5 3 0" "ARP for what it is not"
frame ip6 "$mac" "$ip"
expect_counts "5 3 1" IPv6
expect_no_match "$ip2" "$(ip neigh show dev "$I_BRIDGE")" "what the gateway believes"
# Of the host it reaches no service: the rule behind "ip saddr @vms".
expect_match 'iifname "'"$I_BRIDGE"'" counter packets [1-9]' \
	"$(nft list chain inet "$I_TABLE" input)" "a datagram for the host"

# Once its element is gone, the tap's frames are as any other's; the other's stay.
twice nat.remove "$(vm 1)"
expect_no_match "$tap" "$(nft list table bridge "$I_TABLE")" "elements of the first"
expect_match "$ip2" "$(nft list table bridge "$I_TABLE")" "elements of the second"
twice tap.delete "$(vm 1)"
twice nat.remove "$(vm 2)"
twice tap.delete "$(vm 2)"
for gone in vmm.kill vmm.status vmm.wait vm.forget; do
	twice $gone '{"vm_id":"vm-1"}'
done
expect_eq "$before" "$(canary_inventory)" "the system after all"

# Fifty at once, making and taking away: whatever the order, what is left can
# be taken away, and each is answered.
asked ok bridge.ensure '{}'
for i in {1..50}; do
	case $((i % 4)) in
	0) ask bridge.ensure '{}' ;;
	1) ask tap.create "$(vm 1)" ;;
	2) ask nat.apply "$(vm 1)" ;;
	3) ask tap.delete "$(vm 1)" ;;
	esac >"$T/answer.$i" &
	pids[i]=$!
done
wait "${pids[@]}"
expect_eq 50 "$(cat "$T"/answer.* | jq -r .ok | grep -cE '^(true|false)$')" "answers"
asked ok tap.delete "$(vm 1)"
asked ok nat.remove "$(vm 1)"
# The bridge may have come after the last tap went.
asked ok bridge.ensure '{}'
asked ok tap.create "$(vm 1)"
asked ok tap.delete "$(vm 1)"
expect_eq "$before" "$(canary_inventory)" "the system after fifty at once"

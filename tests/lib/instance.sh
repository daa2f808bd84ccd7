# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# A private instance of both daemons, beside any other: its own directory,
# bridge, subnet and nftables table; bangerd as an unprivileged user.  Sourced
# by the demonstration and by the tests.
#
#   instance_check           what is missing on this machine (nothing: status 0)
#   instance_open DIR        makes the directories and copies the programs
#   instance_helper, instance_daemon    start one of them (restart: again)
#   instance_close           stops all, removes what is left, reports leaks
#
# The daemon's configuration is $I_DIR/bangerd.conf, empty at first.
# Log lines go to $I_DIR/log/bangerd.jsonl and helper.jsonl, as the journal
# would have them.  $I_ID keeps instances apart.

: "${BANGER_BIN:?where the programs are}"

# Prints one line a thing that is missing, with its remedy.
instance_check() {
	local missing=0

	say() {
		echo "missing: $1" >&2
		missing=1
	}
	[ "$(id -u)" = 0 ] ||
		say "root, to make a bridge and a tap (run it with sudo)"
	[ -c /dev/net/tun ] || say "/dev/net/tun (modprobe tun)"
	command -v qemu-system-x86_64 >/dev/null ||
		say "qemu-system-x86_64 (make deps)"
	command -v setpriv >/dev/null || say "setpriv (apt-get install util-linux)"
	command -v jq >/dev/null || say "jq (make deps)"
	if [ "$missing" = 0 ]; then
		if ip link add bgcheck$$ type bridge 2>/dev/null; then
			ip link del bgcheck$$
		else
			say "bridges (modprobe bridge, or allow CAP_NET_ADMIN here)"
		fi
		if nft add table inet bgcheck$$ 2>/dev/null; then
			nft delete table inet bgcheck$$
		else
			say "nftables (modprobe nf_tables)"
		fi
	fi
	return $missing
}

instance_open() {
	I_DIR=$1
	I_ID=$((${I_ID:-$$} % 30000))
	I_USER=nobody
	I_GROUP=$(id -gn $I_USER)
	I_BRIDGE=bgt$I_ID
	I_TABLE=bangert$I_ID
	# 198.18.0.0/15 is kept for tests (RFC 2544).
	I_SUBNET=198.$((18 + I_ID % 2)).$((I_ID / 2 % 16 * 16)).0/20
	I_DAEMON= I_HELPER=
	I_FORWARD=$(cat /proc/sys/net/ipv4/ip_forward)
	mkdir -p "$I_DIR"/bin "$I_DIR"/log "$I_DIR"/helper "$I_DIR"/vmlog
	: >>"$I_DIR"/bangerd.conf
	chmod 755 "$I_DIR" "$I_DIR"/bin "$I_DIR"/log
	install -d -o $I_USER -g "$I_GROUP" -m 755 "$I_DIR"/run "$I_DIR"/state
	# bangerd's user may not be able to reach the checkout.
	install -m 755 "$BANGER_BIN"/bangerd "$BANGER_BIN"/banger-helper "$I_DIR"/bin
	export BANGER_SOCKET=$I_DIR/run/bangerd.sock
}

# Waits until the command succeeds; 10 s.
instance_wait() {
	local n=0

	until "$@" >/dev/null 2>&1; do
		n=$((n + 1))
		[ $n -lt 200 ] || return 1
		sleep 0.05
	done
}

# Options are the helper's, beside those that keep the instance apart.
instance_helper() {
	"$I_DIR"/bin/banger-helper --run-dir "$I_DIR"/helper \
		--log-dir "$I_DIR"/vmlog --state-dir "$I_DIR"/state \
		--client-uid $I_USER --bridge "$I_BRIDGE" \
		--subnet "$I_SUBNET" --nft-table "$I_TABLE" "$@" \
		2>>"$I_DIR"/log/helper.jsonl &
	I_HELPER=$!
	instance_wait test -S "$I_DIR"/helper/helper.sock
}

instance_daemon() {
	setpriv --reuid=$I_USER --regid="$I_GROUP" --clear-groups \
		"$I_DIR"/bin/bangerd --config "$I_DIR"/bangerd.conf --run-dir "$I_DIR"/run \
		--socket "$BANGER_SOCKET" --state-dir "$I_DIR"/state \
		--helper-socket "$I_DIR"/helper/helper.sock "$@" \
		2>>"$I_DIR"/log/bangerd.jsonl &
	I_DAEMON=$!
	instance_wait "$BANGER_BIN"/banger ping
}

# Ends a process of ours and waits for it.
instance_end() {
	[ -n "$1" ] || return 0
	kill -"${2:-TERM}" "$1" 2>/dev/null
	# One that a test has stopped, and failed.
	kill -CONT "$1" 2>/dev/null
	wait "$1" 2>/dev/null
	return 0
}

# VMMs of this instance: those of the VMs that its helper has a directory for.
instance_vmms() {
	local dir

	for dir in "$I_DIR"/helper/vm/vm-*; do
		pgrep -f "^[^ ]*(qemu-system-x86_64 -name guest=|firecracker --id )${dir##*/} "
	done
	true
}

# What of this instance is left in the system, a line each.
instance_leaks() {
	ip -o link | grep -E "master $I_BRIDGE|[ ]$I_BRIDGE:" 
	nft list table inet "$I_TABLE" 2>/dev/null
	nft list table bridge "$I_TABLE" 2>/dev/null
	grep -F "$I_DIR" /proc/self/mounts
	[ "$(cat /proc/sys/net/ipv4/ip_forward)" = "$I_FORWARD" ] ||
		echo "ip_forward was $I_FORWARD"
	pgrep -f "^$I_DIR/bin/" | sed 's/^/process /'
	true
}

# Deletes all VMs, ends both daemons; status 1 and a list when something is
# left behind.
instance_close() {
	local leaks

	if [ -n "$I_DAEMON" ] && kill -0 "$I_DAEMON" 2>/dev/null; then
		"$BANGER_BIN"/banger list --format json 2>/dev/null |
			jq -r .name | while read -r vm; do
			"$BANGER_BIN"/banger delete --force "$vm" >/dev/null
		done
	fi
	instance_end "$I_DAEMON"
	instance_end "$I_HELPER"
	leaks=$(instance_leaks; instance_vmms | sed 's/^/VMM /')
	[ -z "$leaks" ] && return 0
	echo "left behind: $leaks" >&2
	# What the daemons should have taken away, so that the next is not hurt.
	instance_vmms | xargs -r kill -KILL
	ip -o link | sed -n "s/^[0-9]*: \([^:@]*\).* master $I_BRIDGE .*/\1/p" |
		xargs -r -n 1 ip link del
	echo "$I_FORWARD" >/proc/sys/net/ipv4/ip_forward
	ip link del "$I_BRIDGE" 2>/dev/null
	nft delete table inet "$I_TABLE" 2>/dev/null
	nft delete table bridge "$I_TABLE" 2>/dev/null
	return 1
}

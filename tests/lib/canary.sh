# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# What a hostile bangerd would like to reach, and an inventory of it: files,
# interfaces, rules and processes that are not banger's, in namespaces where
# nothing else runs.  Sourced by tests of the helper, before the harness.
#
#   canary_private SCRIPT ARGS   runs the script anew in mount, network, pid,
#                                ipc and uts namespaces of its own, once
#   canary_instance [ARGS]       a helper of the test's own, and the canaries
#   canary_plant DIR             makes the canaries
#   canary_inventory             what of the system must stay as it is
#   ask METHOD PARAMS [OP_ID]    one request to the helper, as root may
#   asked CODE METHOD PARAMS     the same; "ok" or the error's code is wanted

canary_private() {
	[ -z "${CANARY_INSIDE:-}" ] || return 0
	[ "$(id -u)" = 0 ] || {
		echo "skipped: needs root"
		exit 77
	}
	CANARY_INSIDE=1 exec unshare --mount --net --pid --ipc --uts --fork \
		--mount-proc --kill-child bash "$@"
}

canary_stop() {
	kill "$CANARY_PID"
}

# The directory of a helper's instance, which is not started yet.
canary_open() {
	# shellcheck source=../lib/instance.sh
	. "$TESTS"/lib/instance.sh
	instance_check || skip "see above"
	instance_open "$T/i"
	at_exit instance_close
	LOG=$I_DIR/log/helper.jsonl
}

canary_instance() {
	canary_open
	canary_plant "$T/canary"
	at_exit canary_stop
	instance_helper "$@" || fail "banger-helper did not start"
}

canary_plant() {
	CANARY=$1
	mkdir -p "$CANARY"/dir/sub
	chmod 755 "$CANARY" "$CANARY"/dir
	echo secret >"$CANARY"/dir/shadow
	chmod 600 "$CANARY"/dir/shadow
	echo text >"$CANARY"/dir/sub/file
	head -c 100000 /dev/zero >"$CANARY"/disk
	mkfifo "$CANARY"/fifo
	ln -s "$CANARY"/dir/shadow "$CANARY"/link
	ip link add canary0 type bridge
	ip link add canarybr type bridge
	ip tuntap add canarytap mode tap
	ip link set canarytap master canarybr
	ip addr add 192.0.2.1/24 dev canary0
	nft -f - <<-'NFT'
		table inet canary {
			chain input { type filter hook input priority 10; policy accept; }
			set hosts { type ipv4_addr; elements = { 192.0.2.7 } }
		}
		table ip canary2 {
			chain x {
				counter drop
			}
		}
	NFT
	sleep 3600 &
	CANARY_PID=$!
}

canary_inventory() {
	echo "# files"
	find "$CANARY" -printf '%p %y %m %U:%G %n %s %T@ %l\n' | sort
	find "$CANARY" -type f -exec sha256sum {} + | sort
	echo "# interfaces"
	ip -o -d link | sed -E 's/ qlen [0-9]*//; s/_timer +[0-9.]+//g' | sort
	ip -o addr
	echo "# rules"
	nft list ruleset
	echo "# mounts"
	cut -d' ' -f 3- /proc/self/mountinfo
	echo "# kernel"
	cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/core_pattern
	hostname
	echo "# canary process"
	kill -0 "$CANARY_PID" && cut -d' ' -f 1-4,22 "/proc/$CANARY_PID/stat"
	echo "# processes"
	# Of this script and its own tools there may be any number.
	ps -eo uid=,comm= | grep -vE ' (bash|ps|grep|sort|sed|timeout)$'
}

ask() {
	printf '{"version":1,"method":"%s","params":%s,"op_id":"%s","call":1}\n' \
		"$1" "$2" "${3:-op-00000000000000aa}" |
		"$BUILD"/tests/tools/rpc_raw "$I_DIR"/helper/helper.sock 20000
}

asked() {
	local reply

	reply=$(ask "$2" "$3")
	expect_eq "$1" "$(jq -r 'if .ok then "ok" else .error.code end' <<<"$reply")" \
		"$2 $3: $reply"
}

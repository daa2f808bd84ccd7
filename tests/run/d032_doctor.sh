# SPDX-License-Identifier: ISC
# banger doctor: what it says of a host where all is well, of each thing that is
# not, and of one without a daemon.  systemd is a stand-in, in a mount namespace.
. "$(dirname "$0")"/harness.sh
with_instance
export BANGER_STATE_DIR=$I_DIR/state
names="daemon helper versions socket kvm tun bridge nft qemu firecracker disk files units journald index"

# look STATUS [COMMAND…]: findings go to $T/found.
look() {
	local want=$1 got

	shift
	"$@" banger doctor --format json >"$T/found"
	got=$?
	[ "$got" = "$want" ] || fail "status $got, not $want: $(cat "$T/found")"
	expect_eq "$names" "$(jq -r .check "$T/found" | xargs)" "the checks"
	# What is not well has a remedy, what is well needs none.
	expect_eq "" "$(jq -c 'select((.level == "ok") != (.mend == null))' "$T/found")" "remedies"
	expect_eq "" "$(jq -r .level "$T/found" | grep -vxE 'ok|warn|fail')" "levels"
}
# found CHECK LEVEL SEEN [MEND]
found() {
	expect_eq "$2" "$(jq -r --arg c "$1" 'select(.check == $c).level' "$T/found")" "level of $1: $(cat "$T/found")"
	expect_match "$3" "$(jq -r --arg c "$1" 'select(.check == $c).seen' "$T/found")" "what $1 saw"
	[ -z "${4:-}" ] || expect_match "$4" \
		"$(jq -r --arg c "$1" 'select(.check == $c).mend' "$T/found")" "the remedy of $1"
}

# ---- all is well ----------------------------------------------------------------
banger ping >/dev/null && index_logs
look 0
found daemon ok "answers on $BANGER_SOCKET"
found helper ok 'answers the daemon'
found versions ok '^banger [0-9.]+, bangerd [0-9.]+, banger-helper [0-9.]+, Linux [0-9]'
found socket ok "root and group $I_GROUP may use "
found tun ok /dev/net/tun
found qemu ok 'the helper has QEMU'
found firecracker ok '^none runs at /usr/local/bin/firecracker, so VMs of machine firecracker cannot start .put its'
found disk ok "^$I_DIR/state has room for [0-9]+ MiB"
found files ok 'may have [0-9]+ files open'
found index ok 'has read its 2 inputs'
banger doctor >"$T/text" || fail "as text"
expect_eq "$names" "$(sed -n 's/^\(ok  \|warn\|fail\)  \([a-z]*\) .*/\2/p' "$T/text" | xargs)" "as text"
expect_eq "$(jq -r 'select(.mend != null).mend' "$T/found")" \
	"$(sed -n 's/^  *> //p' "$T/text")" "the remedies as text"

# ---- what is not ------------------------------------------------------------------
chmod 666 "$BANGER_SOCKET"
look 1
found socket fail 'anybody may use it .mode 0666.' 'restart bangerd'
chmod 660 "$BANGER_SOCKET"
rm "$BANGERLOG_DB"
look 0
found index warn 'there is no index' 'bangerlog index --journal'
echo "connections = 60000" >"$I_DIR"/bangerd.conf
instance_end "$I_DAEMON"
instance_daemon || fail "bangerd with many connections"
if [ "$(ulimit -Hn)" -lt 60512 ]; then
	look 0
	found files warn 'and 60000 connections' 'LimitNOFILE=60512'
fi
instance_end "$I_HELPER"
look 1
found helper fail 'is banger-helper running' 'systemctl start banger-helper'
found daemon ok answers

# ---- systemd, as it would say it ----------------------------------------------------
mkdir "$T/fake"
cat >"$T/fake/systemctl" <<END
#!/bin/bash
case "\$*" in
"is-active bangerd.service banger-helper.service bangerlog-index.service")
	cat $T/units ; ! grep -qv '^active' $T/units ;;
"show --property LogRateLimitIntervalUSec --value bangerd.service banger-helper.service")
	cat $T/limits ;;
*) echo "not asked like this: \$*" >&2; exit 64 ;;
esac
END
cat >"$T/fake/bangerlog" <<END
#!/bin/bash
[ "\$*" = "info --format json" ] || exit 64
cat $T/info
END
cat >"$T/fake/journalctl" <<END
#!/bin/bash
[ "\$*" = "-q -n 1 -o json -u bangerd.service -u banger-helper.service" ] || exit 64
echo '{"__REALTIME_TIMESTAMP":"1700000600000000","MESSAGE":"x"}'
END
chmod 755 "$T"/fake/*
under_systemd() {
	unshare -m bash -c 'mkdir -p /run/systemd && mount -t tmpfs none /run/systemd &&
		mkdir /run/systemd/system && exec "$@"' - env PATH="$T/fake:$PATH" "$@"
}
index_at() {
	printf '{"last":"%s","inputs":[{"path":"j","state":"journal","behind":null}]}\n' "$1" >"$T/info"
}
printf 'active\nactive\nactive\n' >"$T/units"
printf '0\n\n0\n' >"$T/limits"
index_at 2023-11-14T22:23:00Z
look 1 under_systemd
found units ok 'all three units are active'
found journald ok 'limits the rate of neither'
found index ok 'its 1 input '
printf 'active\nfailed\ninactive\n' >"$T/units"
printf '30s\n\n0\n' >"$T/limits"
index_at 2023-11-14T22:13:20Z
look 1 under_systemd
found units warn 'banger-helper.service is failed, bangerlog-index.service is inactive' 'systemctl enable --now'
found journald warn 'limit for bangerd.service is 30s$' LogRateLimitIntervalSec=0
found index warn 'behind the log: by 0 bytes of files, 10m00s of the journal' 'bangerlog-index'
# Text from outside moves no cursor.
printf 'bad \033[2J\n' >"$T/info"
under_systemd banger doctor >"$T/text"
expect_no_match "$(printf '\033')" "$(cat "$T/text")" "an escape"
expect_match 'bad \\x1b\[2J' "$(cat "$T/text")" "what it said"

# ---- no daemon --------------------------------------------------------------------
instance_end "$I_DAEMON"
look 1
found daemon fail 'bangerd does not run there' 'journalctl -u bangerd'
found helper warn 'not known without the daemon'
found disk ok "^$I_DIR/state has room for"
found qemu ok .
look 1 under_systemd
found units fail 'is failed'

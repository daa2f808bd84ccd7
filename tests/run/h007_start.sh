#!/bin/bash
# SPDX-License-Identifier: ISC
# However the helper is started, it stands on its own: descriptors, limits,
# environment, capabilities, filters, and directories that nobody else writes.
. "$(dirname "$0")"/../lib/canary.sh
canary_private "$0" "$@"
. "$(dirname "$0")"/harness.sh
canary_open
answers() { ask host.info '{}' | grep -q '"ok":true'; }
stopped() {
	instance_end "$I_HELPER"
	[ ! -e "$I_DIR"/helper/helper.sock ] || fail "the socket is left"
}
of() { sed -n "s/^$1:[[:space:]]*//p" "/proc/$I_HELPER/status"; }
limit() { awk -v n="$1" 'index($0, n) == 1 { sub(n, ""); print $1, $2 }' "/proc/$I_HELPER/limits"; }

judged() { # LABEL
	wait_for "the helper to answer ($1)" answers
	for fd in 0 1 2; do
		[ -e "/proc/$I_HELPER/fd/$fd" ] || fail "$1: $fd is closed"
	done
	expect_no_match 'sock|jsonl' "$(readlink "/proc/$I_HELPER/fd/0")" "$1: descriptor 0"
	expect_eq "8192 8192" "$(limit 'Max open files')" "$1: files"
	expect_eq "0 0" "$(limit 'Max core file size')" "$1: core"
	expect_eq unlimited "$(limit 'Max file size' | cut -d' ' -f 1)" "$1: size"
	expect_eq 0077 "$(of Umask)" "$1: umask"
	expect_eq / "$(readlink "/proc/$I_HELPER/cwd")" "$1: directory"
	expect_eq 00000000082011eb "$(of CapEff)" "$1: capabilities"
	expect_eq 00000000082011eb "$(of CapBnd)" "$1: bounding set"
	expect_eq 0000000000000000 "$(of CapInh)$(of CapAmb | cut -c 17-)" "$1: inherited"
	expect_eq "1 2" "$(of NoNewPrivs) $(of Seccomp)" "$1: no way to gain any, and a filter"
	expect_eq "660 root:$I_GROUP socket" \
		"$(stat -c '%a %U:%G %F' "$I_DIR"/helper/helper.sock)" "$1: socket"
}
instance_helper || fail "banger-helper did not start"
judged plain
# One that serves already is not put aside.
expect_status 1 "$I_DIR"/bin/banger-helper --run-dir "$I_DIR"/helper \
	--log-dir "$I_DIR"/vmlog --state-dir "$I_DIR"/state --client-uid $I_USER
expect_match "another process serves this socket" "$OUT" "a second helper"
answers || fail "the first one is gone"
stopped

# With descriptors closed, a limit on files, a mask, a full environment, and
# somewhere else.
mkdir "$T/elsewhere"
start_odd() {
	cd "$T/elsewhere" || exit
	umask 0
	ulimit -S -n 16 -f 1 -c unlimited
	export BASH_ENV=/nowhere QEMU_AUDIO_DRV=x TMPDIR=/nowhere \
		PATH=/nowhere IFS=x LC_ALL=xx_XX
	exec "$I_DIR"/bin/banger-helper --run-dir "$I_DIR"/helper \
		--log-dir "$I_DIR"/vmlog --state-dir "$I_DIR"/state \
		--client-uid $I_USER --bridge "$I_BRIDGE" \
		--subnet "$I_SUBNET" --nft-table "$I_TABLE" \
		2>>"$I_DIR"/log/helper.jsonl <&- >&-
}
start_odd &
I_HELPER=$!
judged odd
stopped

# A socket that a dead helper left is taken over.
instance_helper || fail "banger-helper did not start"
wait_for "the helper" answers
instance_end "$I_HELPER" KILL
[ -S "$I_DIR"/helper/helper.sock ] || fail "no stale socket"
instance_helper
judged "after a kill"
stopped

# Directories that somebody else could write are refused.
chown $I_USER "$I_DIR"/helper
expect_status 1 "$I_DIR"/bin/banger-helper --run-dir "$I_DIR"/helper \
	--log-dir "$I_DIR"/vmlog --state-dir "$I_DIR"/state --client-uid $I_USER
expect_match "not root's alone to write" "$OUT" "another's run directory"
chown root "$I_DIR"/helper
chmod 777 "$I_DIR"/helper
expect_status 1 "$I_DIR"/bin/banger-helper --run-dir "$I_DIR"/helper \
	--log-dir "$I_DIR"/vmlog --state-dir "$I_DIR"/state --client-uid $I_USER
chmod 755 "$I_DIR"/helper
: >"$I_DIR"/helper/helper.sock
expect_status 1 "$I_DIR"/bin/banger-helper --run-dir "$I_DIR"/helper \
	--log-dir "$I_DIR"/vmlog --state-dir "$I_DIR"/state --client-uid $I_USER
expect_match "is no socket" "$OUT" "a file in place of the socket"
rm "$I_DIR"/helper/helper.sock
expect_status 1 setpriv --reuid=1 --clear-groups --regid=1 \
	"$I_DIR"/bin/banger-helper --run-dir "$T/elsewhere" --client-uid $I_USER
expect_match "as root" "$OUT" "another user"
# The VMs' users and the client's are apart.
expect_status 2 "$I_DIR"/bin/banger-helper --client-uid 2000000001
for bad in '--bridge lo/..' '--bridge -x' '--bridge tap%d' '--nft-table a;b' \
	'--subnet 10.0.0.1/8' '--run-dir ../x' '--qemu /tmp/qemu'; do
	# shellcheck disable=SC2086
	expect_status 2 "$I_DIR"/bin/banger-helper --client-uid $I_USER $bad
done
I_HELPER=

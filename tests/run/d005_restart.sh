# SPDX-License-Identifier: ISC
# Records survive a restart; SIGTERM leaves VMs running; one daemon a directory.
. "$(dirname "$0")"/harness.sh
with_instance
with_image
banger create web1 --image tiny --memory 128 --vcpus 2 >/dev/null || fail create
before=$(banger show web1 --format json)$(banger images --format json)
expect_status 75 setpriv --reuid=$I_USER --regid="$I_GROUP" --clear-groups \
	"$I_DIR"/bin/bangerd --run-dir "$I_DIR"/run --state-dir "$I_DIR"/state
expect_match 'another bangerd uses' "$OUT" "second daemon"
instance_end "$I_DAEMON"
expect_status 1 banger ping
# What their starter has open is not theirs.
exec 9</etc/hostname
instance_daemon || fail "bangerd did not start again"
instance_end "$I_HELPER"
instance_helper || fail "the helper did not start again"
exec 9<&-
expect_eq "" "$(readlink /proc/"$I_DAEMON"/fd/* /proc/"$I_HELPER"/fd/* | grep -Fx /etc/hostname)" \
	"descriptors of whoever started them"
expect_eq "$before" "$(banger show web1 --format json)$(banger images --format json)" records
banger start web1 >/dev/null || fail start
instance_end "$I_DAEMON"
[ "$(instance_vmms | wc -l)" = 1 ] || fail "the VM ended with the daemon"
instance_daemon || fail "bangerd did not start a third time"
expect_eq running "$(banger show web1 --format json | jq -r .vm.state)" "state"
# The helper forgets nothing either.
instance_end "$I_HELPER"
instance_helper || fail "the helper did not start again"
banger stop web1 >/dev/null || fail "stop after both were restarted"
expect_eq "" "$(instance_leaks | grep -v ^process)" "nothing left in the system"

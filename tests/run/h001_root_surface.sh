# SPDX-License-Identifier: ISC
# What the helper refuses, and what a VMM may do that it started.
. "$(dirname "$0")"/harness.sh
with_instance
with_image
raw=$BUILD/tests/tools/rpc_raw
sock=$I_DIR/helper/helper.sock

# refused CODE PARAMS [METHOD]: asks the helper directly, as root may.
refused() {
	local reply

	reply=$(printf '{"version":1,"method":"%s","params":%s,"op_id":"op-00000000000000aa","call":1}\n' \
		"${3:-tap.create}" "$2" | "$raw" "$sock" 1000)
	expect_eq "$1" "$(jq -r .error.code <<<"$reply")" "$2: $reply"
}
for id in .. . -rf a/../b '' 'a b' UPPER 'a%d' "$(printf 'a%.0s' {1..33})" 'é' 'a\nb' '\u001b[2J'; do
	refused invalid_argument "{\"vm_id\":\"$id\",\"slot\":1}"
done
refused invalid_argument '{"vm_id":"vm-1","slot":0}'
refused invalid_argument '{"vm_id":"vm-1","slot":4094}'
refused invalid_argument '{"vm_id":"vm-1","slot":1,"path":"/etc/shadow"}'
refused invalid_argument '{"vm_id":7,"slot":1}'
refused unknown_method '{}' shell.exec
expect_eq "" "$(instance_leaks | grep -v ^process)" "a refused call did nothing"
# Another user is not heard.
reply=$(echo '{"version":1,"method":"host.info","op_id":"op-00000000000000aa"}' |
	setpriv --reuid=1 --regid="$I_GROUP" --clear-groups "$raw" "$sock" 1000 2>&1)
expect_no_match '"ok":true' "$reply" "another uid"

banger create web1 --image tiny >/dev/null && banger start web1 >/dev/null || fail start
vmm=$(instance_vmms)
status=$(cat "/proc/$vmm/status")
expect_match '^Uid:.20000000(0[1-9]|[1-9][0-9]).200000' "$status" "a uid of its own"
expect_match '^Groups:.?$' "$(grep ^Groups: <<<"$status" | tr -d ' ')" "no groups"
for set in CapInh CapPrm CapEff CapBnd CapAmb; do
	expect_match "^$set:.0000000000000000$" "$status" "$set"
done
expect_match '^NoNewPrivs:.1$' "$status" NoNewPrivs
expect_match '^Seccomp:.2$' "$status" Seccomp
expect_eq "" "$(ls "/proc/$vmm/root/etc" "/proc/$vmm/root/work" 2>/dev/null)" "the jail's root"
expect_eq "HOME=/ LC_ALL=C PATH=/usr/bin:/bin" \
	"$(tr '\0' '\n' <"/proc/$vmm/environ" | sort | paste -sd ' ')" "its environment"
expect_eq "bin dev disk.qcow2 initrd kernel lib lib64 rootfs.raw sbin usr" \
	"$(ls "/proc/$vmm/root" | paste -sd ' ')" "what it sees"
for ns in mnt net ipc uts pid; do
	[ "$(readlink "/proc/$vmm/ns/$ns")" != "$(readlink /proc/self/ns/$ns)" ] ||
		fail "the VMM is in our $ns namespace"
done
expect_eq "0 512 256" "$(awk '/^Max (core|processes|open)/ { print $(NF - 2) }' \
	"/proc/$vmm/limits" | sort -n | awk '{ v[NR] = $1 } END { print v[1], v[3], v[2] }')" limits
expect_no_match '/bangerd.jsonl|/helper.jsonl' "$(ls -l "/proc/$vmm/fd")" "our log in the VMM's hands"
# What stands over a running VM cannot be taken from it.
id=$(jq -r 'select(.method == "vmm.launch") | .vm_id' "${LOGS[1]}")
for method in nat.remove tap.delete; do
	refused invalid_state "{\"vm_id\":\"$id\",\"slot\":1}" $method
done
refused invalid_state "{\"vm_id\":\"$id\",\"slot\":1,\"hostname\":\"a\",\"ssh_key\":\"\"}" work.seed
refused invalid_state "{\"vm_id\":\"$id\"}" vm.forget
refused invalid_state "{\"vm_id\":\"$id\",\"slot\":1,\"image_id\":\"im-1\",\"machine\":\"q35\",\"memory_mib\":64,\"vcpus\":1,\"cmdline\":\"\"}" vmm.launch
# Its cgroup: bounded where this host gives controllers, and told in the log.
info=$(printf '{"version":1,"method":"host.info","op_id":"op-00000000000000aa"}\n' |
	"$raw" "$sock" 1000 | jq -r .result.cgroup)
limits=$(jq -r 'select(.method == "vmm.launch" and .limits) | .limits' "${LOGS[1]}")
group=$(sed -n 's/^0:://p' "/proc/$vmm/cgroup")
case $info in
v2)
	expect_eq "/banger.slice/$I_BRIDGE/$id" \
		"$group" "its cgroup"
	dir=$(find /sys/fs/cgroup -maxdepth 4 -path "*$group" -type d | head -n 1)
	[ ! -e "$dir/memory.max" ] || expect_match "memory" "$limits" limits
	[ -e "$dir/memory.max" ] || expect_no_match "memory" "$limits" limits
	[ ! -e "$dir/pids.max" ] || expect_eq 256 "$(cat "$dir/pids.max")" pids
	banger stop --force web1 >/dev/null || fail stop
	[ ! -e "$dir" ] || fail "$dir is left"
	;;
*) expect_eq none "$limits" limits ;;
esac
# Each call is one line with the op's id.
calls=$(jq -r 'select(.msg | startswith("helper rpc")) | [.op_id, .call, .msg] | join(" ")' "${LOGS[1]}")
expect_eq "" "$(sort <<<"$calls" | uniq -d | grep -v 00aa)" "a call's line twice"

# SPDX-License-Identifier: ISC
# What can be said of a VM when it is made and later, and the verbs that end,
# change, find and remove VMs.
. "$(dirname "$0")"/harness.sh
with_instance
with_image
field() { banger show "$1" --format json | jq -r ".vm.$2"; }

# ---- made with everything; the guest says that it is so --------------------
printf 'ssh-ed25519 AAAAC3NzaC1lZDI1 me@here\n' >"$T/key.pub"
banger create web1 --image tiny -c 2 -m 192 -d 96 --cmdline "demo.word=yes" \
	-p 8080:80,5353:53/udp --ssh-key "$T/key.pub" >/dev/null || fail create
expect_eq '["8080:80/tcp","5353:53/udp"]' "$(field web1 'ports|tojson')" ports
expect_eq $((96 << 20)) "$(field web1 disk_bytes)" disk
banger start web1 >/dev/null || fail start
in_guest() { banger exec web1 -- /bin/busybox sh -c "$1"; }
expect_match ' demo\.word=yes banger\.ip=' "$(in_guest 'cat /proc/cmdline')" cmdline
expect_eq 2 "$(in_guest 'grep -c ^processor /proc/cpuinfo')" vcpus
size=$(in_guest 'df -k / | tail -n 1' | awk '{print $2}')
[ "$size" -gt 80000 ] || fail "the root did not grow: $size KiB"
expect_match '^ssh-ed25519 AAAAC3NzaC1lZDI1 me@here$' \
	"$(in_guest 'cat /root/.ssh/authorized_keys')" "the key"

# ---- what a running VM refuses ----------------------------------------------
for change in "set web1 -m 256" "rename web1 web2" "snapshot create web1 a" \
	"image promote web1 im"; do
	# shellcheck disable=SC2086
	expect_status 1 banger $change
	expect_match 'web1 is running; stop it first \(op-' "$OUT" "$change"
done

# ---- restart is one operation -----------------------------------------------
pid=$(field web1 pid)
out=$(banger restart web1) || fail restart
expect_match '^restarted web1 \(guest\) in ' "$out" restart
expect_eq running "$(field web1 state)" "after a restart"
[ "$pid" != "$(field web1 pid)" ] || fail "the VMM is the same"
index_logs
expect_match 'guest_shutdown .*state_persist .*vmm_spawn .*guest_wait' \
	"$(trace_json "$(op_of "$out")" '[.stages[].stage] | join(" ")')" "its stages"
expect_eq $((96 << 20)) "$(($(in_guest 'cat /etc/banger-disk') * 512))" "grown once"
expect_eq "" "$(in_guest 'sort /root/.ssh/authorized_keys | uniq -d')" "one key"

# ---- kill, set, rename ------------------------------------------------------
expect_match '^killed web1 \(kill\)' "$(banger kill web1)" kill
expect_eq "stopped 0" "$(field web1 state) $(instance_vmms | wc -l)" killed
expect_eq "" "$(instance_leaks | grep -v ^process)" "nothing left"
expect_status 1 banger kill web1
expect_status 1 banger restart web1
banger set web1 -m 160 --cmdline "" -p "" --ssh-key "" >/dev/null || fail set
expect_eq '160 "" [] ""' "$(banger show web1 --format json | jq -r \
	'.vm | "\(.memory_mib) \(.cmdline|tojson) \(.ports|tojson) \(.ssh_key|tojson)"')" set
expect_status 2 banger set web1
banger create other --image tiny >/dev/null || fail create
expect_status 1 banger rename web1 other
expect_match 'a VM named other exists already' "$OUT" "a name that is taken"
banger rename web1 web2 >/dev/null || fail rename
expect_status 1 banger show web1
expect_eq "other web2" "$(banger list -q | sort | xargs)" names

# ---- what is refused, and why ------------------------------------------------
refused() {
	local regex=$1

	shift
	expect_status 1 banger "$@"
	expect_match "$regex" "$OUT" "$*"
}
refused 'a port is HOST:GUEST' create x --image tiny -p 80
refused 'named twice' create x --image tiny -p 80:80,80:81
refused 'cmdline is up to 1024' create x --image tiny --cmdline 'a"b'
refused 'disk_mib is at least 64' create x --image tiny -d 10
refused 'one public key' create x --image tiny --ssh-key /etc/hostname
printf -- '-----BEGIN OPENSSH PRIVATE KEY-----\nsecret\n' >"$T/private"
refused 'is a private key' create x --image tiny --ssh-key "$T/private"
expect_no_match secret "$OUT" "the private key is not shown"
expect_eq "other web2" "$(banger list -q | sort | xargs)" "nothing was made"

# ---- list and prune ----------------------------------------------------------
banger start other >/dev/null || fail "start other"
expect_eq web2 "$(banger list -q --state stopped)" "a filter"
expect_eq "other web2" "$(banger list -q --image tiny | sort | xargs)" "by image"
expect_eq "" "$(banger list -q --image none)" "no such image"
expect_eq running "$(banger list --state running --format json | jq -r .state)" "as JSON"
expect_eq "other running" "$(banger list -i tiny -s running | awk 'NR == 2 { print $1, $2 }')" \
	"by both, as a table"
# Some fields of each, in the order in which they were asked for.
fields() {
	printf '{"version":1,"method":"vm.list","params":{"fields":%s}}\n' "$1" |
		"$BUILD"/tests/tools/rpc_raw "$BANGER_SOCKET" 5000
}
expect_eq '[["stopped","web2",null],["running","other",null]]' \
	"$(fields '["state","name","last_error"]' | jq -c .result.vms)" "fields"
expect_eq '[[],[]]' "$(fields '[]' | jq -c .result.vms)" "no field"
for odd in '["state","sate"]' '"state"' '{"state":1}' '[1]' \
	"[$(printf '"name",%.0s' {1..64})\"name\"]"; do
	expect_eq invalid_argument "$(fields "$odd" | jq -r .error.code)" "$odd"
done
expect_status 2 banger prune </dev/null
expect_match 'say --yes' "$OUT" "nobody can be asked"
banger prune --yes --older 1h || fail "prune of nothing"
expect_eq "other web2" "$(banger list -q | sort | xargs)" "all are young"
expect_match '^deleted web2' "$(banger prune --yes)" prune
expect_eq other "$(banger list -q)" "the running one stays"
expect_eq "other" "$(banger complete vm o)" "completion"

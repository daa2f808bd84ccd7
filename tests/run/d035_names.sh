# SPDX-License-Identifier: ISC
# Names of running VMs on the host: bangerd's own file, and a block in a hosts
# file that the helper was told of; and the name servers that a guest is told.
. "$(dirname "$0")"/harness.sh
with_instance
with_image
field() { banger show "$1" --format json | jq -r ".vm.$2"; }
mkdir "$T/etc"
hosts=$T/etc/hosts
printf '127.0.0.1\tlocalhost\n# the last line has no newline\n192.0.2.9 taken' >"$hosts"
chmod 640 "$hosts"
chown 0:7 "$hosts"
cp -p "$hosts" "$T/before"

# resolves NAME…: as the host would with that file in place.
resolves() {
	unshare -m sh -c 'mount --bind "$0" /etc/hosts && getent -s files ahostsv4 "$1" |
		sed -n "s/ *STREAM.*//p" | paste -sd " "' "$hosts" "$1"
}
same() {
	cmp "$T/before" "$hosts" || fail "$1: $(cat "$hosts")"
	expect_eq "640 0:7" "$(stat -c '%a %u:%g' "$hosts")" "owner and mode $1"
	expect_eq hosts "$(ls "$T/etc")" "files $1"
}

# ---- none is named: only bangerd's file --------------------------------------
expect_eq "" "$(cat "$I_DIR"/run/hosts)" "bangerd's file without VMs"
banger create web1 --image tiny >/dev/null || fail create
out=$(banger start web1) || fail start
ip=$(field web1 guest_ip)
banger wait web1 --for ip || fail "wait --for ip"
expect_eq "$ip	web1.banger web1" "$(cat "$I_DIR"/run/hosts)" "bangerd's file"
expect_eq 644 "$(stat -c %a "$I_DIR"/run/hosts)" "its mode"
same "when no file is named"
index_logs
expect_no_match name_apply "$(trace_json "$(op_of "$out")" '[.stages[].stage] | join(" ")')" stages

# ---- the name servers ---------------------------------------------------------
dns=$(awk '$1 == "nameserver" && $2 ~ /^[0-9.]+$/ && $2 !~ /^(127|0)\./ { print $2 }' \
	/etc/resolv.conf | head -n 3)
if [ -n "$dns" ]; then
	expect_eq "$dns" "$(banger exec web1 -- /bin/busybox sed -n 's/^nameserver //p' \
		/etc/resolv.conf)" "what the guest asks"
fi
banger kill web1 >/dev/null || fail kill
expect_eq "" "$(cat "$I_DIR"/run/hosts)" "bangerd's file after a stop"

# ---- one is named --------------------------------------------------------------
instance_end "$I_HELPER"
instance_helper --hosts-file "$hosts" || fail "the helper with a hosts file"
same "at the helper's start"
banger set web1 --cmdline "banger.dns=192.0.2.53" >/dev/null || fail set
banger create taken --image tiny >/dev/null || fail create
out=$(banger start web1) || fail start
banger start taken >/dev/null || fail start
expect_eq 192.0.2.53 "$(banger exec web1 -- /bin/busybox sed -n 's/^nameserver //p' \
	/etc/resolv.conf)" "the VM's own word"
ip2=$(field taken guest_ip)
expect_eq "$ip" "$(resolves web1)" web1
expect_eq "$ip" "$(resolves web1.banger)" web1.banger
# A name that is somebody's stays his.
expect_eq 192.0.2.9 "$(resolves taken)" "what was there before"
expect_eq "$ip2" "$(resolves taken.banger)" taken.banger
expect_eq "$(cat "$T/before")" "$(head -n 3 "$hosts")" "the rest of the file"
index_logs
expect_match 'nat_apply name_apply vmm_spawn' \
	"$(trace_json "$(op_of "$out")" '[.stages[].stage] | join(" ")')" stages
banger kill taken >/dev/null || fail kill
expect_eq "" "$(resolves taken.banger)" "after a kill"
expect_eq "$ip" "$(resolves web1)" "web1 is still there"
banger stop web1 --force >/dev/null || fail stop
same "after all stopped"
expect_status 1 banger rename web1 localhost
expect_match 'localhost is taken' "$OUT" "a name that is no VM's"

# ---- the host goes down with a VM running ---------------------------------------
printf 'later\n' >>"$hosts"
printf 'later\n' >>"$T/before"
banger start web1 >/dev/null || fail start
expect_eq "$ip" "$(resolves web1)" "web1 again"
instance_end "$I_DAEMON" KILL
instance_end "$I_HELPER" KILL
instance_vmms | xargs kill -KILL
are_gone() { [ -z "$(instance_vmms)" ]; }
wait_for "the VMM's end" are_gone
ip -o link | sed -n "s/^[0-9]*: \([^:@]*\).* master $I_BRIDGE .*/\1/p" | xargs -r -n 1 ip link del
rm "$I_DIR"/helper/helper.sock # or the wait for it is over at once
instance_helper --hosts-file "$hosts" || fail "the helper after a crash"
same "after a crash"
instance_daemon || fail "bangerd after a crash"
expect_eq stopped "$(field web1 state)" "the VM"
expect_eq "" "$(cat "$I_DIR"/run/hosts)" "bangerd's file"

# ---- a block that somebody broke is not mended by guessing ----------------------
printf '# banger begin %s\n' "$I_BRIDGE" >>"$hosts"
cp "$hosts" "$T/broken"
expect_status 1 banger start web1
expect_match 'are not one pair; mend or remove them' "$OUT" "the refusal"
cmp "$T/broken" "$hosts" || fail "the broken file was changed"
cp "$T/before" "$hosts"
banger stop web1 >/dev/null 2>&1
banger start web1 >/dev/null || fail "start once it is mended"
banger stop web1 --force >/dev/null || fail stop
expect_eq "$(cat "$T/before")" "$(cat "$hosts")" "in the end"
index_logs
expect_eq "nothing is wrong" "$(bangerlog audit)" audit

#!/bin/bash
# SPDX-License-Identifier: ISC
# The package on a clean Debian that is booted with its own systemd and sees
# nothing of the source tree: installed, used as the demonstration does, both
# services restarted and the package installed again under a running VM,
# removed, installed, purged, and installed over what earlier versions left.
# shellcheck source=../run/harness.sh
. "$(dirname "$0")"/../run/harness.sh
# shellcheck source=../lib/machine.sh
. "$TESTS"/lib/machine.sh
# shellcheck source=../lib/old_state.sh
. "$TESTS"/lib/old_state.sh

: "${BANGER_DEB:?the package}" "${BANGER_IMAGE:?the tiny image}"
machine_open "${CHECK_DIR:-$TESTS/../build/check}"

step() {
	printf '\n== %s\n' "$*"
}
ended() {
	machine_end
	rm -rf "$CHECK_DIR"/{upper,work,root}
}
at_exit ended
rm -rf "$CHECK_DIR"/{upper,work,root}

step "A clean Debian"
machine_base "$CHECK_DIR" "$(dpkg-deb -f "$BANGER_DEB" Depends), jq, iproute2, nftables, procps" ||
	fail "no machine"
mkdir -p "$CHECK_DIR"/upper/srv/image "$CHECK_DIR"/{work,root}
cp "$BANGER_DEB" "$CHECK_DIR/upper/srv/banger.deb"
cp --sparse=always "$BANGER_IMAGE"/{kernel,initrd,rootfs.raw,image.json} \
	"$CHECK_DIR/upper/srv/image/"
cp -r "$CHECK_DIR/upper/srv/image" "$CHECK_DIR/upper/srv/cut"
head -c 4096 "$BANGER_IMAGE/kernel" >"$CHECK_DIR/upper/srv/cut/kernel"
sed -i 's/"tiny"/"cut"/' "$CHECK_DIR/upper/srv/cut/image.json"
old_state "$CHECK_DIR/upper/srv/old" "$BANGER_IMAGE" || fail "the old state"
chmod -R a+rX "$CHECK_DIR/upper/srv"

step "dpkg -i, before it boots"
machine_install "$CHECK_DIR" dpkg -i /srv/banger.deb || fail "dpkg -i"

step "It boots"
machine_boot "$CHECK_DIR" || fail "no boot"
active() { [ "$(inside systemctl is-active "$1")" = active ]; }
for unit in banger-helper.socket bangerd.service bangerlog-index.service \
	bangerlog-prune.timer; do
	(wait_for "$unit" active "$unit") || fail "$(inside systemctl status "$unit"
		inside journalctl -u "$unit" -n 20)"
done
expect_eq notify "$(inside systemctl show -P Type bangerd)" "readiness"
expect_eq "" "$(inside systemctl --failed --plain --no-legend | grep banger)" \
	"units that failed"
expect_eq "660 root banger" \
	"$(inside stat -c '%a %U %G' /run/banger-helper/helper.sock)" "the socket"

step "The demonstration's steps"
must() {
	printf '\n$ %s\n' "$*"
	inside "$@" || fail "$*: status $?; $(inside journalctl -u bangerd \
		-u banger-helper -o cat -n 20)"
}
must banger version
must banger image register /srv/image
must banger create web1 --image tiny
must banger start web1
must banger list
must banger exec web1 -- /bin/busybox uname -srm
must banger stop web1
must banger image register /srv/cut
must banger create broken1 --image cut
printf '\n$ banger start broken1\n'
said=$(inside banger start broken1 2>&1) && fail "a cut kernel ran"
echo "$said"
failed=$(op_of "$said")
must bangerlog ops
must bangerlog trace last-failed
trace=$(inside bangerlog trace "$failed")
expect_match "complete: no line is missing" "$trace" "its trace"
expect_match "└ vmm.launch" "$trace" "the helper's lines in it"
must bangertop --once

step "The journal, with no tool of ours"
lines=$(inside journalctl -u bangerd -u banger-helper -o cat \
	-g "\"op_id\":\"$failed\"")
echo "$lines"
expect_eq "$(inside bangerlog raw "$failed" | sort)" "$(sort <<<"$lines")" \
	"the operation's lines"

step "The index is pruned by its timer's service"
must systemctl start bangerlog-prune.service
pruned() {
	active bangerlog-index.service && inside journalctl \
		-u bangerlog-index -o cat -g 'removed 0 operations'
}
(wait_for "the follower behind it" pruned) ||
	fail "$(inside journalctl -u bangerlog-index -n 20)"

step "Who is in the group banger, and who is not"
group=$(inside sh -c "getent group banger | cut -d: -f3")
as_user() {
	inside setpriv --reuid=65534 --regid=65534 "$@"
}
expect_match 'vm.start' "$(as_user --groups="$group" bangerlog ops)" "the index"
expect_match web1 "$(as_user --groups="$group" banger list)" "the socket"
as_user --clear-groups banger list >/dev/null 2>&1 && fail "a stranger is heard"

step "Restarts and a new installation under a running VM"
must banger start web1
vmm() { inside pgrep -f '^[^ ]*qemu-system-x86_64 -name guest='; }
running=$(vmm)
[ -n "$running" ] || fail "no VMM"
group=$(inside sed -n 's/^0:://p' "/proc/$running/cgroup")
echo "the VMM's cgroup: $group"
expect_match '^/banger\.slice/bgr0/vm-[0-9a-f]+$' "$group" "in no service's"
works() {
	expect_eq "$running" "$(vmm)" "the VMM, $1"
	expect_eq running "$(inside banger show web1 --format json |
		jq -r .vm.state)" "its state, $1"
	must banger exec web1 -- /bin/busybox true
}
must systemctl restart banger-helper
works "the helper restarted"
must systemctl restart bangerd
works "the daemon restarted"
must systemctl stop banger-helper.service
works "the helper is started by its socket"
must systemctl kill -s ABRT bangerd
(wait_for "bangerd after its end" inside banger ping) || fail "bangerd"
works "the daemon was killed"
must dpkg -i /srv/banger.deb
works "the package was installed again"

step "A loop that stands still is ended by the watchdog"
main=$(inside systemctl show -P MainPID bangerd)
must kill -STOP "$main"
again() {
	[ "$(inside systemctl show -P MainPID bangerd)" != "$main" ] &&
		inside banger ping
}
for _ in 1 2 3 4 5; do
	(wait_for "another bangerd" again) 2>/dev/null && break
done
expect_match 'Watchdog timeout' "$(inside journalctl -u bangerd)" "why"
works "the watchdog restarted the daemon"

step "Removed: VMs and their disks stay"
must sh -c 'echo "# changed" >>/etc/banger/banger-helper.conf'
must dpkg -r banger
expect_eq "$running" "$(vmm)" "the VMM without the package"
must test -e /etc/banger/banger-helper.conf
disks() { inside find /var/lib/banger -name 'disk.qcow2'; }
expect_eq 2 "$(disks | wc -l)" "disks"
must dpkg -i /srv/banger.deb
(wait_for "bangerd" inside banger ping) || fail "bangerd"
works "the package was removed meanwhile"

step "Purged: nothing stays"
purge() {
	local left

	must env DEBIAN_FRONTEND=readline dpkg -P banger
	expect_eq "" "$(vmm)" "VMMs"
	left=$(inside find /etc /lib /run /usr /var -xdev \( -name '*banger*' -o \
		-lname '*banger*' \) -not -path '/var/lib/dpkg/*' \
		-not -path '/run/systemd/*' -not -path '/var/log/*')
	expect_eq "" "$left" "files"
	expect_eq "" "$(inside ip -o link | grep -v ' lo:')" "interfaces"
	expect_eq "" "$(inside nft list ruleset)" "rules"
	expect_no_match banger "$(inside dpkg -l)" "the package"
}
purge

step "Installed over what earlier versions left"
must dpkg -i /srv/banger.deb
must systemctl stop bangerd bangerlog-index banger-helper.socket banger-helper
# Lines in the journal, files, and a setting of the administrator's.
must sh -c 'printf "[Service]\nType=oneshot\nExecStart=/srv/old/bangerd /srv/old/log\n" \
	>/run/systemd/system/bangerd.service && systemctl daemon-reload &&
	systemctl start bangerd && rm /run/systemd/system/bangerd.service &&
	systemctl daemon-reload'
must sh -c 'rm -rf /var/lib/banger/* && cp -r /srv/old/state/. /var/lib/banger &&
	chown -R banger:banger /var/lib/banger'
must sh -c 'echo BANGERLOG_PRUNE= >/etc/banger/bangerlog.conf'
must dpkg -i /srv/banger.deb
for unit in bangerd.service bangerlog-index.service; do
	(wait_for "$unit" active "$unit") || fail "$(inside systemctl status "$unit"
		inside journalctl -u "$unit" -n 20)"
done
expect_eq BANGERLOG_PRUNE= "$(inside cat /etc/banger/bangerlog.conf)" "a setting"
expect_eq "web1 stopped, web2 stopped" "$(inside banger list --format json |
	jq -rs 'map(.name + " " + .state) | join(", ")')" "its VMs"
must banger snapshot create web1 old
must banger start web1
running=$(vmm)
works "it was a record of version 1"
# What was there, what the journal had of that time, and what was cut off.
asked() {
	inside bangerlog sql --db /var/lib/banger/index.db "SELECT status || ' ' ||
		operation || ' ' || vm_name || ' ' || records FROM ops
		WHERE op_id = '$1'"
}
asked_is() { [ "$(asked "$1")" = "$2" ]; }
for op in "op-7f00000000000001 completed vm.start web-1 15" \
	"op-fa00000000000001 failed vm.start web-2 6" \
	"op-1 interrupted vm.start web1 1"; do
	(wait_for "$op" asked_is "${op%% *}" "${op#* }") ||
		fail "$op: $(asked "${op%% *}"), $(inside journalctl \
			-u bangerlog-index -n 5)"
	echo "$op"
done

step "What a newer version left is refused, and stays as it is"
# refused UNIT FILE SENTENCE: its VERSION is that of the file as it is.
refused() {
	local file=/proc/$MACHINE_PID/root/var/lib/banger/$2 sum was sentence

	must systemctl stop "$1"
	[ ! -e "$file-wal" ] || fail "$2 is not whole"
	was=$(od -An -j63 -N1 -tu1 "$file" | tr -d ' ')
	sentence=${3/VERSION/$was}
	old_version "$file" 99
	sum=$(sha256sum <"$file")
	inside systemctl start "$1"
	said() { inside journalctl -u "$1" -o cat | grep -F "$2"; }
	(wait_for "its sentence" said "$1" "$sentence") ||
		fail "$(inside journalctl -u "$1" -n 9)"
	said "$1" "$sentence" | tail -n 1
	is_over() { [ "$(inside systemctl is-failed "$1")" = failed ]; }
	(wait_for "the end of $1" is_over "$1") || fail "$1 goes on"
	expect_eq "$sum" "$(sha256sum <"$file")" "$2"
	expect_eq "$running" "$(vmm)" "the VMM beside it"
	old_version "$file" "$was"
	must systemctl reset-failed "$1"
	must systemctl start "$1"
}
refused bangerd.service bangerd.db \
	"was written by a newer bangerd (version 99, this one knows VERSION); upgrade bangerd"
works "the newer records were put back"
refused bangerlog-index.service index.db \
	"was made by a newer bangerlog (version 99, this one knows VERSION)"
purge
echo
echo "check-install: all held"

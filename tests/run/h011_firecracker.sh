# SPDX-License-Identifier: ISC
# What a hostile bangerd can do about a VM of machine firecracker: its disk, the
# directory of its sockets, and the program.  The VMM here ends at once, so that
# each launch can be followed by another.
. "$(dirname "$0")"/../lib/canary.sh
canary_private "$0" "$@"
. "$(dirname "$0")"/harness.sh
program=/usr/local/lib/bgt-$$/firecracker
forget_program() { rm -r "${program%/*}"; }
canary_open
canary_plant "$T/canary"
at_exit canary_stop
install -D -m 755 /bin/true $program || skip "no room for a program beneath /usr"
at_exit forget_program
# The helper takes programs beneath /usr, and says so before anything else.
for wrong in "" /tmp/firecracker usr/bin/true /usr/../tmp/firecracker firecracker; do
	expect_status 2 "$I_DIR"/bin/banger-helper --client-uid $I_USER --firecracker "$wrong"
	expect_match '--firecracker wants a program beneath /usr' "$OUT" "--firecracker $wrong"
done
instance_helper --firecracker $program || fail "banger-helper did not start"
ask host.info '{}' >/dev/null
before=$(canary_inventory)

state=$I_DIR/state run=$I_DIR/helper/vm/vm-1/run
as_daemon() { setpriv --reuid=$I_USER --regid="$I_GROUP" --clear-groups "$@"; }
vm='{"vm_id":"vm-1"}' tap='{"vm_id":"vm-1","slot":1}'
launch='{"vm_id":"vm-1","slot":1,"image_id":"im-1","machine":"firecracker","memory_mib":64,"vcpus":1,"cmdline":""}'
as_daemon mkdir -p "$state"/vm/vm-1 "$state"/image/im-1
as_daemon sh -c "umask 022; : >$state/image/im-1/kernel"
asked invalid_state vmm.launch "$launch"
asked ok tap.create "$tap"
expect_match 'no rules stand over tap' "$(ask vmm.launch "$launch")" "no nat.apply"
asked ok nat.apply "$tap"
asked not_found vmm.launch "$launch"

# Its disk is no link, no other kind of file, not somebody else's.
disk=$state/vm/vm-1/disk.raw
for trap in "ln -s $CANARY/disk" "ln $CANARY/disk" mkfifo mkdir "ln -s $CANARY/none"; do
	# shellcheck disable=SC2086
	case $trap in "ln $CANARY"*) $trap "$disk" ;; *) as_daemon $trap "$disk" ;; esac
	expect_eq false "$(ask vmm.launch "$launch" | jq .ok)" "$trap as the disk"
	rm -r "$disk"
done
install -m 644 /dev/null "$disk"
asked invalid_state vmm.launch "$launch"
chown $I_USER "$disk"

# launched: it was started, and has ended.
launched() {
	asked ok vmm.launch "$launch"
	expect_eq "false 0" "$(ask vmm.wait "$vm" | jq -r '.result | "\(.running) \(.exit_status)"')" "its end"
}
launched
expect_eq 2000000001 "$(stat -c %u "$disk")" "the disk is the VM's"
expect_eq 2000000001 "$(ip -o -d link | sed -n 's/.*bgr[0-9a-f]\{8\}:.* user \([0-9]*\) .*/\1/p')" "the tap is the VM's to open"
# Nobody else may, and nobody else comes to its sockets.
expect_eq "530 $I_USER 2000000001" "$(stat -c '%a %U %g' "$run")" "its directory"
# What is put there goes; what does not, is told, and hurts nobody else.
as_daemon chmod 700 "$run"
as_daemon ln -s "$CANARY"/dir "$run"/link
as_daemon ln -s "$CANARY"/dir/shadow "$run"/api.sock
as_daemon mkfifo "$run"/vsock.sock
ln "$CANARY"/disk "$run"/hard
launched
expect_eq "530 $I_USER" "$(stat -c '%a %U' "$run")" "made anew"
expect_eq "" "$(ls "$run")" "and empty"
as_daemon chmod 700 "$run"
as_daemon mkdir "$run"/dir
expect_match "run: removing a file: Is a directory" "$(ask vmm.launch "$launch")" "a directory in it"
expect_match "run: removing a file: Is a directory" "$(ask vm.forget "$vm")" "vm.forget"
as_daemon rmdir "$run"/dir
# A program that is not root's alone.
chmod g+w $program
asked operation_failed vmm.launch "$launch"
chmod g-w $program
launched
for gone in nat.remove tap.delete; do asked ok $gone "$tap"; done
asked ok vm.forget "$vm"
[ ! -e "$I_DIR/helper/vm/vm-1" ] || fail "vm.forget left $I_DIR/helper/vm/vm-1"
expect_eq "$before" "$(canary_inventory)" "the system after all"

#!/bin/bash
# SPDX-License-Identifier: ISC
# make install and make uninstall: what is installed is all there and runs, and
# what is uninstalled leaves everything as it was, but for what a person changed.
. "$(dirname "$0")"/harness.sh
PACKAGING=$TESTS/../packaging
root=$T/root

do_install() {
	PREFIX=${1:-/usr/local} DESTDIR=$root "$PACKAGING"/install.sh \
		"$BANGER_BIN" >"$T/out" || fail "install: $(cat "$T/out")"
}
do_uninstall() {
	PREFIX=${1:-/usr/local} DESTDIR=$root "$PACKAGING"/uninstall.sh \
		>"$T/out" 2>&1 || fail "uninstall: $(cat "$T/out")"
}
# Everything beneath the root, with modes and sums.
inventory() {
	(cd "$root" && find . -printf '%y %m %p %l\n' | sort
		find . -type f -exec sha256sum {} + | sort)
}

# A host that has some of these directories, with things of others in them.
mkdir -p "$root"/usr/local/bin "$root"/etc/systemd/system \
	"$root"/usr/local/share/man/man1 "$root"/var/lib/banger
echo theirs >"$root/usr/local/bin/other"
echo theirs >"$root/etc/systemd/system/other.service"
echo disk >"$root/var/lib/banger/disk"
before=$(inventory)

for prefix in /usr/local /usr /opt/x; do
	do_install $prefix
	for program in bin/banger bin/bangerlog bin/bangertop sbin/bangerd \
		sbin/banger-helper; do
		expect_match '0\.' "$("$root$prefix/$program" --version)" "$program"
	done
	unit=$(find "$root" -name bangerd.service)
	expect_match "^ExecStart=$prefix/sbin/bangerd$" "$(cat "$unit")" "$prefix"
	expect_no_match '@[A-Z]+@' "$(cat "${unit%/*}"/banger*)" "a unit's @…@"
	expect_eq "" "$(find "$root" -newer "$T/out" -perm /022 ! -type l)" \
		"writable by others"
	# Twice is as once.
	once=$(inventory)
	do_install $prefix
	expect_eq "$once" "$(inventory)" "installed twice, $prefix"
	do_uninstall $prefix
	expect_eq "$before" "$(inventory)" "uninstalled, $prefix"
done
expect_match 'KEEP .*/var/lib/banger' "$(cat "$T/out")" "what it says"

# A setting that was changed stays, also when it is installed over.
conf=$root/etc/banger/banger-helper.conf
do_install
echo '# mine' >>"$conf"
sum=$(sha256sum <"$conf")
do_install
expect_match 'KEEP .*banger-helper.conf' "$(cat "$T/out")" "installed over"
expect_eq "$sum" "$(sha256sum <"$conf")" "installed over"
# A file that an earlier version had, and one of somebody else in our folder.
echo old >"$root/usr/local/share/banger/old"
echo 'file /usr/local/share/banger/old' >>"$root/usr/local/share/banger/manifest"
do_install
echo theirs >"$root/usr/local/share/bash-completion/completions/other"
do_uninstall
expect_eq "$sum" "$(sha256sum <"$conf")" "uninstalled"
expect_eq "$before" "$(inventory | grep -v './etc/banger\|bash-completion\|usr/local/share$')" \
	"uninstalled, but for what was changed"
expect_eq "banger-helper.conf" "$(ls "$root/etc/banger")" "other settings"

# Nothing is done where nothing was installed.
expect_status 1 env PREFIX=/usr DESTDIR="$root" "$PACKAGING"/uninstall.sh
expect_match 'nothing was installed here' "$OUT" "nothing installed"

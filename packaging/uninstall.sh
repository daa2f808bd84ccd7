#!/bin/bash
# SPDX-License-Identifier: ISC
# uninstall.sh: takes away what install.sh made beneath $DESTDIR and $PREFIX
# (/usr/local), by its manifest: files, then directories that install.sh had
# made and that are empty now.  Settings that were changed stay, and so does
# what the services keep: disks, records, logs.

set -euo pipefail

prefix=${PREFIX:-/usr/local}
root=${DESTDIR:-}
manifest=$root$prefix/share/banger/manifest

[ -f "$manifest" ] || {
	echo "uninstall.sh: nothing was installed here: no $manifest" >&2
	exit 1
}
# Read whole before it goes, too.
lines=$(cat "$manifest")

# Settings that are no longer as they came.
declare -A changed
while read -r what sum path; do
	[ "$what" = setting ] || continue
	[ -e "$root$path" ] || continue
	if [ "$(sha256sum <"$root$path")" != "$sum  -" ]; then
		changed[$path]=1
	else
		unset "changed[$path]"
		rm -f "$root$path"
	fi
done <<<"$lines"
for path in "${!changed[@]}"; do
	[ ! -e "$root$path" ] || printf '  %-7s %s (was changed)\n' KEEP "$root$path"
done

while read -r what path _; do
	[ "$what" = file ] && [ -z "${changed[$path]:-}" ] || continue
	rm -f "$root$path"
	printf '  %-7s %s\n' REMOVE "$root$path"
done <<<"$lines"

# The deepest first.
sed -n 's/^dir //p' <<<"$lines" | sort -r | while IFS= read -r path; do
	rmdir "$root$path" 2>/dev/null || :
done
for kept in /var/lib/banger /var/log/banger; do
	[ ! -e "$root$kept" ] || printf '  %-7s %s\n' KEEP "$root$kept"
done

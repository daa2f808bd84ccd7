#!/bin/bash
# SPDX-License-Identifier: ISC
# package.sh: the units are what systemd takes without a word, and each of them
# is installed and packaged.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 2
units=packaging/systemd
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

say() {
	printf '%s\n' "$1"
	failed=1
}

command -v systemd-analyze >/dev/null || {
	echo "package: no systemd-analyze; type: make deps" >&2
	exit 2
}
for unit in "$units"/*.{service,socket,timer}; do
	name=${unit##*/}
	# Whether a program is there is not the question here.
	sed 's|@S\?BINDIR@/[a-z-]*|/bin/true|g' "$unit" >"$work/$name"
	grep -qw -- "$name" packaging/install.sh ||
		say "$unit: install.sh leaves it out"
	! grep -q '^\[Install\]' "$unit" ||
		grep -qw -- "$name" packaging/debian/rules ||
		say "$unit: debian/rules does not enable it"
done
found=$(systemd-analyze verify --man=no "$work"/* 2>&1) || failed=1
[ -z "$found" ] || say "$found"
# The log is the product: journald must not drop lines of either daemon.
for name in bangerd banger-helper; do
	grep -q '^LogRateLimitIntervalSec=0$' "$units/$name.service" ||
		say "$units/$name.service: its log has a rate limit"
	grep -q '^KillMode=process$' "$units/$name.service" ||
		say "$units/$name.service: a restart would end the VMs"
done
exit $failed

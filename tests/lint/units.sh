#!/bin/bash
# SPDX-License-Identifier: ISC
# units.sh: the services are confined as far as they can be: systemd's own
# score of each, offline, is at most what stands here (times ten).
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 2
units=packaging/systemd
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

command -v systemd-analyze >/dev/null || {
	echo "units: no systemd-analyze; type: make deps" >&2
	exit 2
}
while read -r unit most; do
	sed 's|@S\?BINDIR@|/bin|' "$units/$unit" >"$work/$unit"
	if ! systemd-analyze security --offline=true --threshold="$most" \
		"$work/$unit" >"$work/report" 2>&1; then
		tail -n 1 "$work/report"
		echo "$units/$unit: exposed beyond $((most / 10)).$((most % 10))"
		failed=1
	fi
done <<'UNITS'
banger-helper.service 40
bangerd.service 15
bangerlog-index.service 15
UNITS
exit $failed

#!/bin/bash
# SPDX-License-Identifier: ISC
# deps.sh: installs the Debian packages of deps.list that are missing.
#
# Asks no network, and needs no root, when all of them are there.

set -euo pipefail

# Prints the names in deps.list, without comments and empty lines.
wanted()
{
	sed -e 's/#.*//' -e 's/[[:space:]]//g' -e '/^$/d' \
		"$(dirname "${BASH_SOURCE[0]}")/deps.list"
}

# Prints those of the given packages that are not installed.
missing()
{
	dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null |
		awk '$1 == "installed" { print $2 }' | sort -u |
		comm -13 - <(printf '%s\n' "$@" | sort -u)
}

# give_up CAUSE: says what is missing and how to mend it.
give_up()
{
	printf 'deps.sh: %s; missing packages: %s\n' "$1" "${packages[*]}" >&2
	printf 'deps.sh: type: sudo apt-get install %s\n' "${packages[*]}" >&2
	exit 1
}

mapfile -t packages < <(wanted)
if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
	printf 'deps.sh: this is no Debian machine; install what is %s: %s\n' \
		"called here" "${packages[*]}" >&2
	exit 1
fi
mapfile -t packages < <(missing "${packages[@]}" || true)
[ ${#packages[@]} -gt 0 ] || exit 0

as_root=(env DEBIAN_FRONTEND=noninteractive)
if [ "$(id -u)" -ne 0 ]; then
	command -v sudo >/dev/null || give_up "not root, and there is no sudo"
	as_root=(sudo "${as_root[@]}")
fi
printf 'deps: installing %s\n' "${packages[*]}" >&2
"${as_root[@]}" apt-get -q update >&2 ||
	give_up "apt-get update failed (see above; is the network up?)"
"${as_root[@]}" apt-get -q install -y --no-install-recommends \
	"${packages[@]}" >&2 || give_up "apt-get install failed (see above)"

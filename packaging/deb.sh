#!/bin/bash
# SPDX-License-Identifier: ISC
# deb.sh OUTDIR VERSION: builds the Debian package in a copy of this tree, so
# that nothing of the build is left here, and leaves the .deb in OUTDIR.
#
# The same tree gives the same package, byte for byte: its times are those of
# the newest entry of packaging/debian/changelog.

set -euo pipefail
umask 022

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
out=${1:?usage: deb.sh OUTDIR VERSION}
version=${2:?usage: deb.sh OUTDIR VERSION}

for tool in dpkg-buildpackage=dpkg-dev dh=debhelper fakeroot=fakeroot; do
	command -v "${tool%%=*}" >/dev/null || {
		echo "deb.sh: no ${tool%%=*}; type: sudo apt-get install ${tool#*=}" >&2
		exit 1
	}
done
cd "$here"
[ "$(dpkg-parsechangelog -l packaging/debian/changelog -S Version)" = \
	"$version" ] || {
	echo "deb.sh: packaging/debian/changelog is not of version $version" >&2
	exit 1
}
mkdir -p "$out"
out=$(cd "$out" && pwd)
rm -rf "$out"/tree "$out"/banger*
mkdir -p "$out/tree/banger-$version"
tar -c --exclude=./build --exclude=./.git --exclude=./compile_commands.json . |
	tar -x -C "$out/tree/banger-$version"
cd "$out/tree/banger-$version"
cp -r packaging/debian .
# Nobody's compiler flags, and no ccache, decide what is in the package.
env -u CFLAGS -u CPPFLAGS -u LDFLAGS -u CC -u MAKEFLAGS -u MFLAGS -u MAKELEVEL \
	dpkg-buildpackage -b -uc -us -tc >"$out/build.log" 2>&1 || {
	tail -n 40 "$out/build.log" | cut -c 1-300 >&2
	echo "deb.sh: the build failed; inspect $out/build.log" >&2
	exit 1
}
cd "$here"
mv "$out"/tree/banger*_* "$out"
rm -rf "$out/tree"
if command -v lintian >/dev/null; then
	lintian --allow-root --no-cfg --fail-on error,warning "$out"/*.changes 2>&1 |
		{ grep -v '^running with root privileges' || :; }
else
	echo "deb.sh: not looked at by lintian (apt-get install lintian)" >&2
fi
printf '  %-7s %s\n' DEB "$(echo "$out"/banger_*.deb)"

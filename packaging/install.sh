#!/bin/bash
# SPDX-License-Identifier: ISC
# install.sh BINDIR: installs the programs that stand in BINDIR, with their man
# pages, completions and units, beneath $DESTDIR and $PREFIX (/usr/local).

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bin=${1:?usage: install.sh BINDIR}
prefix=${PREFIX:-/usr/local}
root=${DESTDIR:-}
users=(banger bangerlog bangertop)
daemons=(bangerd banger-helper)
# systemd looks for units in /usr/lib and /etc, not in /usr/local/share.
case $prefix in
/usr) system=/usr/lib/systemd/system ;;
*) system=/etc/systemd/system ;;
esac

new=$(mktemp -d)
trap 'rm -rf "$new"' EXIT

put()
{
	install -D -m "$1" "$2" "$root$3"
	printf '  %-7s %s\n' INSTALL "$root$3"
}

completion()
{
	"$bin/$1" --completion bash >"$new/$1.bash"
	"$bin/$1" --completion zsh >"$new/$1.zsh"
	put 644 "$new/$1.bash" "$prefix/share/bash-completion/completions/$1"
	put 644 "$new/$1.zsh" "$prefix/share/zsh/site-functions/_$1"
}

unit()
{
	sed "s|@SBINDIR@|$prefix/sbin|; s|@BINDIR@|$prefix/bin|" \
		"$here/systemd/$1" >"$new/$1"
	put 644 "$new/$1" "$system/$1"
}

for p in "${users[@]}"; do
	put 755 "$bin/$p" "$prefix/bin/$p"
	completion "$p"
done
for p in "${daemons[@]}"; do
	put 755 "$bin/$p" "$prefix/sbin/$p"
	unit "$p.service"
done
unit bangerlog-index.service
"$here/man/build.sh" "$bin" "$new/man"
for page in "$new"/man/*; do
	put 644 "$page" "$prefix/share/man/man${page##*.}/${page##*/}"
done
for part in "$here"/image/*; do
	[ -f "$part" ] && put "$(stat -c %a "$part")" "$part" \
		"$prefix/share/banger/image/${part##*/}"
done
for part in "$here"/image/debian/*; do
	put "$(stat -c %a "$part")" "$part" \
		"$prefix/share/banger/image/debian/${part##*/}"
done
# What the administrator has written stays.
[ -e "$root/etc/banger/bangerd.conf" ] ||
	put 644 "$here/bangerd.conf" /etc/banger/bangerd.conf
put 644 "$here/systemd/banger.sysusers" "$prefix/lib/sysusers.d/banger.conf"
put 644 "$here/systemd/banger.tmpfiles" "$prefix/lib/tmpfiles.d/banger.conf"

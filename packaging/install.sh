#!/bin/bash
# SPDX-License-Identifier: ISC
# install.sh BINDIR: installs the programs that stand in BINDIR, with their man
# pages, completions, units and settings, beneath $DESTDIR and $PREFIX
# (/usr/local).  Settings of /etc/banger that are there stay as they are.
#
# What was made is written down in PREFIX/share/banger/manifest for
# uninstall.sh; MANIFEST=no leaves that to a package manager.

set -euo pipefail
umask 022

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bin=${1:?usage: install.sh BINDIR}
prefix=${PREFIX:-/usr/local}
root=${DESTDIR:-}
users=(banger bangerlog bangertop)
daemons=(bangerd banger-helper)
units=(bangerd.service banger-helper.service banger-helper.socket
	bangerlog-index.service bangerlog-prune.service bangerlog-prune.timer)
# systemd looks for units in /usr/lib and /etc, not in /usr/local/share.
case $prefix in
/usr) system=${UNITDIR:-/usr/lib/systemd/system} ;;
*) system=${UNITDIR:-/etc/systemd/system} ;;
esac
manifest=$prefix/share/banger/manifest

new=$(mktemp -d)
trap 'rm -rf "$new"' EXIT
: >"$new/manifest"

note()
{
	printf '%s\n' "$*" >>"$new/manifest"
}

# The directories above a file that are not there yet.
note_dirs()
{
	local dir

	dir=$(dirname "$1")
	[ "$dir" != / ] && [ ! -d "$root$dir" ] || return 0
	note_dirs "$dir"
	note dir "$dir"
	install -d -m 755 "$root$dir"
}

put()
{
	note_dirs "$3"
	note file "$3"
	install -m "$1" "$2" "$root$3"
	printf '  %-7s %s\n' INSTALL "$root$3"
}

# A file that the administrator may change; its sum tells whether.
setting()
{
	local to=/etc/banger/$1 sum

	sum=$(sha256sum <"$here/conf/$1")
	if [ -e "$root$to" ]; then
		printf '  %-7s %s\n' KEEP "$root$to"
		note setting "${sum%% *}" "$to"
		return
	fi
	put 644 "$here/conf/$1" "$to"
	note setting "${sum%% *}" "$to"
}

completion()
{
	"$bin/$1" --completion bash >"$new/$1.bash"
	"$bin/$1" --completion zsh >"$new/$1.zsh"
	put 644 "$new/$1.bash" "$prefix/share/bash-completion/completions/$1"
	put 644 "$new/$1.zsh" "${ZSHDIR:-$prefix/share/zsh/site-functions}/_$1"
}

unit()
{
	sed "s|@SBINDIR@|$prefix/sbin|g; s|@BINDIR@|$prefix/bin|g" \
		"$here/systemd/$1" >"$new/$1"
	put 644 "$new/$1" "$system/$1"
}

for p in "${users[@]}"; do
	put 755 "$bin/$p" "$prefix/bin/$p"
	completion "$p"
done
for p in "${daemons[@]}"; do
	put 755 "$bin/$p" "$prefix/sbin/$p"
done
for u in "${units[@]}"; do
	unit "$u"
done
for conf in "$here"/conf/*.conf; do
	setting "${conf##*/}"
done
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
put 644 "$here/systemd/banger.sysusers" "$prefix/lib/sysusers.d/banger.conf"
put 644 "$here/systemd/banger.tmpfiles" "$prefix/lib/tmpfiles.d/banger.conf"

if [ "${MANIFEST:-}" != no ]; then
	note_dirs "$manifest"
	note file "$manifest"
	# What an earlier installation made is ours to take away, too.
	cat "$root$manifest" "$new/manifest" 2>/dev/null |
		awk '!seen[$0]++' >"$new/merged" || :
	install -m 644 "$new/merged" "$root$manifest"
fi

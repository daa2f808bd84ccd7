#!/bin/bash
# SPDX-License-Identifier: ISC
# layers.sh: who may include whom, and who may log and print.  Prints each
# breach as FILE:LINE: what, and exits 1 when there is one.
#
# With an argument it looks at that tree in place of its own.
set -u
cd "${1:-$(dirname "${BASH_SOURCE[0]}")/../..}" || exit 2
found=0

breach() {
	printf '%s\n' "$1"
	found=1
}

# Which libraries a file of each folder may include from ("wire/..."); its own
# files it includes as they stand beside it.
declare -A may_include=(
	[lib/base]=" base "
	[lib/wire]=" wire base "
	[lib/trace]=" trace wire base "
	[daemon]=" wire base "
	[helper]=" wire base "
	[cli]=" wire base "
	[bangerlog]=" trace wire base "
	[bangertop]=" trace wire base "
)

# May that file include this third-party header?  The libraries whose headers
# are not named here are the C library's.
may_use() {
	local file=$1

	case $2 in
	curses.h | ncurses.h | ncursesw/*) [ "$file" = bangertop/screen_curses.c ] ;;
	systemd/*) [ "$file" = lib/trace/journal_open.h ] ;;
	pcre2.h) [ "$file" = lib/base/regex.c ] ;;
	sqlite3.h)
		case $file in
		daemon/state_int.h | lib/trace/store_int.h) ;;
		lib/trace/store*.c | lib/trace/query*.c) ;;
		*) false ;;
		esac
		;;
	jansson.h)
		case $file in
		lib/base/* | lib/trace/*.h | bangertop/*.h | bangerlog/*.h) false ;;
		esac
		;;
	nftables/*) [ "$file" = helper/nft.c ] ;;
	curl/*) [ "$file" = daemon/firecracker.c ] ;;
	seccomp.h) [ "$file" = helper/confine.c ] ;;
	ext2fs/*) [ "$file" = helper/ext4_int.h ] ;;
	esac
}

# FILE:LINE:"name" or FILE:LINE:<name> of every include of the folders given.
includes() {
	grep -nHE '^[[:space:]]*#[[:space:]]*include' "$@" /dev/null |
		sed -E 's/^([^:]*:[0-9]+:)[^"<]*(["<][^">]*[">]).*/\1\2/'
}

check_includes() {
	local folder=$1 file line name from

	while IFS=: read -r file line name; do
		case $name in
		\<*)
			name=${name#<}
			may_use "$file" "${name%>}" ||
				breach "$file:$line: <${name%>} is not to be used here"
			continue
			;;
		esac
		name=${name//\"/}
		from=${name%%/*}
		if [ "$from" = "$name" ]; then
			# schema_sql.h is made from lib/trace/schema.sql.
			[ -f "$folder/$name" ] ||
				[ "$file $name" = "lib/trace/store_schema.c schema_sql.h" ] ||
				breach "$file:$line: \"$name\" is not in $folder"
		elif [[ ${may_include[$folder]} != *" $from "* ]]; then
			breach "$file:$line: $folder may not include \"$name\""
		elif [[ $name == *_int.h && $folder != lib/$from ]]; then
			breach "$file:$line: \"$name\" is lib/$from's own"
		elif [ ! -f "lib/$name" ]; then
			breach "$file:$line: there is no \"$name\""
		fi
	done < <(includes "$folder"/*.[ch])
}

for folder in lib/base lib/wire lib/trace daemon helper cli bangerlog \
	bangertop; do
	[ -d "$folder" ] && check_includes "$folder"
done

# Each third-party header that belongs to one file is in at most one.
for header in curses.h systemd/sd-journal.h pcre2.h; do
	files=$(grep -lE "^#include <$header>" lib/*/*.[ch] [a-z]*/*.[ch])
	[ "$(grep -c . <<<"$files")" -le 1 ] ||
		breach "<$header> is in more than one file: ${files//$'\n'/ }"
done

# libsystemd may end its caller: only the process that reads the journal has it.
while IFS=: read -r file line _; do
	case $file in
	lib/trace/journal_child.c | lib/trace/journal_give.[ch]) ;;
	lib/trace/journal_open.c) ;;
	*) breach "$file:$line: only the journal's reader may use libsystemd" ;;
	esac
done < <(grep -nHE '^#include "(trace/)?journal_(open|give)\.h"' \
	lib/*/*.[ch] [a-z]*/*.[ch])

# A line of the log has one place where it is written: dispatch cannot be
# passed by.
while IFS=: read -r file line _; do
	case $file in
	daemon/op.c | daemon/main.c | helper/dispatch.c | helper/main.c) ;;
	*) breach "$file:$line: only op.c, dispatch.c and main.c may log" ;;
	esac
done < <(grep -nHE '\blogger_event *\(' daemon/*.c helper/*.c cli/*.c \
	bangerlog/*.c bangertop/*.c lib/base/*.c lib/trace/*.c)

# Library code neither prints nor ends the process; cmd is the main() of the
# programs, and what it prints is their usage; journal_child and journal_give
# are a process; pager turns standard output aside; command has a child between
# fork and exec.
words='v?f?printf|f?puts|f?putc|putchar|perror|_?exit|quick_exit|syslog'
while IFS=: read -r file line _; do
	case $file in
	lib/base/cmd*.c | lib/base/command.c | lib/base/pager.c | lib/trace/journal_child.c | lib/trace/journal_give.c) ;;
	*) breach "$file:$line: library code may not print or exit" ;;
	esac
done < <(grep -nHE "(^|[^a-zA-Z0-9_])(($words) *\(|std(out|err)[^a-z\"])" \
	lib/*/*.c | grep -vE ':[[:space:]]*(/[*]|[*])')

exit $found

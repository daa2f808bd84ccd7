#!/bin/bash
# SPDX-License-Identifier: ISC
# build.sh BINDIR OUTDIR: the manual pages.  A program's own comes out of its
# tables (--man); where a template NAME.SECTION.in stands beside this script,
# that says how the page is put together, by lines of these forms:
#
#	@head@		date, title and system, as the program prints them
#	@SECTION@	the program's own section, without its heading
#	@more SECTION@	the same, of a list without its end: ".El" is ours
#	@docs FILE@	a document of docs/, see markdown.awk
#
# A section of the program that no line takes is an error: it would be lost.

set -euo pipefail
export LC_ALL=C.UTF-8

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bin=${1:?usage: build.sh BINDIR OUTDIR}
out=${2:?usage: build.sh BINDIR OUTDIR}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Sections of the page in $1 into files: head, NAME, SYNOPSIS, EXIT STATUS …
split_page()
{
	rm -rf "$work/sections"
	mkdir "$work/sections"
	awk -v dir="$work/sections" '
		BEGIN { to = dir "/head" }
		/^\.Sh / { to = dir "/" substr($0, 5); printf "" >to; next }
		{ print >to }' "$1"
}

take()
{
	[ -f "$work/sections/$1" ] || {
		echo "build.sh: $template: no section $1" >&2
		exit 1
	}
	cat "$work/sections/$1"
	touch "$work/taken/$1"
}

fill()
{
	local line

	rm -rf "$work/taken"
	mkdir "$work/taken"
	while IFS= read -r line; do
		case $line in
		@docs\ *@)
			line=${line#@docs }
			awk -f "$here/markdown.awk" \
				"$here/../../docs/${line%@}"
			;;
		@more\ *@)
			line=${line#@more }
			take "${line%@}" | sed '$ { /^\.El$/d }'
			;;
		@*@)
			line=${line#@}
			take "${line%@}"
			;;
		*) printf '%s\n' "$line" ;;
		esac
	done <"$template"
}

# All that the program says of itself stands in the page.
nothing_left()
{
	local left

	left=$(comm -23 <(ls "$work/sections") <(ls "$work/taken"))
	[ -z "$left" ] || {
		echo "build.sh: $template leaves out: ${left//$'\n'/, }" >&2
		exit 1
	}
}

mkdir -p "$out"
for program in banger bangerlog bangertop bangerd banger-helper; do
	case $program in
	bangerd | banger-helper) page=$program.8 ;;
	*) page=$program.1 ;;
	esac
	"$bin/$program" --man >"$work/page"
	template=$here/$page.in
	if [ -f "$template" ]; then
		split_page "$work/page"
		fill >"$work/filled"
		nothing_left
		mv "$work/filled" "$work/page"
	fi
	mv "$work/page" "$out/$page"
done
# Pages of no program: their date is that of the last one.
for template in "$here"/*.[57].in; do
	page=$(basename "$template" .in)
	mkdir -p "$work/sections"
	sed -n '/^\.Dd /p' "$out/bangerlog.1" >"$work/sections/date"
	fill >"$out/$page"
done

#!/bin/bash
# SPDX-License-Identifier: ISC
# What every command says of operations that ended in every way, and of hostile
# text, to the letter: each is what tests/golden has (BLESS=1 writes that anew).
# trace has its own (l030), and so have the statistics (l065).
. "$(dirname "$0")"/harness.sh
# shellcheck source=../lib/history.sh
. "$TESTS"/lib/history.sh
GOLDEN=$TESTS/golden/commands
export TZ=UTC

{
	for n in 1 2 3 4 5 6; do
		history_op "op-b00000000000000$n" $n $((100 + n))
	done
	history_op op-b000000000000007 7 50 'no tap bg0001 at /run/a/b'
	history_op op-b000000000000008 8 900
	history_op op-b000000000000009 9 50 'no tap bg0777 at /run/c'
} >"$T/history"
for name in start.daemon start.helper failed hostile ends markup journal-odd \
	torn; do
	# Copied: a path of always the same length, for the widths of columns.
	cp "$DATA/$name.jsonl" "$T/"
	bangerlog index "$T/$name.jsonl" >/dev/null || fail "index $name"
done
bangerlog index "$T/history" >/dev/null || fail "index"
# When a file was read is no part of an answer.
export BANGERLOG_NO_REFRESH=1

declare -A ops=(
	[completed]=op-7f00000000000001 [failed]=op-fa00000000000001
	[canceled]=op-ca00000000000001 [interrupted]=op-1d00000000000001
	[superseded]=op-1e00000000000001 [lost]=op-1f00000000000001
	[incomplete]=op-1c00000000000001 [hostile]=op-e000000000000001
	[markup]=op-bad0000000000001 [slow]=op-b000000000000008
	[again]=op-b000000000000009
)

# said FILE COMMAND…: appends what it says, and its status where that is not 0.
mkdir "$T/got"
said() {
	local file=$T/got/$1 status

	shift
	echo "\$ bangerlog $*" >>"$file"
	bangerlog "$@" >"$T/out" 2>&1
	status=$?
	cat "$T/out" >>"$file"
	[ $status = 0 ] || echo "(exit status $status)" >>"$file"
	case $file in
	*.raw) ;;
	*) ! LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\x8b-\x8f\xa8-\xae]' \
		"$T/out" || fail "$*: a control character" ;;
	esac
	# What is made for a screen is no wider.
	case $* in
	*"--width 80"*) [ "$(wc -L <"$T/out")" -le 80 ] || fail "$*: too wide" ;;
	esac
}

for name in $(printf '%s\n' "${!ops[@]}" | sort); do
	id=${ops[$name]}
	said why.text why --width 80 "$id"
	said why.json why --format json "$id"
	said diff.text diff --width 80 op-7f00000000000001 "$id"
	said diff.json diff --format json op-7f00000000000001 "$id"
	said lines.raw raw "$id"
	said export.csv export --format csv -q "op = $id"
	said export.prometheus export --format prometheus -q "op = $id"
done
said diff.text diff --width 80 --baseline op-b000000000000008
said diff.json diff --format json --baseline op-b000000000000008
said diff.text diff --width 80 --baseline op-7f00000000000001
said ops.text ops --all -n 0
said ops.json ops --all -n 0 --format json
said tail.text tail -n 1000
said tail.text tail -n 1000 --width 80
said tail.json tail -n 1000 --format json
said grep.text grep .
said grep.json grep --format json .
said lines.raw grep --raw .
said errors errors
said errors errors --format json
said audit audit
said audit audit --format json
said blame blame
said blame blame --format json
for by in operation stage helper vm image; do
	said stats stats --by $by
	said stats stats --by $by --format json
done
said sql sql 'SELECT line FROM records ORDER BY 1'
said sql sql --format json 'SELECT op_id, vm_name, error FROM ops ORDER BY 1'

# info says where and when too, and how large it is.
for format in text json; do
	echo "\$ bangerlog info --format $format"
	bangerlog info --format $format || fail "info"
done | sed -E "s|$T|T|g
	s|20[0-9]{2}-[01][0-9]-[0-3][0-9] [0-9:]{8}\$|NOW|
	s/\"(committed|read)\":\"[^\"]*\"/\"\1\":\"NOW\"/g
	s|(\"bytes\":)[0-9]+,\"version\"|\1N,\"version\"|
	s|^(size +)[0-9]+|\1N|" >"$T/got/info"

[ -z "${BLESS:-}" ] || cp "$T"/got/* "$GOLDEN/"
for file in "$T"/got/*; do
	cmp -s "$file" "$GOLDEN/${file##*/}" ||
		fail "$(diff -u "$GOLDEN/${file##*/}" "$file" | head -40)"
done

# shellcheck shell=bash
# SPDX-License-Identifier: ISC
# For ingest.sh and journal.sh: takes the cost of whole processes, in rounds,
# and tells the medians.  Sourced; `work` is a directory for the samples.

# Says what is not here and where it comes from; false when something is not.
have() {
	local tool=$1 hint=$2

	command -v "$tool" >/dev/null && return
	echo "bench: no $tool here: $hint" >&2
	return 1
}

# Samples are taken by GNU time, as bash's own knows no peak of memory.
measure_init() {
	have /usr/bin/time "apt-get install time" || exit 0
	work=$(mktemp -d "${TMPDIR:-/tmp}/banger-bench.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	trap 'exit 130' INT TERM
}

# measure NAME COMMAND...: one sample; its output is in $work/NAME.out, or in
# $OUT where that is set.  False, and said, when the command failed.
measure() {
	local name=$1

	shift
	/usr/bin/time -q -f '%e %U %S %M' -o "$work/sample" "$@" \
		>"${OUT:-$work/$name.out}" 2>"$work/$name.err" || {
		echo "bench: $name failed: $(tail -n1 "$work/$name.err")" >&2
		return 1
	}
	cat "$work/sample" >>"$work/$name.samples"
}

# median NAME wall|cpu|peak: seconds, seconds of user and system, KiB.
median() {
	local sum

	case $2 in
	wall) sum='$1' ;;
	cpu) sum='$2 + $3' ;;
	peak) sum='$4' ;;
	esac
	awk "{ print $sum }" "$work/$1.samples" | sort -n | awk '
		{ v[NR] = $1 }
		END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'
}

# calc EXPRESSION [FORMAT]
calc() {
	awk "BEGIN { printf \"${2:-%.2f}\", $1 }"
}

# corpus OPS FORM FILE: writes it unless it is there, made by this generator.
corpus() {
	[ "$3" -nt "$GEN_CORPUS" ] && return
	mkdir -p "$(dirname "$3")"
	"$GEN_CORPUS" -n "$1" -f "$2" -o "$3.part" 2>/dev/null &&
		mv "$3.part" "$3"
}

#!/bin/bash
# SPDX-License-Identifier: ISC
# run.sh SECONDS [NAME...]: libFuzzer with ASan and UBSan on each target of
# this folder, SECONDS each.  Prints what was run and found; exits 1 when
# something was.  What was found stays in build/fuzz/NAME.findings/.
#
# run.sh --short N DIRECTORY [NAME...]: without clang: the seeds and N
# mutations of them, the same ones each time, built in that directory.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 2
names=(line scan rpc parse journal_frame helper_check filter)
top=$PWD
flags=(-std=gnu11 -g -O1 -fno-omit-frame-pointer -pthread -D_GNU_SOURCE
	-I"$top/lib" '-DBANGER_VERSION="fuzz"')
sources=(lib/base/*.c lib/wire/*.c lib/trace/{join,parse,record,entry,line_form,message,filter}*.c
	lib/trace/journal_{frame,pick,place}.c
	lib/trace/op.c helper/check*.c)
libs=(-ljansson -lpcre2-8)

# library DIRECTORY COMPILER FLAG...: what the targets link, in one archive.
library() {
	local dir=$1

	shift
	rm -rf "$dir" && mkdir -p "$dir" && (
		cd "$dir" || exit 1
		"$@" "${flags[@]}" -c "${sources[@]/#/$top/}" &&
			ar rcs all.a ./*.o
	)
}

short() {
	local rounds=$1 dir=$2 name
	local compiler=("${CC:-gcc}" "-fsanitize=address,undefined"
		-fno-sanitize-recover=all)

	shift 2
	[ $# = 0 ] || names=("$@")
	library "$dir/lib" "${compiler[@]}" || return 1
	for name in "${names[@]}"; do
		"${compiler[@]}" "${flags[@]}" -o "$dir/fuzz_$name" \
			"tests/fuzz/fuzz_$name.c" tests/fuzz/driver.c \
			"$dir/lib/all.a" "${libs[@]}" || return 1
		printf '%s: ' "$name"
		"$dir/fuzz_$name" "$rounds" tests/fuzz/seeds/"$name"/* ||
			return 1
	done
}

# Says which package is missing when clang cannot link a fuzzer.
need_clang() {
	command -v clang >/dev/null || {
		echo "fuzz: no clang; type: sudo apt-get install clang" >&2
		exit 2
	}
	echo 'int LLVMFuzzerTestOneInput(const char *d, unsigned long n);
		int LLVMFuzzerTestOneInput(const char *d, unsigned long n) {
		return d == 0 && n; }' |
		clang -fsanitize=fuzzer,address -x c -o build/fuzz/probe - \
			2>/dev/null && return
	echo "fuzz: clang has no fuzzer runtime; type: sudo apt-get install" \
		"libclang-rt-$(clang -dumpversion | cut -d. -f1)-dev" >&2
	exit 2
}

# The words that help a target: its own, or JSON's.
dictionary() {
	local own=tests/fuzz/$1.dict

	[ -f "$own" ] || own=tests/fuzz/json.dict
	echo "$own"
}

# One target for some seconds: prints its line, fails on a finding.
fuzz() {
	local name=$1 seconds=$2 log=build/fuzz/$1.log status runs
	local corpus=build/fuzz/$1.corpus findings=build/fuzz/$1.findings

	mkdir -p "$corpus" "$findings"
	clang -fsanitize=fuzzer,address,undefined "${flags[@]}" \
		-o "build/fuzz/$name" "tests/fuzz/fuzz_$name.c" \
		build/fuzz/lib/all.a "${libs[@]}" || return 1
	"build/fuzz/$name" -max_total_time="$seconds" -max_len=8192 \
		-timeout=10 -print_final_stats=1 -dict="$(dictionary "$name")" \
		-artifact_prefix="$findings/" \
		"$corpus" tests/fuzz/seeds/"$name" >"$log" 2>&1
	status=$?
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
	printf '%-14s %10s executions, %s\n' "$name" "${runs:-0}" \
		"$([ $status = 0 ] && echo "no finding" || echo "A FINDING")"
	[ $status = 0 ] && return
	tail -n 30 "$log"
	ls "$findings"
	return 1
}

if [ "${1:-}" = --short ]; then
	shift
	short "$@"
	exit
fi
seconds=${1:-60}
shift
[ $# = 0 ] || names=("$@")
mkdir -p build/fuzz
need_clang
library build/fuzz/lib clang -fno-sanitize-recover=undefined \
	-fsanitize=fuzzer-no-link,address,undefined || exit 1
found=0
for name in "${names[@]}"; do
	fuzz "$name" "$seconds" || found=1
done
exit $found

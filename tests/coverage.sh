#!/bin/bash
# SPDX-License-Identifier: ISC
# coverage.sh DIRECTORY: builds the helper's validators with gcc's --coverage
# in that directory, runs their unit test alone, and prints how much of them
# that took.  Status 1 unless every line and every branch was.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2
top=$PWD
dir=${1:?usage: coverage.sh DIRECTORY}
rm -rf "$dir" && mkdir -p "$dir" && cd "$dir" || exit 2
flags=(-std=gnu11 -g -O0 -pthread -D_GNU_SOURCE "-I$top/lib"
	'-DBANGER_VERSION="coverage"')

gcc "${flags[@]}" --coverage -c "$top"/helper/check*.c &&
	gcc "${flags[@]}" --coverage -o test "$top"/tests/unit/test_helper_check.c \
		./*.o "$top"/lib/base/*.c "$top"/lib/wire/*.c -ljansson -lpcre2-8 -lcmocka ||
	exit 2
rm -f ./*test_helper_check.gc*
./test >test.log 2>&1 || {
	tail -n 20 test.log
	exit 1
}
status=0
for file in "$top"/helper/check*.c; do
	name=$(basename "$file" .c)
	report=$(gcov -b "$name.o" 2>/dev/null |
		grep -A4 "^File '.*/$name.c'" | sed 1d)
	lines=$(sed -n 's/^Lines executed://p' <<<"$report")
	taken=$(sed -n 's/^Taken at least once://p' <<<"$report")
	printf '%-18s lines %s, branches taken %s\n' "helper/$name.c" \
		"$lines" "$taken"
	case "$lines $taken" in
	100.00%*" "100.00%*) ;;
	*)
		status=1
		grep -nE '^branch .*(taken 0%|never executed)' -B6 \
			"$name.c.gcov" | grep -E ':|branch' | cut -c 1-90
		;;
	esac
done
exit $status

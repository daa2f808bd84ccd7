#!/bin/bash
# SPDX-License-Identifier: ISC
# Runs all unit tests, then all end-to-end tests in their order; arguments name
# those to run.  Ends with one line: N passed, N failed, N skipped.
set -u
here=$(cd "$(dirname "$0")" && pwd)
: "${OUT:=$here/../build/release}"
export BUILD=$OUT
: "${TEST_SECONDS:=180}"
logs=$OUT/test-logs
rm -rf "$logs"
mkdir -p "$logs"
passed=0 failed=0 skipped=0
export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0:exitcode=99
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
export G_SLICE=always-malloc

wanted() {
	local name=$1 pattern

	shift
	[ $# = 0 ] && return 0
	for pattern; do
		case $name in *"$pattern"*) return 0 ;; esac
	done
	return 1
}

for unit in "$OUT"/unit/test_*; do
	name=$(basename "$unit")
	case $name in *.*) continue ;; esac
	wanted "$name" "$@" || continue
	log=$logs/$name.log
	timeout "$TEST_SECONDS" "$unit" >"$log" 2>&1
	status=$?
	ok=$(sed -n 's/^\[  PASSED  \] \([0-9]*\) test.*/\1/p' "$log" | tail -n 1)
	bad=$(sed -n 's/^\[  FAILED  \] .* \([0-9]*\) test.*/\1/p' "$log" | head -n 1)
	[ $status = 0 ] || [ "${bad:-0}" != 0 ] || bad=1
	if [ $status = 0 ] && [ "${ok:-0}" = 0 ]; then
		echo "no test ran" >>"$log"
		bad=1
	fi
	passed=$((passed + ${ok:-0}))
	failed=$((failed + ${bad:-0}))
	if [ "${bad:-0}" = 0 ]; then
		printf '  ok      %s (%s)\n' "$name" "$ok"
	else
		printf '  FAILED  %s\n' "$name"
		tail -n 40 "$log"
	fi
done

for script in "$here"/run/[a-z][0-9]*.sh; do
	name=$(basename "$script" .sh)
	wanted "$name" "$@" || continue
	log=$logs/$name.log
	from=$(date +%s)
	timeout -k 10 "$TEST_SECONDS" bash "$script" >"$log" 2>&1 </dev/null
	status=$?
	took=$(($(date +%s) - from))
	case $status in
	0)
		passed=$((passed + 1))
		printf '  ok      %s (%ss)\n' "$name" "$took"
		;;
	77)
		skipped=$((skipped + 1))
		printf '  skipped %s: %s\n' "$name" "$(tail -n 1 "$log")"
		;;
	*)
		failed=$((failed + 1))
		printf '  FAILED  %s (status %s)\n' "$name" "$status"
		tail -n 60 "$log"
		;;
	esac
done

echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ] && [ $((passed + skipped)) -gt 0 ]

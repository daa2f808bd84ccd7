#!/bin/bash
# SPDX-License-Identifier: ISC
# follow.sh: how long after its write a line can be asked for while an indexer
# follows its file, and what the indexer costs while nothing is written.
#
# LINES=100     lines, one at a time
# IDLE=10       seconds of silence
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2
export LC_ALL=C.UTF-8
# shellcheck source=measure.sh
. bench/measure.sh
BIN=${BANGER_BIN:-build/bin}
lines=${LINES:-100}
idle=${IDLE:-10}

# Microseconds since 1970.
now_us() {
	echo "${EPOCHREALTIME/./}"
}

line() {
	printf '{"time":"%s","level":"INFO","msg":"operation started",%s}\n' \
		"$(date -u +%FT%T.%NZ)" \
		"\"run\":\"feedf00d\",\"seq\":$1,\"op_id\":\"op-follow$1\""
}

# Clock ticks of processor time that the indexer has used.
ticks() {
	awk '{ print $14 + $15 }' "/proc/$pid/stat"
}

# Polls the index until it has that many operations.
wait_for() {
	until [ "$(sqlite3 -readonly "$work/index.db" \
		"SELECT count(*) FROM op" 2>/dev/null)" = "$1" ]; do
		kill -0 "$pid" 2>/dev/null || return 1
	done
}

main() {
	local began i before

	measure_init
	have sqlite3 "apt-get install sqlite3" || exit 0
	: >"$work/log"
	"$BIN/bangerlog" index --follow --db "$work/index.db" "$work/log" \
		>/dev/null &
	pid=$!
	line 1 >>"$work/log"
	wait_for 1 || exit 1
	for ((i = 2; i <= lines + 1; i++)); do
		began=$(now_us)
		line "$i" >>"$work/log"
		wait_for "$i" || exit 1
		echo $(($(now_us) - began)) >>"$work/visible"
	done
	before=$(ticks)
	sleep "$idle"
	echo
	sort -n "$work/visible" | awk -v n="$lines" '
		{ v[NR] = $1 / 1000 }
		END { printf "a line is visible %.0f ms after its write " \
			"(median of %d; worst %.0f ms)\n",
			v[int((n + 1) / 2)], n, v[n] }'
	echo "an idle follower: $(($(ticks) - before)) clock ticks of" \
		"$(getconf CLK_TCK) a second in $idle s"
	kill "$pid"
	wait "$pid"
}
main

#!/bin/bash
# SPDX-License-Identifier: ISC
# ingest.sh: what `bangerlog index` costs beside what people would use in its
# place, on the same `journalctl -o json` file.  Each is a whole process, and
# tells how many records one operation has; what tells another number than our
# index is marked wrong.
#
# OPS=20000      operations in the corpus (200000 is the reference)
# ROUNDS=3       the peers take turns, so that a busy machine harms all alike
# PEERS="..."    which of rg duckdb duckdb_lines lnav jq
# TENFOLD=1      also index ten times as much, and say how the rate holds
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2
export LC_ALL=C.UTF-8
# shellcheck source=measure.sh
. bench/measure.sh
BIN=${BANGER_BIN:-build/bin}
GEN_CORPUS=${GEN_CORPUS:-build/release/bench/gen_corpus}
ops=${OPS:-20000}
rounds=${ROUNDS:-3}
file=build/bench/corpus-$ops.jsonl
export BENCH_NODE=$PWD/build/bench/node

# Which peers are here; says how to get the others.
peers_here() {
	local peer

	for peer in ${PEERS:-rg duckdb duckdb_lines lnav jq}; do
		case $peer in
		rg) have rg "apt-get install ripgrep" ;;
		lnav) have lnav "apt-get install lnav" ;;
		jq) have jq "apt-get install jq" ;;
		duckdb | duckdb_lines) have node "apt-get install nodejs npm" &&
			{ [ -d "$BENCH_NODE/node_modules/@duckdb" ] || {
				echo "bench: no DuckDB here: npm install" \
					"--prefix build/bench/node" \
					"@duckdb/node-api" >&2
				false
			}; } ;;
		*) echo "bench: $peer is no peer" >&2 && false ;;
		esac && echo "$peer"
	done
}

# What each peer does; its answer is the number in the last line of its output,
# for jq the number of lines.
run_bangerlog() {
	rm -f "$work"/index.db*
	measure bangerlog "$BIN/bangerlog" index --db "$work/index.db" "$file" &&
		sqlite3 -readonly "$work/index.db" \
			"SELECT records FROM ops WHERE op_id = '$op'" \
			>"$work/bangerlog.answer"
}
run_rg() {
	measure rg rg -c -F "$op" "$file" &&
		cp "$work/rg.out" "$work/rg.answer"
}
run_duckdb() {
	rm -f "$work"/duck.db*
	measure duckdb node bench/duckdb.mjs "$file" "$work/duck.db" "$op" &&
		cp "$work/duckdb.out" "$work/duckdb.answer"
}
run_duckdb_lines() {
	rm -f "$work"/lines.db*
	measure duckdb_lines node bench/duckdb.mjs "$file" "$work/lines.db" \
		"$op" lines &&
		cp "$work/duckdb_lines.out" "$work/duckdb_lines.answer"
}
run_lnav() {
	# A home of its own: lnav keeps settings there.
	measure lnav env HOME="$work" lnav -n -c \
		";SELECT count(*) FROM journald_json_log
		WHERE log_body LIKE '%$op%'" "$file" &&
		tail -n1 "$work/lnav.out" >"$work/lnav.answer"
}
run_jq() {
	measure jq jq -c ".MESSAGE|fromjson?|select(.op_id==\"$op\")" \
		"$file" && wc -l <"$work/jq.out" >"$work/jq.answer"
}

answer() {
	tr -dc 0-9 <"$work/$1.answer"
}

# Bytes of what it leaves behind to ask again, or nothing.
left_bytes() {
	case $1 in
	bangerlog) stat -c %s "$work/index.db" ;;
	duckdb) stat -c %s "$work/duck.db" ;;
	duckdb_lines) stat -c %s "$work/lines.db" ;;
	esac
}

# row NAME WHAT
row() {
	local wall left right

	[ -s "$work/$1.samples" ] || return
	wall=$(median "$1" wall)
	left=$(left_bytes "$1")
	right=$(answer "$1")
	[ "$right" = "$(answer bangerlog)" ] ||
		right="**wrong**: $right, not $(answer bangerlog)"
	printf '| %s | %.2f | %s | %.2f | %s | %s | %s | %s | %s |\n' "$2" \
		"$wall" "$(calc "$wall / $base")" "$(median "$1" cpu)" \
		"$(calc "$(median "$1" peak) / 1024" %.0f)" \
		"$(calc "$records / $wall" %.0f)" \
		"${left:+$(calc "$left / 1e6" %.0f)}" \
		"${left:+$(calc "$left / $records" %.0f)}" "$right"
}

table() {
	local base

	base=$(median bangerlog wall)
	echo
	echo "$ops operations, $records records, $(calc \
		"$(stat -c %s "$file") / 1e6" %.0f) MB of journalctl -o json;" \
		"medians of $rounds; the answer is for $op"
	echo
	echo '| | wall s | ratio | cpu s | peak MiB | records/s | db MB |' \
		'bytes a record | answer |'
	echo '|---|--:|--:|--:|--:|--:|--:|--:|--:|'
	row bangerlog '`bangerlog index`'
	row duckdb 'DuckDB: ten attributes, an index on op_id'
	row duckdb_lines 'DuckDB: the lines, their op_id, an index on it'
	row lnav '`lnav -n`: count'
	row jq '`jq`: select'
	row rg '`rg -c -F`'
	echo
}

# The rate at ten times the input, beside the rate at this one.
tenfold() {
	local one big
	local more=build/bench/corpus-$((ops * 10)).jsonl

	corpus $((ops * 10)) json "$more" || return
	cat "$more" >/dev/null
	rm -f "$work"/index.db*
	measure tenfold "$BIN/bangerlog" index --db "$work/index.db" \
		"$more" || return
	one=$(calc "$records / $(median bangerlog wall)" %.0f)
	big=$(calc "$(wc -l <"$more") / $(median tenfold wall)" %.0f)
	echo "bangerlog at ten times the input: $big records/s," \
		"$(calc "$big / $one") of the rate here"
}

main() {
	local here peer

	measure_init
	have sqlite3 "apt-get install sqlite3" || exit 0
	here=$(peers_here)
	corpus "$ops" json "$file" || exit 1
	records=$(wc -l <"$file")
	# An operation from the middle; reading all of it warms the page cache.
	op=$(tail -c "+$(($(stat -c %s "$file") / 2))" "$file" |
		grep -o 'op-[0-9a-f]\{16\}' | head -n1)
	cat "$file" >/dev/null
	for ((round = 1; round <= rounds; round++)); do
		for peer in bangerlog $here; do
			"run_$peer" || [ "$peer" != bangerlog ] || exit 1
		done
	done
	table
	[ "${TENFOLD:-0}" = 0 ] || tenfold
}
main

#!/bin/bash
# SPDX-License-Identifier: ISC
# query.sh: what asking costs, each a whole process, beside what people would
# use in its place: DuckDB with the table that ingest.sh makes, and rg over the
# log itself (which gives one operation's lines, and nothing of the others).
#
# OPS=20000      operations in the corpus (200000 is the reference)
# ROUNDS=20      each question so often, the peers in turn; medians are told
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2
export LC_ALL=C.UTF-8
# shellcheck source=measure.sh
. bench/measure.sh
BIN=${BANGER_BIN:-build/bin}
GEN_CORPUS=${GEN_CORPUS:-build/release/bench/gen_corpus}
ops=${OPS:-20000}
rounds=${ROUNDS:-20}
file=build/bench/corpus-$ops.jsonl
export BENCH_NODE=${BENCH_NODE:-$PWD/build/bench/node}

# take NAME COMMAND...: one sample in milliseconds; GNU time tells no less than
# ten of them.
take() {
	local name=$1 from to

	shift
	from=${EPOCHREALTIME//[.,]/}
	"$@" >"$work/$name.out" 2>"$work/$name.err" || {
		echo "bench: $name failed: $(tail -n1 "$work/$name.err")" >&2
		return 1
	}
	to=${EPOCHREALTIME//[.,]/}
	calc "($to - $from) / 1000" %.3f >>"$work/$name.ms"
	echo >>"$work/$name.ms"
}

# ms NAME QUANTILE
ms() {
	sort -n "$work/$1.ms" | awk -v q="$2" '{ v[NR] = $1 }
		END { i = int(q * NR + 0.999999); print v[i < 1 ? 1 : i] }'
}

# row NAME WHAT: the median and the worst of so few are what can be told.
row() {
	[ -s "$work/$1.ms" ] || return
	printf '| %s | %.1f | %.1f | %.1f | %s |\n' "$2" "$(ms "$1" 0.5)" \
		"$(ms "$1" 0)" "$(ms "$1" 1)" "$(wc -l <"$work/$1.out")"
}

# Commands of bangerlog that this one has.
knows() {
	"$BIN/bangerlog" --help | grep -qE "^  $1( |$)"
}

duckdb_here() {
	have node "apt-get install nodejs npm" &&
		[ -d "$BENCH_NODE/node_modules/@duckdb" ]
}

main() {
	local round duck='' extra='' command

	measure_init
	corpus "$ops" json "$file" || exit 1
	export BANGERLOG_DB=$work/index.db
	"$BIN/bangerlog" index "$file" >/dev/null || exit 1
	op=$("$BIN/bangerlog" ops -n 1 --format json |
		grep -o 'op-[0-9a-f]\{16\}' | head -n 1)
	for command in why stats; do
		knows "$command" && extra="$extra $command"
	done
	if duckdb_here; then
		node bench/duckdb.mjs "$file" "$work/duck.db" "$op" \
			>/dev/null && duck=1
	else
		echo "bench: no DuckDB here: npm install --prefix" \
			"build/bench/node @duckdb/node-api" >&2
	fi
	cat "$file" >/dev/null
	for ((round = 0; round < rounds; round++)); do
		take version "$BIN/bangerlog" --version || exit 1
		take trace "$BIN/bangerlog" trace "$op" || exit 1
		take ops "$BIN/bangerlog" ops -n 50 || exit 1
		take raw "$BIN/bangerlog" raw "$op" || exit 1
		take complete "$BIN/bangerlog" complete op "${op:0:7}" || exit 1
		for command in $extra; do
			case $command in
			why) take why "$BIN/bangerlog" why "$op" ;;
			stats) take stats "$BIN/bangerlog" stats ;;
			esac
		done
		# These take long: their medians are of fewer.
		((round % 5 == 0)) || continue
		[ -z "$duck" ] || {
			take duck_op node bench/duckdb_ask.mjs "$work/duck.db" \
				"SELECT * FROM record WHERE op_id = '$op'"
			take duck_ops node bench/duckdb_ask.mjs "$work/duck.db" \
				"SELECT op_id, max(time) t FROM record
				GROUP BY 1 ORDER BY 2 DESC LIMIT 50"
		}
		have rg "apt-get install ripgrep" && take rg rg -F "$op" "$file"
	done
	echo
	echo "$ops operations, $(wc -l <"$file") records; whole processes," \
		"medians of $rounds (of the slow peers $(((rounds + 4) / 5)))"
	echo
	echo '| | ms | best | worst | lines of answer |'
	echo '|---|--:|--:|--:|--:|'
	row trace '`bangerlog trace`'
	row ops '`bangerlog ops -n 50`'
	row raw '`bangerlog raw`'
	row why '`bangerlog why`'
	row stats '`bangerlog stats`'
	row complete '`bangerlog complete op`'
	row version '`bangerlog --version`: starting and ending'
	row duck_op 'DuckDB: rows of one op_id, by its index'
	row duck_ops 'DuckDB: the newest 50 op_ids'
	row rg '`rg -F op_id` over the log'
	echo
}
main

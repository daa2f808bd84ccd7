#!/bin/bash
# SPDX-License-Identifier: ISC
# What Perfetto makes of our trace events: TRACE_PROCESSOR is its
# trace_processor_shell, which has the importer that ui.perfetto.dev runs.
# Every operation of the test data alone, and all of them in one file: as many
# slices, threads and arrows as were written, under the names of both processes,
# and no word of its importer that anything was wrong.
. "$(dirname "$0")"/../run/harness.sh

[ -x "${TRACE_PROCESSOR:-}" ] ||
	fail "TRACE_PROCESSOR is to be Perfetto's trace_processor_shell"

# The rows of a query, without the titles and the quotes around text.
ask() {
	"$TRACE_PROCESSOR" -Q "$2" "$1" 2>"$T/err" | sed '1d; s/"//g'
}

# Holds what was imported of a file against what is in it.
count=0
check() {
	expect_eq "$(jq -r '.traceEvents | [map(select(.ph == "X")),
		map(select(.ph == "s")), (map(select(.ph == "X") | [.pid, .tid]) |
		unique)] | map(length) | join(",")' "$1")" \
		"$(ask "$1" 'SELECT (SELECT count(*) FROM slice),
		(SELECT count(*) FROM flow),
		(SELECT count(DISTINCT track_id) FROM slice)')" "$2: what came in"
	expect_eq "$(jq -r '[.traceEvents[] | select(.ph == "X") | .dur] |
		add // 0 | . * 1000 | round' "$1")" \
		"$(ask "$1" 'SELECT coalesce(sum(dur), 0) FROM slice')" "$2: its time"
	expect_eq "" "$(ask "$1" "SELECT name, value FROM stats WHERE value > 0
		AND severity <> 'info'")" "$2: complaints"
	expect_eq 0 "$(ask "$1" 'SELECT count(*) FROM slice JOIN thread_track
		ON track_id = thread_track.id LEFT JOIN thread USING (utid)
		LEFT JOIN process USING (upid) WHERE thread.name IS NULL OR
		process.name IS NULL')" "$2: slices of nobody"
	count=$((count + 1))
}

for log in "$DATA"/*.jsonl; do
	bangerlog index "$log" >/dev/null || fail "index $log"
done
bangerlog export --format chrome >"$T/all" || fail export
check "$T/all" "all"
expect_eq "banger-helper bangerd" "$(ask "$T/all" 'SELECT DISTINCT process.name
	FROM slice JOIN thread_track ON track_id = thread_track.id
	JOIN thread USING (utid) JOIN process USING (upid) ORDER BY 1' | xargs)" \
	"processes"
for id in $(bangerlog ops --all -n 0 --format json | jq -r .op_id); do
	bangerlog trace --format chrome "$id" >"$T/one" || fail "trace $id"
	check "$T/one" "$id"
done
echo "$count files, as they were written"

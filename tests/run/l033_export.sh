#!/bin/bash
# SPDX-License-Identifier: ISC
# export: many operations in forms that other programs read, and what these
# make of them is what the index says.
. "$(dirname "$0")"/harness.sh
GOLDEN=$TESTS/golden

for name in start.daemon start.helper failed two hostile ends markup; do
	bangerlog index "$DATA/$name.jsonl" >/dev/null || fail "index $name"
done
for format in csv prometheus; do
	bangerlog export --format $format >"$T/got" || fail $format
	[ -z "${BLESS:-}" ] || cp "$T/got" "$GOLDEN/export.$format"
	cmp -s "$T/got" "$GOLDEN/export.$format" ||
		fail "$format: $(diff "$GOLDEN/export.$format" "$T/got" | head)"
	LC_ALL=C grep -qP '[\x00-\x09\x0b-\x1f\x7f]' "$T/got" &&
		fail "$format: a control character"
done

# As trace has them, one by one, newest first; by the filter and the times.
expect_eq "$(bangerlog ops -n 0 --format json | jq -r .op_id |
	while read -r op; do bangerlog trace --format json "$op"; done)" \
	"$(bangerlog export)" "json"
expect_eq "$(bangerlog ops -q failed -S '2026-04-26 22:13:24 UTC' -n 2 \
	--format json | jq -r .op_id)" "$(bangerlog export -q failed \
	-S '2026-04-26 22:13:24 UTC' -n 2 | jq -r .op_id)" "filter"
expect_eq 1 "$(($(bangerlog export --all | wc -l) -
	$(bangerlog export | wc -l)))" "--all"

# CSV as SQLite reads it: as many rows and fields, and no formula.
csv() {
	sqlite3 :memory: ".import --csv $GOLDEN/export.csv t" "$1"
}
expect_eq "$(bangerlog ops -n 0 --format json | wc -l)|19" \
	"$(csv 'SELECT (SELECT count(*) FROM t),
	(SELECT count(*) FROM pragma_table_info("t"))')" "csv: rows and columns"
expect_eq "'=HYPERLINK(\"x\")" "$(csv 'SELECT vm_id FROM t
	WHERE op_id = "op-bad0000000000001"')" "csv: a formula"
expect_eq 0 "$(csv "SELECT count(*) FROM t WHERE error GLOB '[=+@-]*' OR
	code GLOB '[=+@-]*' OR vm_name GLOB '[=+@-]*'")" "csv: formulas"
expect_eq 0 "$(csv "SELECT count(*) FROM t WHERE duration_ms <> '' AND
	daemon_ms <> '' AND abs(duration_ms - daemon_ms - helper_ms -
	unaccounted_ms) > 0.0005")" "csv: the shares"

# Trace events: two at once are on two lanes.
bangerlog export --format chrome >"$T/chrome" || fail chrome
expect_eq '[1,2]' "$(jq -c '[.traceEvents[] | select(.cat == "operation" and
	(.args.op_id | startswith("op-aa"))) | .tid] | sort' "$T/chrome")" lanes
expect_eq 0 "$(jq '[.traceEvents[] | select(.cat == "operation")] |
	group_by(.tid)[] | sort_by(.ts) | . as $t | range(1; length) |
	select($t[. - 1].ts + $t[. - 1].dur > $t[.].ts)' "$T/chrome" |
	wc -l)" "operations on one lane at once"

# Calls of one operation at once are on threads beside each other, which have
# names: on one they would have to nest.
bangerlog index --db "$T/calls.db" "$DATA/top_history.jsonl" >/dev/null
bangerlog export --db "$T/calls.db" --format chrome >"$T/calls" || fail calls
expect_eq 0 "$(jq '[.traceEvents[] | select(.cat == "helper")] |
	group_by(.tid)[] | sort_by(.ts) | . as $t | range(1; length) |
	select($t[. - 1].ts + $t[. - 1].dur > $t[.].ts)' "$T/calls" |
	wc -l)" "calls of one thread at once"
expect_eq '["calls 1","calls 1 (2)","calls 2"]' "$(jq -c '[
	.traceEvents[] | select(.name == "thread_name" and .pid == 2) |
	.args.name] | map(select(contains("3") | not)) | sort' \
	"$T/calls")" "the threads of calls"
expect_eq '[]' "$(jq -c '.traceEvents | [.[] | select(.ph != "M") |
	[.pid, .tid]] - [.[] | select(.name == "thread_name") | [.pid, .tid]]' \
	"$T/calls")" "threads without a name"

expect_eq "$(bangerlog export | wc -l)" "$(bangerlog export --format otlp |
	jq -r '.resourceSpans[0].scopeSpans[0].spans[0].spanId' | sort -u |
	wc -l)" "otlp: a trace each"
jq -e . <<<"$(bangerlog export --format chrome -q 'vm = none')" >/dev/null ||
	fail "no operation, no trace events"

# Metrics count what the views count.
metric() {
	sed -n "s/^$1{\(.*\)} \(.*\)/\1 \2/p" "$GOLDEN/export.prometheus"
}
expect_eq "$(bangerlog sql "SELECT 'operation=\"' || coalesce(operation, '') ||
	'\",status=\"' || status || '\" ' || count(*) FROM ops WHERE status <>
	'running' AND operation IS NOT 'vm.list' GROUP BY operation, status" |
	sort)" "$(metric banger_operations_total | sort)" "operations"
expect_eq "$(bangerlog sql "SELECT 'method=\"' || method || '\",status=\"' ||
	status || '\" ' || count(*) FROM helper_calls GROUP BY method, status" |
	sort)" "$(metric banger_helper_calls_total | sort)" "calls"
expect_eq "$(bangerlog sql "SELECT count(*) FROM stages WHERE
	stage = 'vmm_launch' AND duration_ms <= 100")" \
	"$(metric banger_stage_duration_seconds_bucket |
		sed -n 's/.*"vmm_launch",le="0.1" //p')" "a bucket"
expect_eq "$(bangerlog sql "SELECT printf('%.6f', sum(duration_ms) / 1e3) FROM
	stages WHERE stage = 'vmm_launch'")" \
	"$(metric banger_stage_duration_seconds_sum |
		sed -n 's/.*"vmm_launch" //p')" "a sum"

# A file is there as a whole or not at all.
echo old >"$T/f.prom"
expect_status 0 bangerlog export --format prometheus --output "$T/f.prom"
cmp "$T/f.prom" "$GOLDEN/export.prometheus" || fail "--output"
mkdir "$T/d"
expect_status 1 bangerlog export --output "$T/d"
expect_match "putting $T/d in place" "$OUT" "a folder in its place"
expect_status 1 bangerlog export --output "$T/none/f"
expect_match "making $T/none/f: No such file" "$OUT" "no folder"
expect_eq "" "$(find "$T" -path "$T/d.*" -o -path "$T/f.prom.*")" \
	"what is left behind"
bangerlog export >/dev/full 2>"$T/err" && fail "a full disk is no failure"
expect_match 'writing standard output: No space left' "$(cat "$T/err")" full
expect_status 2 bangerlog export --format html
expect_match 'there are json, chrome, otlp, csv, prometheus' "$OUT" formats

# Labels come from the log: there is a bound to them.
seq 1500 | sed 's/.*/{"time":"2026-04-26T22:30:00Z","level":"INFO","msg":"operation completed","run":"ff","seq":&,"operation":"vm.x&","op_id":"op-f&","duration_ms":1}/' |
	bangerlog index --db "$T/many.db" - >/dev/null
bangerlog export --db "$T/many.db" --format prometheus >"$T/many.prom"
expect_eq 1001 "$(grep -c '^banger_operations_total' "$T/many.prom")" bound
expect_eq 500 "$(sed -n 's/^banger_operations_total{.*(other).*} //p' \
	"$T/many.prom")" "the others"

command -v promtool >/dev/null || skip "no promtool (package prometheus)"
for file in "$GOLDEN/export.prometheus" "$T/many.prom"; do
	got=$(promtool check metrics <"$file" 2>&1) || fail "promtool: $got"
	expect_eq "" "$got" "promtool"
done
printf '# TYPE a_total counter\na_total{x="\\y"} 1\n' |
	promtool check metrics >/dev/null 2>&1 && fail "promtool takes anything"
exit 0

#!/bin/bash
# SPDX-License-Identifier: ISC
# bangerlog blame: the time of all operations by where it went; the parts add
# up to the whole, with and without a filter.
. "$(dirname "$0")"/harness.sh

expect_status 69 bangerlog blame
bangerlog index "$DATA"/start.{daemon,helper}.jsonl >/dev/null || fail "index"
out=$(bangerlog blame)
expect_match '^[0-9]+ operations? took [0-9.]+s$' "$out" "the whole"
expect_match '^  daemon +[0-9]+\.[0-9]%  [0-9.]+m?s$' "$out" "the daemon's share"
expect_eq "$(bangerlog sql "SELECT stages.stage FROM stages JOIN ops USING (op_id)
	WHERE operation = 'vm.start' ORDER BY stages.duration_ms DESC LIMIT 1")" \
	"$(bangerlog blame --format json | jq -rs '.[1].stage')" "the longest first"
expect_eq "$(bangerlog sql "SELECT sum(duration_ms) FROM helper_calls")" \
	"$(bangerlog blame --format json | jq -s '.[0].helper_ms')" "the helper's"
expect_eq 2 "$(bangerlog blame -n 1 --format json | wc -l)" "so many places"

# All sorts of operations: each sum is that of the rows.
for name in failed hostile two torn clock-step journal; do
	bangerlog index "$DATA/$name.jsonl" >/dev/null || fail "index $name"
done
check() {
	local json

	json=$(bangerlog blame -n 0 --format json "$@") || fail "blame $*"
	expect_eq true "$(jq -s '.[0].total_ms as $all | .[0] |
		(.daemon_ms + .helper_ms + .unaccounted_ms + .unknown_ms - $all) |
		fabs < 0.01' <<<"$json")" "the parts are the whole, $*"
	expect_eq true "$(jq -s '[.[1:][] | select(.kind == "stage") |
		(.daemon_ms + .helper_ms - .total_ms | fabs) < 0.01 and
		.daemon_ms >= 0] | all' <<<"$json")" "of each stage too, $*"
}
check
check -q failed
check -q 'method = vm.start'
check -S '2026-04-26 22:13:04 UTC' -U '2026-04-26 22:30 UTC'
near() {
	jq -ne --argjson a "${1:-0}" --argjson b "${2:-0}" '($a - $b) | fabs < 0.01' >/dev/null ||
		fail "$3: $1 and $2"
}
json=$(bangerlog blame -n 0 --format json)
expect_eq true "$(jq -s '[.[1:][].total_ms] | . == (sort | reverse)' <<<"$json")" "order"
near "$(bangerlog sql "SELECT sum(s.duration_ms) FROM stages s JOIN op o USING
	(op_id) WHERE NOT reads AND status <> 'running'")" \
	"$(jq -s 'map(select(.kind == "stage").total_ms) | add' <<<"$json")" "stages"
near "$(bangerlog sql "SELECT sum(duration_ns) / 1e6 FROM op WHERE NOT reads
	AND status <> 'running'")" "$(jq -s '.[0].total_ms' <<<"$json")" "operations"
near "$(bangerlog sql "SELECT sum(duration_ms) FROM ops WHERE status = 'failed'")" \
	"$(bangerlog blame --format json -q failed | jq -s '.[0].total_ms')" "failed"
bangerlog blame | grep -qP '[\x00-\x08\x0b-\x1f\x7f]' && fail "a control character"
expect_eq "" "$(bangerlog blame -S 2020-01-01 -U 2020-01-02)" "nothing there"
expect_eq 0 "$(bangerlog blame -S 2020-01-01 -U 2020-01-02 --format json | jq .n)" "says so"

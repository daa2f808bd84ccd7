#!/bin/bash
# SPDX-License-Identifier: ISC
# A log cut in mid-line, with plain text between the JSON, or empty: what can
# be read is indexed, the rest is counted and said.
. "$(dirname "$0")"/harness.sh

cp "$DATA"/torn.jsonl "$T/log"
got=$(bangerlog index --format json "$T/log") || fail "index"
expect_eq '[10,1,4,1,1,0,11,1]' "$(jq -c '[.records, .operations, .text, .bad,
	.torn, .duplicates, .lines, .blank]' <<<"$got")" "torn"
expect_match '4 text, 1 bad, 1 torn' \
	"$(bangerlog index --db "$T/other.db" "$T/log")" "the summary"
json=$(bangerlog trace --format json op-7)
expect_eq '["running",null,5,false,["validate","vmm_launch"]]' "$(jq -c \
	'[.status, .duration_ms, .records, .complete, [.stages[].stage]]' \
	<<<"$json")" "cut off"
expect_match '1 line of it could not be read' \
	"$(jq -r '.completeness[]' <<<"$json")" "the bad line"
expect_match 'incomplete: it has not ended yet' "$(bangerlog trace op-7)" text

# The rest of the line comes: the torn row gives way to the whole one.
cat "$DATA"/torn.rest >>"$T/log"
got=$(bangerlog index --format json "$T/log")
expect_eq '[1,0]' "$(jq -c '[.records, .torn]' <<<"$got")" "mended"
expect_eq '["completed",60]' "$(bangerlog trace --format json op-7 |
	jq -c '[.status, .duration_ms]')" "completed"

# A failure in a stage whose line is missing still says where.
cat >"$T/hole" <<'END'
{"time":"2026-04-26T22:13:34Z","level":"INFO","msg":"operation started","operation":"vm.stop","op_id":"op-401e"}
{"time":"2026-04-26T22:13:35Z","level":"ERROR","msg":"operation failed","op_id":"op-401e","duration_ms":1000,"error":"größer 日本","code":"timeout","stage":"wait_exit"}
END
bangerlog index "$T/hole" >/dev/null
expect_match '^! in stage wait_exit, whose line is missing$' \
	"$(bangerlog trace --ascii op-401e)" "a lost stage"
expect_eq '["no line of stage wait_exit"]' "$(bangerlog trace --format json \
	op-401e | jq -c .completeness)" "and that it is missing"
expect_match '"error":"größer 日本","code":"timeout","failed_stage":"wait_exit"' \
	"$(bangerlog trace --format json op-401e)" "text stays text"

got=$(bangerlog index --format json "$DATA"/empty.jsonl) || fail "empty"
expect_eq '[0,0,0]' "$(jq -c '[.records, .lines, .bytes]' <<<"$got")" "empty"
printf 'no newline' >"$T/text"
got=$(bangerlog index --format json "$T/text")
expect_eq '[1,1,0]' "$(jq -c '[.records, .text, .torn]' <<<"$got")" "one text"

#!/bin/bash
# SPDX-License-Identifier: ISC
# bangerlog audit: each thing that is wrong is named once, with the time and who
# it is about; exit status 1 with any, 0 without.
. "$(dirname "$0")"/harness.sh

bangerlog index "$DATA"/start.{daemon,helper}.jsonl >/dev/null || fail "index"
expect_status 0 bangerlog audit
expect_eq "nothing is wrong" "$OUT" "a clean log"
expect_status 0 bangerlog audit --format json
expect_eq "" "$OUT" "and as JSON"

seq=0
# line TIME REST…: of bangerd, a line that has its number.
line() {
	seq=$((seq + 1))
	printf '{"time":"2026-05-02T%s","level":"INFO","run":"ad0","seq":%d,%s}\n' \
		"$1" $seq "$2" >>"$T/log"
}
ev() {
	line "$1" "\"msg\":\"operation $2\",\"operation\":\"vm.start\",\"op_id\":\"op-$3\"${4:-}"
}
# Ordinary, canceled, failed, and closed by a restart: nothing is wrong.
ev 10:00:00Z started aaaaaaaa00000001
ev 10:00:01Z completed aaaaaaaa00000001 ',"duration_ms":5'
ev 10:00:02Z started aaaaaaaa00000002
ev 10:00:03Z failed aaaaaaaa00000002 ',"code":"canceled","error":"x","duration_ms":5'
ev 10:00:02Z started aaaaaaaa00000003
ev 10:00:03Z failed aaaaaaaa00000003 ',"error":"x","duration_ms":5'
ev 10:00:04Z started aaaaaaaa00000004
ev 10:00:05Z failed aaaaaaaa00000004 ',"code":"interrupted","error":"x"'
bangerlog index "$T/log" >/dev/null || fail "index ordinary ones"
expect_status 0 bangerlog audit

# Lost; a call without an operation, in two ways; two ends; a gap.
ev 10:01:00Z started bbbbbbbb00000001
printf '{"time":"2026-05-02T10:02:00Z","level":"INFO","msg":"helper rpc completed","run":"e0","seq":1,"method":"nat.apply","op_id":"op-bbbbbbbb00000002","call":1,"duration_ms":2}
{"time":"2026-05-02T10:02:01Z","level":"INFO","msg":"helper rpc failed","run":"e0","seq":2,"method":"nat.apply","call":1,"duration_ms":2}\n' >>"$T/log"
ev 10:03:00Z started bbbbbbbb00000003
ev 10:03:01Z completed bbbbbbbb00000003 ',"duration_ms":5'
ev 10:03:02Z failed bbbbbbbb00000003 ',"duration_ms":5'
seq=$((seq + 7))
line 11:59:00Z '"msg":"something else"'
# Another unit says what bangerd would say; and what is of no interest.
for message in '{"msg":"operation completed","op_id":"op-bbbbbbbb00000001","x":"'$'\e''[31m"}' '{"msg":"hello"}' 'text "op_id"'; do
	jq -cn --arg m "$message" '{__REALTIME_TIMESTAMP: "1777725000000000",
		_BOOT_ID: "7c1e0f6b52d94a3f8e60b1d2c3a4f596", _TRANSPORT: "stdout",
		__MONOTONIC_TIMESTAMP: "1", _SYSTEMD_UNIT: "evil.service", MESSAGE: $m}'
done >"$T/journal"
bangerlog index "$T/log" >/dev/null || fail "index what is wrong"
bangerlog index "$T/journal" >/dev/null || fail "index the journal"

expect_status 1 bangerlog audit --format json
expect_eq '["call_without_operation","op-bbbbbbbb00000002",null,"lost",1,"2026-05-02T10:02:00Z"]
["call_without_operation",null,null,"helper rpc failed",1,"2026-05-02T10:02:01Z"]
["no_end","op-bbbbbbbb00000001",null,"lost",1,"2026-05-02T10:01:00Z"]
["two_ends","op-bbbbbbbb00000003",null,"completed",3,"2026-05-02T10:03:00Z"]
["foreign",null,"evil.service","{\"msg\":\"operation completed\",\"op_id\":\"op-bbbbbbbb00000001\",\"x\":\"\u001b[31m\"}",1,"2026-05-02T12:30:00Z"]
["gap",null,"bangerd","seq",7,"2026-05-02T11:59:00Z"]' \
	"$(jq -c '[.kind, .op_id, .unit, .detail, .lines, .first]' <<<"$OUT")" "all of it"
expect_status 1 bangerlog audit
text=$OUT
for title in 'helper calls without an operation' 'operations without an end' \
	'operations with several ends' 'lines of other units that look like ours' \
	'lines that are missing'; do
	expect_eq 1 "$(grep -cx "$title:" <<<"$text")" "$title"
done
expect_match '^2026-05-02 10:01:00 +1  op-bbbbbbbb00000001  vm.start +lost$' "$text" "a row"
grep -qP '[\x00-\x08\x0b-\x1f\x7f]' <<<"$text" && fail "a control character"

# Of a window, and of some operations only.
expect_status 0 bangerlog audit -U '2026-05-02 10:00:30 UTC'
expect_status 1 bangerlog audit -S '2026-05-02 11:00 UTC' --format json
expect_eq 'foreign gap' "$(jq -r .kind <<<"$OUT" | tr '\n' ' ' | sed 's/ $//')" "of a window"
expect_status 1 bangerlog audit -q conflict --format json
expect_eq two_ends "$(jq -r .kind <<<"$OUT")" "of a filter"
expect_status 0 bangerlog audit -q 'vm = nobody'
expect_status 2 bangerlog audit -S nonsense

# What is missing comes later: the gap closes.
seq=$((seq - 8))
for i in 1 2 3 4 5 6 7; do
	line 11:58:0${i}Z '"msg":"something else"'
done
bangerlog index "$T/log" >/dev/null || fail "index the rest"
expect_status 0 bangerlog audit -S '2026-05-02 11:00 UTC' -U '2026-05-02 12:00 UTC'

#!/bin/bash
# SPDX-License-Identifier: ISC
# What the statistics say of operations of every kind (ordinary, failed,
# canceled, interrupted, lost, incomplete, hostile), to the letter.
# BLESS=1 writes the golden file anew.
. "$(dirname "$0")"/harness.sh
golden=$TESTS/golden/statistics.txt

for name in start.daemon start.helper failed hostile two torn clock-step \
	journal top_flight; do
	bangerlog index "$DATA/$name.jsonl" >/dev/null || fail "index $name"
done
# One that its client canceled, and one that nothing was heard of any more.
cat >"$T/log" <<'END'
{"time":"2026-04-26T20:00:00Z","level":"INFO","msg":"operation started","run":"90","seq":1,"operation":"vm.start","op_id":"op-9900000000000001","vm_name":"web-7","image_name":"tiny"}
{"time":"2026-04-26T20:00:00.01Z","level":"INFO","msg":"operation stage","run":"90","seq":2,"operation":"vm.start","op_id":"op-9900000000000001","stage":"boot","since_start_ms":10}
{"time":"2026-04-26T20:00:01Z","level":"INFO","msg":"operation failed","run":"90","seq":3,"operation":"vm.start","op_id":"op-9900000000000001","code":"canceled","error":"canceled by the client","duration_ms":1000}
{"time":"2026-04-26T20:00:02Z","level":"INFO","msg":"operation started","operation":"vm.start","op_id":"op-9900000000000002","vm_name":"web-7","image_name":"tiny"}
END
bangerlog index "$T/log" >/dev/null || fail "index"
{
	for command in 'stats' 'stats --by stage' 'stats --by helper' \
		'stats --by vm' 'stats --by image' 'blame -n 8' errors \
		'errors --format json' audit 'audit --format json' \
		'stats --format json' 'blame -n 3 --format json'; do
		echo "\$ bangerlog $command"
		# shellcheck disable=SC2086
		bangerlog $command
		echo
	done
} >"$T/got" 2>&1
[ -z "${BLESS:-}" ] || cp "$T/got" "$golden"
diff -u "$golden" "$T/got" || fail "it says something else"
for status in completed failed canceled interrupted lost running; do
	expect_match "$status" "$(bangerlog ops -a -n 0)" "a $status one is there"
done

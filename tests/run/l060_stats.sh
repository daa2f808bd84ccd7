#!/bin/bash
# SPDX-License-Identifier: ISC
# bangerlog stats: figures from the summaries are those of the operations, over
# any window; percentiles only where the samples carry them; two windows side
# by side, and a word only where both matter.
. "$(dirname "$0")"/harness.sh

# Operations over five hours; in the last two, one kind is 40 ms slower, one 3 ms.
awk 'BEGIN {
	srand(7)
	for (i = 0; i < 600; i++) {
		at = 1777240800 + i * 30 # 2026-04-26T22:00:00Z
		cmd = sprintf("%02d:%02d:%02d", int(at / 3600) % 24, int(at / 60) % 60, at % 60)
		day = at < 1777248000 ? "2026-04-26" : "2026-04-27"
		t = day "T" cmd
		name = i % 3 ? "vm.start" : "vm.stop"
		slow = i < 360 ? 0 : name == "vm.start" ? 40 : 3
		boot = 100 + int(rand() * 40) + slow
		fail = i % 50 == 1
		head = "{\"time\":\"" t ".%03dZ\",\"level\":\"INFO\",\"msg\":\"%s\",\"run\":\"d0d0d0d0\",\"seq\":%d,\"op_id\":\"" sprintf("op-%016x", i + 4096) "\""
		printf head ",\"operation\":\"%s\",\"vm_name\":\"web-%d\",\"image_name\":\"tiny\"}\n", 0, "operation started", ++s, name, i % 20
		printf head ",\"stage\":\"validate\",\"since_start_ms\":1}\n", 1, "operation stage", ++s
		printf head ",\"stage\":\"boot\",\"since_start_ms\":10}\n", 10, "operation stage", ++s
		printf head ",\"method\":\"nat.apply\",\"call\":1,\"duration_ms\":%d}\n", 30, "helper rpc completed", ++s, 5 + i % 7
		printf head ",\"duration_ms\":%d%s}\n", 500, fail ? "operation failed" : "operation completed", ++s, 10 + boot, fail ? ",\"error\":\"no\",\"stage\":\"boot\"" : ""
	}
}' >"$T/log"
bangerlog index "$T/log" >/dev/null || fail index

# The same from the operations themselves (a filter that all match), and from
# the summaries; percentiles within 1.6 %.
compare_figures() {
	local exact sum

	exact=$(bangerlog stats --format json -q 'records > 0' "$@") || fail "$*"
	sum=$(bangerlog stats --format json "$@") || fail "$*"
	expect_eq "$(jq -c 'del(.p50_ms, .p90_ms, .p99_ms, .spread_ms, .exact)' <<<"$exact")" \
		"$(jq -c 'del(.p50_ms, .p90_ms, .p99_ms, .spread_ms, .exact)' <<<"$sum")" \
		"what is exact, of $*"
	jq -ne --argjson a "$(jq -s . <<<"$exact")" --argjson b "$(jq -s . <<<"$sum")" '
		def near($x; $y): $x == $y or ($x != null and $y != null and
			(($x - $y) | fabs) <= $x * 0.016);
		[range($a | length) | . as $i |
			near($a[$i].p50_ms; $b[$i].p50_ms) and
			near($a[$i].p90_ms; $b[$i].p90_ms) and
			near($a[$i].p99_ms; $b[$i].p99_ms)] | all' >/dev/null ||
		fail "percentiles of $*: $exact and $sum"
}
for by in operation stage helper image; do
	compare_figures --by $by
	compare_figures --by $by -S '2026-04-26 22:20:10 UTC'
	compare_figures --by $by -U '2026-04-27 01:40:30 UTC'
	compare_figures --by $by -S '2026-04-26 22:59:30 UTC' -U '2026-04-27 00:00:30 UTC'
	compare_figures --by $by -S '2026-04-26 23:10 UTC' -U '2026-04-26 23:50 UTC'
	compare_figures --by $by -S '2026-04-26 23:00 UTC' -U '2026-04-27 01:00 UTC'
done

# Figures that are known.
expect_eq '["vm.start",400,8,false]
["vm.stop",200,4,false]' "$(bangerlog stats --format json |
	jq -c '[.operation, .n, .failed, .exact]')" "n"
expect_eq 200 "$(bangerlog sql "SELECT count(*) FROM ops WHERE operation = 'vm.stop'")" "ops"
expect_eq 30 "$(bangerlog stats --by vm --format json |
	jq -s 'map(select(.vm_name == "web-0").n) | add')" "by vm"

# Too few: no percentile.
few=$(bangerlog stats -q 'vm = web-0' -S '2026-04-26 22:00 UTC' -U '2026-04-26 22:35 UTC')
expect_match '^vm\.start +[2-9] +[0-9]+ +[0-9.]+ms +- +- +[0-9.]+ms' "$few" "p50 only"
one=$(bangerlog stats -U '2026-04-26 22:00:01 UTC')
expect_match '^vm\.stop +1 +0 +- +- +- +[0-9.]+ms +-$' "$one" "of one nothing but itself"
tens=$(bangerlog stats -q 'method = vm.stop' -U '2026-04-26 22:14:01 UTC')
expect_match '^vm\.stop +10 +[01] +[0-9.]+ms +[0-9.]+ms +- ' "$tens" "p90 of 10"

# Two windows: only what changed has a word.
cmp=$(bangerlog stats --by stage -S '2026-04-27 01:00 UTC' --compare 3h)
expect_match '^vm\.start +boot .*\+[34][0-9].*ms +\+[0-9]+%  slower *$' "$cmp" "slower"
expect_match '^vm\.stop +boot .*[mu]s +[+-][0-9]+% *$' "$cmp" "the same"
expect_eq 1 "$(grep -cE 'slower|faster' <<<"$cmp")" "one word"
two=$(bangerlog stats --by stage -U '2026-04-27 00:59 UTC' \
	--compare '2026-04-27 01:00 UTC..2026-04-27 03:00 UTC' --format json)
expect_eq '["faster","vm.start","boot"]' "$(jq -c 'select(.verdict != null) |
	[.verdict, .operation, .stage]' <<<"$two")" "the other way round"
expect_eq true "$(jq -s 'map(.p50_change_ms < 0 or .verdict == null) | all' <<<"$two")" "sign"
alone=$(bangerlog stats -S '2026-04-27 01:00 UTC' \
	--compare '2020-01-01..2020-01-02' --format json | head -n 1)
expect_eq '{"n":0,"p50":null,"change":null,"verdict":null}' "$(jq -c '{n: .before.n,
	p50: .before.p50_ms, change: .p50_change_ms, verdict}' <<<"$alone")" "nothing before"

# For cron; and from one version of bangerd to the next, however often it began.
expect_status 1 bangerlog stats --by stage -S '2026-04-27 01:00 UTC' --compare 3h --slower
expect_status 0 bangerlog stats --by stage -U '2026-04-27 00:59 UTC' \
	--compare '2026-04-27 01:00 UTC..2026-04-27 03:00 UTC' --slower
expect_status 2 bangerlog stats --slower
start() { # TIME RUN VERSION
	printf '{"time":"2026-04-%sZ","level":"INFO","msg":"daemon started","run":"%s","seq":1,"version":"%s","pid":7}\n' "$@"
}
{
	start 26T21:00:00 ea1 0.8
	start 26T23:30:00 ea2 0.9
	start 27T00:10:00 ea3 0.9
} >"$T/starts"
expect_status 1 bangerlog stats --compare version
expect_match 'no start of bangerd of another version' "$OUT" "none"
bangerlog index "$T/starts" >/dev/null || fail "index starts"
start 27T01:00:00 ea4 1.0 >"$T/start"
start 27T01:30:00 ea5 1.0 >>"$T/start"
bangerlog index "$T/start" >/dev/null || fail "index start"
cmp=$(bangerlog stats --by stage --compare version --format json)
expect_eq '[160,120,"slower"]' "$(jq -c 'select(.operation == "vm.start" and
	.stage == "boot") | [.n, .before.n, .verdict]' <<<"$cmp")" "by version"
expect_status 1 bangerlog stats --by stage --compare version --slower

# Mistakes.
for bad in 7 x '..' 'now..' 'now..yesterday' -1d; do
	expect_status 2 bangerlog stats --compare="$bad"
done
expect_status 2 bangerlog stats --by colour
expect_status 2 bangerlog stats -q 'tok > 2s'

# Names from a log do not reach the terminal.
bangerlog index "$DATA"/hostile.jsonl >/dev/null || fail "index hostile"
for by in operation stage helper vm image; do
	for format in text json; do
		bangerlog stats --by $by --format $format | grep -qP '[\x00-\x08\x0b-\x1f\x7f]' &&
			fail "a control character, --by $by $format"
	done
done
# Lists that are not written as usual are read all the same: names with an
# escape, none, brackets and commas in them, and more stages than most have.
odd='"run":"0dd0","operation":"vm.start","op_id":"op-0dd0000000000001"'
{
	echo "{\"time\":\"2026-04-26T23:30:00Z\",\"level\":\"INFO\",\"msg\":\"operation started\",\"seq\":1,$odd}"
	seq=1
	for stage in 'a\"b' 'c\\\\' '],[' '' 'ä,1,2,0]'; do
		seq=$((seq + 1))
		printf '{"time":"2026-04-26T23:30:00.%03dZ","level":"INFO","msg":"operation stage","seq":%d,%s,"stage":"%s","since_start_ms":%d}\n' \
			$seq $seq "$odd" "$stage" $seq
		printf '{"time":"2026-04-26T23:30:00.%03dZ","level":"INFO","msg":"helper rpc completed","seq":%d,%s,"method":"m%s","call":%d,"duration_ms":0.5}\n' \
			$seq $((seq + 1000)) "$odd" "$stage" $seq
	done
	echo "{\"time\":\"2026-04-26T23:30:01Z\",\"level\":\"INFO\",\"msg\":\"operation completed\",\"seq\":2000,$odd,\"duration_ms\":1000}"
	odd=${odd//0001/0002}
	echo "{\"time\":\"2026-04-26T23:30:00Z\",\"level\":\"INFO\",\"msg\":\"operation started\",\"seq\":3001,$odd}"
	echo "{\"time\":\"2026-04-26T23:30:00.1Z\",\"level\":\"INFO\",\"msg\":\"operation stage\",\"seq\":3002,$odd,\"stage\":\"],[\",\"since_start_ms\":100}"
	for seq in $(seq 300); do
		printf '{"time":"2026-04-26T23:30:00.%03dZ","level":"INFO","msg":"operation stage","seq":%d,%s,"stage":"%d","since_start_ms":%d}\n' \
			$((100 + seq)) $((3002 + seq)) "$odd" $seq $((100 + seq))
	done
	echo "{\"time\":\"2026-04-26T23:30:01Z\",\"level\":\"INFO\",\"msg\":\"operation completed\",\"seq\":3500,$odd,\"duration_ms\":1000}"
} >"$T/odd"
bangerlog index "$T/odd" >/dev/null || fail "index odd"
expect_eq 2 "$(bangerlog stats --by stage --format json -q 'took = 1s' |
	jq 'select(.stage == "],[").n')" "a stage in two operations"
expect_eq 1 "$(bangerlog stats --by stage --format json -q 'took = 1s' |
	jq 'select(.stage == "150").n')" "the last of many"
for by in operation stage helper image; do
	compare_figures --by $by
done

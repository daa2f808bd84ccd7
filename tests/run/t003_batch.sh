#!/bin/bash
# SPDX-License-Identifier: ISC
# bangertop for scripts (-b, csv, json), other sources, settings, and a log
# that is played back.
. "$(dirname "$0")/harness.sh"

NOW=2026-03-01T10:03:00Z
LOG=$DATA/top_history.jsonl
export XDG_CONFIG_HOME=$T/config
cd "$T" || exit 1

frame() {
	bangertop --once --file "$LOG" --now $NOW "$@"
}

# ---- JSON and CSV ------------------------------------------------------------

json=$(frame --format json)
expect_eq counts,ended,errors,helper,in_flight,now,source,stages \
	"$(jq -r 'keys | join(",")' <<<"$json")" "the keys of a frame"
expect_eq "stuck stuck 24" "$(jq -r '.in_flight[0] |
	"\(.vm_name) \(.state) \(.eta_n)"' <<<"$json")" "the first in flight"
expect_eq 'vm.start null 29 24 3023 3769 null' "$(jq -r '.stages[] |
	select(.operation == "vm.start" and .stage == null) | "\(.operation) " +
	"\(.stage) \(.count) \(.n) \(.p50_ms) \(.p90_ms) \(.p99_ms)"' \
	<<<"$json")" "figures of vm.start"
expect_eq '3 tap bgr<n> is busy: <path>: held by pid <n>' "$(jq -r '.errors[] |
	select(.code == "busy") | "\(.count) \(.error)"' <<<"$json")" "a family"
expect_eq 'tap.create 27 3' "$(jq -r '.helper[0] |
	"\(.method) \(.count) \(.failed)"' <<<"$json")" "a helper's method"
csv=$(frame --format csv)
expect_eq "$(jq '[.in_flight[], .ended[]] | length + 1' <<<"$json")" \
	"$(wc -l <<<"$csv")" "lines of CSV"
expect_match '^now,op_id,operation,status,state,' "$csv" "its head"
expect_eq 16 "$(sed 's/"[^"]*"//g; s/[^,\n]//g' <<<"$csv" | awk '{ print length }' |
	sort -u)" "commas in each line of CSV, but for those in quotes"
expect_eq 1 "$(frame --format csv -q 'vm = slow' | grep -c ',slow,')" "a filter"
expect_eq 2 "$(frame --format csv -q 'vm = slow' | wc -l)" "and nothing else"
expect_eq slow "$(frame --format json -q 'vm ~ "^s"' --sort vm |
	jq -r '.in_flight[0].vm_name')" "sorted"
expect_eq stuck "$(frame --format json -q 'vm ~ "^s"' --sort vm --invert |
	jq -r '.in_flight[0].vm_name')" "and turned round"
expect_match '^> +40s +1 vm.start' "$(frame --view errors)" "a view"
expect_eq "" "$(frame --view stages --ascii | LC_ALL=C tr -d '\n -~')" "ASCII"

# Frames go on with what is written, and end with their number, or their pipe.
cp "$LOG" grow
bangertop -b -n 200 -d 50ms --format json --file grow >frames &
pid=$!
end_frames() {
	kill $pid 2>/dev/null
	return 0
}
at_exit end_frames
have_frame() {
	tail -n 1 frames | jq -e "$1" >/dev/null
}
wait_for "a first frame" have_frame '.counts.lines == 333'
sed 's/op-0000000000000029/op-00000000000000aa/' <<<"$(grep -m1 \
	op-0000000000000029 "$LOG")" >>grow
wait_for "the line that came" have_frame '.counts.lines == 334 and
	(.in_flight + .ended | any(.op_id == "op-00000000000000aa"))'
kill $pid
wait_for "the first of endless frames" timeout 10 bash -c \
	"bangertop -b -d 10ms --file $T/grow | head -n 1"

# ---- other sources -----------------------------------------------------------

bangerlog index "$LOG" >/dev/null || fail "indexing"
expect_eq "$(jq -c '.in_flight' <<<"$json")" "$(bangertop --once --format json \
	--now $NOW --db "$BANGERLOG_DB" | jq -c .in_flight)" "from an index"
expect_status 1 bangertop --once --db none.db
expect_eq "$(jq -c '.in_flight' <<<"$json")" "$(bangertop --once --format json \
	--now $NOW - <"$LOG" | jq -c .in_flight)" "from a pipe"

# ---- played back -------------------------------------------------------------

got=$(bangertop -b --replay -d 1s --speed 30 --at '2026-03-01 10:00:20 UTC' \
	--format json --file "$LOG" | jq -r '.now + " " +
	(.counts | "\(.in_flight) \(.completed) \(.failed)")')
expect_eq '2026-03-01T10:00:20Z 0 5 1
2026-03-01T10:00:50Z 1 12 1
2026-03-01T10:01:20Z 0 20 1
2026-03-01T10:01:50Z 1 28 1' "$(head -n 4 <<<"$got")" "half a minute a frame"
expect_eq '5 33 6' "$(tail -n 1 <<<"$got" | cut -d' ' -f2-)" "its end"
expect_eq "$(tail -n 1 <<<"$got" | cut -d' ' -f2-)" "$(bangertop -b --replay \
	-d 1s --speed 30 --db "$BANGERLOG_DB" --format json | tail -n 1 |
	jq -r '.counts | "\(.in_flight) \(.completed) \(.failed)"')" \
	"the same of an index"
: >empty
expect_status 1 bangertop -b --replay --file empty
expect_match 'no lines to play back' "$OUT" "nothing to play back"

# ---- settings ----------------------------------------------------------------

mkdir -p config/banger
printf '# mine\nview = stages\n theme = mono \nascii = yes\nsort=vm\n\n' \
	>config/banger/bangertop.conf
expect_match '^> image.reg.* \(all of it\)' "$(frame)" "a view that is set"
expect_match '^> +40s' "$(frame -V errors)" "an option that overrides it"
echo 'colour = red' >>config/banger/bangertop.conf
expect_status 1 frame
expect_match 'bangertop.conf:7: "colour" is not known; there are theme,' \
	"$OUT" "what is wrong with a setting"
rm config/banger/bangertop.conf

# ---- what is refused ---------------------------------------------------------

for args in "-b -d 1ms" "-b -d soon" "-b -n -1" "--once --view x" \
	"--once --theme x" "--once --sort x" "--at now" "--replay --at never" \
	"--replay --speed 0" "--once --db a b" "-n 3"; do
	# shellcheck disable=SC2086
	expect_status 2 bangertop $args "$LOG"
done
expect_status 2 frame -q 'took > '
expect_match 'column 7|column 8' "$OUT" "where a filter is wrong"

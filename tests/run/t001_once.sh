#!/bin/bash
# SPDX-License-Identifier: ISC
# bangertop --once: the frame as text and as JSON, of what a file holds.
. "$(dirname "$0")/harness.sh"

# The README shows a frame that is what is printed.
expect_eq "$(cd "$TESTS/.." && bangertop --once --size 80x17 \
	--file tests/data/top_history.jsonl --now 2026-03-01T10:03:00Z)" \
	"$(sed -n '/^\$ bangertop$/,/^```$/p' "$TESTS/../README.md" | sed '1d;$d')" \
	"the README's frame"

NOW=2026-03-01T10:00:32Z
cd "$DATA" || fail "no $DATA"

frame() {
	bangertop --once --file "$1" --now "${NOW_OF:-$NOW}" "${@:2}"
}

# No control byte but the newline, in UTF-8 or as C1, and no line too wide.
expect_tame() {
	expect_eq "" "$(LC_ALL=C tr -d '\n' <<<"$1" |
		LC_ALL=C grep -aoP '[\x00-\x1f\x7f]|\xc2[\x80-\x9f]' | xxd -p)" \
		"control bytes in $3"
	iconv -f UTF-8 -t UTF-8 <<<"$1" >/dev/null || fail "$3: not UTF-8"
	[ "$(wc -L <<<"$1")" -le "$2" ] || fail "$3: a line is wider than $2"
}

# ---- the grid ----------------------------------------------------------------

want=$(cat <<'END'
 bangertop   2 in flight   2 completed, 2/min   1 failed, 1/min       10:00:32Z
 21 lines   1 bad   3 dropped   top_flight.jsonl

  IN FLIGHT  VM       STAGE          # ELAPSED IN STAGE ETA (50-90%)   STATE
  vm.start   web-1    qmp_hands…     3    4.0s     2.0s no history     running
  image.reg… debian   -              -    1.5s     1.5s no history     running

  JUST ENDED VM       LAST STAGE STATUS         TOOK     AGO
  vm.stop    db-1     -          completed   200.5ms      0s
 !vm.start   old-1    wait_agent failed      11.000s     20s
    guest agent did not answer within 10 s; inspect /var/log/banger/old-1/cons…
END
)
expect_eq "$want" "$(frame top_flight.jsonl --width 80)" "the frame of 80 columns"

want=$(cat <<'END'
 2 in flight   2 ok, 2/min   1 failed
 21 lines   1 bad   3 dropped   top_fl~

  IN FLIGHT  VM      STAGE      ELAPSED
  vm.start   web-1   qmp_hands~    4.0s
  image.reg~ debian  -             1.5s
  JUST ENDED   VM           STATUS
  vm.stop      db-1         completed
 !vm.start     old-1        failed
    guest agent did not answer within ~
END
)
expect_eq "$want" "$(frame top_flight.jsonl --size 40x10 --ascii)" \
	"the frame of 40x10 in ASCII"
expect_eq "$want" "$(LC_ALL=C frame top_flight.jsonl --size 40x10)" \
	"the same where the locale knows no more"
expect_match '^39x10: needs 40x6' "$(frame top_flight.jsonl --size 39x10)" \
	"a screen that is too small"

# More rows than lines: both lists keep a part, and say so.
for i in $(seq 10 49); do
	printf '{"time":"2026-03-01T10:00:%s.5Z","level":"INFO","msg":"%s",' \
		"$i" "operation started"
	printf '"operation":"vm.start","op_id":"op-%s","vm_name":"n%s"}\n' "$i" "$i"
	[ "$i" -lt 30 ] && continue
	printf '{"time":"2026-03-01T10:00:%s.6Z","level":"INFO","msg":"%s",' \
		"$i" "operation failed"
	printf '"operation":"vm.start","op_id":"op-%s","error":"e%s"}\n' "$i" "$i"
done >"$T/many.jsonl"
got=$(frame "$T/many.jsonl" --size 80x24)
expect_eq 24 "$(wc -l <<<"$got")" "lines of 80x24"
expect_match '^  1 to 1[0-9] of 20' "$got" "the part of those in flight"
expect_match '^  1 to [0-9] of 20' "$(tail -n 1 <<<"$got")" "the part of the ended"
expect_match '20 in flight .* 20 failed' "$got" "the counts"
expect_eq 20 "$(frame "$T/many.jsonl" | grep -c '^ !vm.start')" \
	"failures in a frame that is as high as it takes"

# ---- JSON --------------------------------------------------------------------

json=$(frame top_flight.jsonl --format json)
expect_eq 1 "$(wc -l <<<"$json")" "lines of JSON"
expect_eq "$NOW" "$(jq -r .now <<<"$json")" "now"
expect_eq '["top_flight.jsonl"]' "$(jq -c .source <<<"$json")" "source"
want='{"op_id":"op-00000000000000a1","operation":"vm.start","vm_id":"vm-01"'
want+=',"vm_name":"web-1","stage":"qmp_handshake","stage_index":3,"stages":0'
want+=',"started":"2026-03-01T10:00:28Z","elapsed_ms":4000'
want+=',"stage_elapsed_ms":2000,"helper_calls":2,"state":"running"'
want+=',"eta_p50_ms":null,"eta_p90_ms":null,"eta_n":0}'
expect_eq "$want" "$(jq -c '.in_flight[0]' <<<"$json")" "the first in flight"
want='{"op_id":"op-00000000000000b2","operation":"image.register","vm_id":null'
want+=',"vm_name":null,"stage":null,"stage_index":0,"stages":0'
want+=',"started":"2026-03-01T10:00:30.5Z","elapsed_ms":1500'
want+=',"stage_elapsed_ms":1500,"helper_calls":0,"state":"running"'
want+=',"eta_p50_ms":null,"eta_p90_ms":null,"eta_n":0}'
expect_eq "$want" "$(jq -c '.in_flight[1]' <<<"$json")" "the second in flight"
expect_eq 2 "$(jq '.in_flight | length' <<<"$json")" "how many are in flight"
want='{"op_id":"op-00000000000000e5","operation":"vm.stop","status":"completed"'
want+=',"vm_id":"vm-02","vm_name":"db-1","stage":null,"duration_ms":200.5'
want+=',"error":null}'
expect_eq "$want" "$(jq -c '.ended[0]' <<<"$json")" "what ended last"
expect_eq 'failed wait_agent 11000' "$(jq -r \
	'.ended[1] | "\(.status) \(.stage) \(.duration_ms)"' <<<"$json")" \
	"the failure"
expect_match '^guest agent did .*; inspect /var/log' \
	"$(jq -r '.ended[1].error' <<<"$json")" "its error"

# Of an earlier time no number is negative; far later only the failure stays.
expect_eq '[0,0]' "$(NOW_OF=2026-03-01T09:00:00Z frame top_flight.jsonl \
	--format json | jq -c '[.in_flight[].elapsed_ms]')" "elapsed before it began"
expect_eq '["failed"]' "$(NOW_OF=2026-03-02T09:00:00Z frame top_flight.jsonl \
	--format json | jq -c '[.ended[].status]')" "what ended a day ago"
expect_eq 2 "$(frame top_flight.jsonl --format json |
	jq '.in_flight | length')" "what the log left in flight a day ago"

# ---- where it comes from -----------------------------------------------------

grep -v '"helper rpc' top_flight.jsonl >"$T/daemon"
grep '"helper rpc' top_flight.jsonl >"$T/helper"
for files in "--file $T/daemon $T/helper" "--file $T/helper --file $T/daemon" \
	"--file=$T/helper --file=$T/daemon"; do
	# shellcheck disable=SC2086
	expect_eq "$(jq -c .in_flight <<<"$json")" \
		"$(bangertop --once --format json --now $NOW $files |
			jq -c .in_flight)" "$files"
done
expect_eq "$(jq -c .in_flight <<<"$json")" "$(bangertop --once --format json \
	--now $NOW --file - <top_flight.jsonl | jq -c .in_flight)" "from a pipe"
: >"$T/empty"
expect_match 'nothing is in flight' "$(frame "$T/empty")" "an empty file"
expect_eq '{"in_flight":[],"ended":[]}' "$(frame "$T/empty" --format json |
	jq -c '{in_flight, ended}')" "an empty file in JSON"

# ---- hostile text ------------------------------------------------------------

for size in 80x24 120x40 40x10 200x50; do
	got=$(NOW_OF=2026-03-01T10:00:12Z frame top_hostile.jsonl --size $size)
	expect_tame "$got" "${size%x*}" "the hostile log at $size"
done
expect_match '\\x1b\]0;pwn' "$got" "an escape that is shown"
expect_match '◌' "$got" "a mark that stands alone"
expect_match '%s%n%n' "$got" "a name made of conversions"
expect_eq "" "$(frame top_hostile.jsonl --ascii | LC_ALL=C tr -d '\n -~')" \
	"what is not ASCII in a frame of ASCII"
got=$(frame top_hostile.jsonl --format json)
expect_tame "$got" 100000 "the hostile log as JSON"
expect_eq 'true' "$(jq '.in_flight[0].vm_name | contains("\u001b]0;pwn\u0007")' \
	<<<"$got")" "a name in JSON as it was"

# ---- what is refused ---------------------------------------------------------

expect_status 1 bangertop --once --file "$T/none"
expect_match '^bangertop: opening .*none: No such file' "$OUT" "a missing file"
for args in "--once --file" "--once --size 3 f" "--once --now soon f" \
	"--once --format xml f" "--format json f" "--once --width 0 f"; do
	# shellcheck disable=SC2086
	expect_status 2 bangertop $args
done

# Without a terminal: one frame, a sentence, status 2.
bangertop --file top_flight.jsonl </dev/null >"$T/out" 2>"$T/err"
expect_eq 2 $? "status without a terminal"
expect_match 'in flight' "$(cat "$T/out")" "the frame without a terminal"
expect_match '^bangertop: .* no terminal; this was one frame' \
	"$(cat "$T/err")" "the sentence without a terminal"

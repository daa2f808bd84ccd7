#!/bin/bash
# SPDX-License-Identifier: ISC
# An ordinary operation out of two log files: index, ops and trace agree with
# what the files say, and reading them again adds nothing.
. "$(dirname "$0")"/harness.sh

one=$(bangerlog index --format json "$DATA"/start.daemon.jsonl \
	"$DATA"/start.helper.jsonl) || fail "index"
expect_eq '[22,2,0,0,0,0]' "$(jq -c '[.records, .operations, .text, .bad, .torn,
	.duplicates]' <<<"$one")" "first index"
two=$(cat "$DATA"/start.daemon.jsonl | bangerlog index --format json -)
expect_eq '[0,0,17]' "$(jq -c '[.records, .operations, .duplicates]' \
	<<<"$two")" "second index"
two=$(bangerlog index --format json "$DATA"/start.daemon.jsonl \
	"$DATA"/start.helper.jsonl) || fail "third index"
expect_eq '[0,0,0,true]' "$(jq -c '[.records, .operations, .duplicates,
	.lines < 5]' <<<"$two")" "reading on from the end"

expect_eq 'op-7f00000000000001' "$(bangerlog ops --format json |
	jq -r .op_id)" "ops leaves reads out"
expect_eq 2 "$(bangerlog ops --all --format json | wc -l)" "ops --all"
expect_eq '{"op_id":"op-7f00000000000001","operation":"vm.start","status":"completed","started":"2026-04-26T22:13:04Z","duration_ms":2163.25,"records":19,"stage":"state_persist","error":null,"vm_id":"vm-web-1","vm_name":"web-1"}' \
	"$(bangerlog ops -n 1 --format json)" "ops row"

json=$(bangerlog trace --format json 7f) || fail "trace"
expect_eq '["vm.start","completed",2163.25,0.2,12,4,true,"10.80.0.2",[]]' \
	"$(jq -c '[.operation, .status, .duration_ms, .unaccounted_ms,
	(.stages | length), ([.stages[].helper_calls[]] | length), .complete,
	.subject.guest_ip, .helper_calls]' <<<"$json")" "trace"
expect_eq true "$(jq '((([.stages[].duration_ms] | add) + .unaccounted_ms) -
	.duration_ms) | fabs < 0.0005' <<<"$json")" "the sum"
expect_eq '{"method":"vmm.launch","call":4,"start_ms":41,"duration_ms":98,"status":"completed","error":null,"code":null}' \
	"$(jq -c '.stages[] | select(.stage == "vmm_launch") |
	.helper_calls[0]' <<<"$json")" "a helper call"

read -r -d '' want <<'END'
+ vm.start web-1  completed in 2.163s
  op-7f00000000000001  2026-04-26T22:13:04Z  19 lines
  vm_id=vm-web-1  vm_name=web-1  image_id=img-tiny  guest_ip=10.80.0.2

  stage               start     took  daemon  helper  0                   2.163s
  (unaccounted)         0us    200us       -       -  .
  validate            200us    300us   300us       -  #
  vm_lock             500us    500us   500us       -  #
  image_resolve       1.0ms    2.0ms   2.0ms       -  #
  disk_overlay        3.0ms    7.0ms   7.0ms       -  #
  bridge_ensure      10.0ms   13.0ms   1.0ms  12.0ms  #
  ` bridge.ensure    10.5ms   12.0ms                  =
  tap_create         23.0ms    8.5ms   1.0ms   7.5ms  #
  ` tap.create       23.5ms    7.5ms                  =
  nat_apply          31.5ms    8.5ms   1.5ms   7.0ms  #
  ` nat.apply        32.5ms    7.0ms                  =
  vmm_launch         40.0ms  100.0ms   2.0ms  98.0ms  ##
  ` vmm.launch       41.0ms   98.0ms                  ==
  vmm_handshake     140.0ms   50.0ms  50.0ms       -   ##
  vmm_boot          190.0ms   10.0ms  10.0ms       -    #
  guest_wait        200.0ms   1.950s  1.950s       -    ########################
  state_persist      2.150s   13.2ms  13.2ms       -                           #

  daemon 2.038s (94%)  helper 124.5ms (6%)  unaccounted 200us (0%)
  complete: no line is missing
  clocks: wall and monotonic agree within 0us
END
expect_eq "$want" "$(bangerlog trace --ascii --width 80 7f00)" "the picture"
for width in 20 40 60 80 132 200; do
	widest=$(bangerlog trace --width $width op-7f | wc -L)
	[ "$widest" -le $width ] || [ $width -lt 40 ] ||
		fail "width $width: a line of $widest columns"
done

# A failure says where and why.
bangerlog index "$DATA"/failed.jsonl "$DATA"/two.jsonl >/dev/null
text=$(bangerlog trace --ascii fa)
expect_match '^! vm.start web-2  failed after 112.7ms in vmm_launch' "$text" head
expect_match '^! vmm_launch ' "$text" "the stage's mark"
expect_match '^! ` vmm.launch ' "$text" "the call's mark"
expect_match 'error  operation_failed: vmm.launch: qemu ended' "$text" error
expect_eq '["unknown_method","vm.fly",[],true]' "$(bangerlog trace \
	--format json fb | jq -c '[.code, .operation, .stages, .complete]')" \
	"a request without an operation"
expect_eq '[500,"left",700,"right"]' "$(for id in 1 2; do
	bangerlog trace --format json op-aa0000000000000$id
done | jq -sc 'map(.duration_ms, .subject.vm_name)')" "two at once"

# The lines themselves, byte for byte, of both files by time.
expect_eq "$(cat "$DATA"/start.{daemon,helper}.jsonl | grep -F 7f00000000000001 |
	jq -sr 'sort_by((.time | rtrimstr("Z")), .seq) | map(.msg)[]')" \
	"$(bangerlog raw 7f | jq -r .msg)" "raw, in order"
expect_eq "$(cat "$DATA"/start.{daemon,helper}.jsonl |
	grep -F 7f00000000000001 | sort)" "$(bangerlog raw 7f | sort)" "raw"
# The same when they are read one after the other, the later ones first.
for file in helper daemon; do
	bangerlog index --db "$T/later.db" "$DATA"/start.$file.jsonl >/dev/null
done
expect_eq "$(bangerlog raw 7f)" "$(bangerlog raw --db "$T/later.db" 7f)" \
	"raw, read in another order"
bangerlog index --db "$T/both.db" "$DATA"/start.{daemon,helper}.jsonl >/dev/null
expect_eq "$(answer "$T/both.db")" "$(answer "$T/later.db")" \
	"the index, read in another order"
expect_eq 19 "$(bangerlog raw --null 7f | tr -dc '\0' | wc -c)" "raw --null"
expect_eq "$(bangerlog raw 7f)" "$(bangerlog raw 7f --format json | jq -r .line)" "raw --format json"
# A line that is no UTF-8 keeps its bytes.
printf '{"time":"2026-04-26T22:13:20Z","msg":"x\xff","op_id":"op-ba00000000000009"}\n' >"$T/bytes.jsonl"
bangerlog index --db "$T/bytes.db" "$T/bytes.jsonl" >/dev/null
expect_eq "$(head -c -1 "$T/bytes.jsonl" | base64 -w0)" \
	"$(bangerlog raw --db "$T/bytes.db" --no-refresh op-ba --format json | jq -r .line_base64)" "bytes"
expect_status 2 bangerlog raw op-aa
expect_status 1 bangerlog raw op-zz

# References and refusals.
expect_status 2 bangerlog trace op-aa
expect_match 'op-aa00000000000001' "$OUT" "candidates"
expect_match 'op-aa00000000000002' "$OUT" "candidates"
expect_status 1 bangerlog trace op-zz
expect_match "no operation \"op-zz\" in $T/index.db.*bangerlog index" "$OUT" \
	"unknown"
expect_status 69 bangerlog trace --db "$T/none.db" op-zz
expect_match "bangerlog index --db $T/none.db" "$OUT" "no index"
expect_status 2 bangerlog trace
expect_status 2 bangerlog trace --format xml op-7f
expect_status 1 bangerlog index "$T/no-such-file"

# One writer: the second is told who holds it.
mkfifo "$T/pipe"
bangerlog index "$T/pipe" >/dev/null &
holder=$!
exec 9>"$T/pipe"
wait_for "the lock" grep -q "^$holder$" "$T/index.db.lock"
expect_status 75 bangerlog index "$DATA"/two.jsonl
expect_match "process $holder" "$OUT" "holder"
expect_status 0 bangerlog ops
exec 9>&-
wait $holder || fail "the first writer failed"

#!/bin/bash
# SPDX-License-Identifier: ISC
# An expression means the same operations wherever one is asked for: of the
# index (ops, export), as they happen (tail), and live (bangertop, of the log
# and of the index): every field, operator, word and joint of the language.
. "$(dirname "$0")"/harness.sh
export XDG_CONFIG_HOME=$T/config

seq=0
# line MS OP MSG REST
line() {
	seq=$((seq + 1))
	printf '{"time":"2026-04-26T22:13:%02d.%03dZ","level":"INFO","run":"e1e1e1e1","seq":%d,"op_id":"op-e%015d","msg":"%s"%s}\n' \
		$(($1 / 1000)) $(($1 % 1000)) $seq "$2" "$3" "${4:+,$4}"
}
# op N METHOD VM IMAGE MS-OF-BOOT END-REST: began N*100 ms past.
op() {
	local at=$(($1 * 100)) what="\"operation\":\"$2\",\"vm_name\":\"$3\",\"vm_id\":\"vm-$3\",\"image_name\":\"$4\",\"image_id\":\"img-$4\""

	line $at "$1" "operation started" "$what"
	line $((at + 5)) "$1" "operation stage" "$what,\"stage\":\"check\",\"since_start_ms\":5"
	line $((at + 10)) "$1" "operation stage" "$what,\"stage\":\"boot\",\"since_start_ms\":10"
	line $((at + 30)) "$1" "helper rpc completed" '"method":"nat.apply","call":1,"duration_ms":12'
	case $6 in
	running) return ;;
	completed) line $((at + 10 + $5)) "$1" "operation completed" "$what,\"duration_ms\":$((10 + $5))" ;;
	canceled) line $((at + 10 + $5)) "$1" "operation failed" "$what,\"stage\":\"boot\",\"code\":\"canceled\",\"error\":\"by its client\",\"duration_ms\":$((10 + $5))" ;;
	twice)
		line $((at + 10 + $5)) "$1" "operation completed" "$what,\"duration_ms\":$((10 + $5))"
		line $((at + 12 + $5)) "$1" "operation failed" "$what,\"duration_ms\":$((12 + $5)),\"error\":\"again\""
		;;
	*)
		line $((at + 8 + $5)) "$1" "helper rpc failed" "\"method\":\"vmm.launch\",\"call\":2,\"duration_ms\":3,\"code\":\"busy\",\"error\":\"$6\""
		line $((at + 10 + $5)) "$1" "operation failed" "$what,\"stage\":\"boot\",\"code\":\"operation_failed\",\"error\":\"vmm.launch: $6\",\"duration_ms\":$((10 + $5))"
		;;
	esac
}
{
	op 1 vm.start web-1 tiny 900 completed
	op 2 vm.start web-2 tiny 2500 completed
	op 3 vm.start db-1 big 40 'kvm is busy'
	op 4 vm.stop web-1 tiny 20 completed
	op 5 vm.start db-2 big 3000 running
	op 6 vm.stop db-1 big 700 canceled
	op 7 vm.delete "wéb 3" tiny 60 'no space'
	op 8 vm.start "日本" tiny 300 twice
} | sort -t '"' -k 4,4 -s >"$T/log"
bangerlog index "$T/log" >/dev/null || fail index

ids() { tr -d '"' | sort -u | sed 's/^op-e0*//' | xargs; }
n=0
while read -r query; do
	[ -n "$query" ] || continue
	n=$((n + 1))
	want=$(bangerlog ops -n 0 --format json -q "$query" | jq .op_id | ids)
	expect_eq "$want" "$(bangerlog export --format json -q "$query" |
		jq .op_id | ids)" "export: $query"
	expect_eq "$want" "$(bangerlog tail -n 1000 --format json -q "$query" |
		jq .op_id | ids)" "tail: $query"
	for source in "--file $T/log" "--db $T/index.db"; do
		# shellcheck disable=SC2086
		expect_eq "$want" "$(bangertop --once --format json $source \
			--now 2026-04-26T22:13:04Z -q "$query" |
			jq '.in_flight[], .ended[] | .op_id' | ids)" \
			"bangertop $source: $query"
	done
	echo "$want" >>"$T/answers"
done <<'END'
records > 0
records >= 6 and records != 7
op = op-e000000000000001
op ~ /[13]$/
method = vm.start
method != vm.start
status = completed
status != failed
failed
running
canceled
not (interrupted or lost)
conflict
not conflict
vm = web-1
vm != web-1
vm !~ "^web-"
vm ~ /^WEB-\d$/i
vm = '日本'
vm ~ "é\s"
vm_id = vm-db-1
image = tiny and not image_id = img-big
stage = boot
stage:boot
stage:boot > 800ms
stage:boot <= 40ms or stage:none
not stage:check < 1s
error ~ /busy/i
error = "by its client"
not error ~ /./
code = operation_failed
run = e1e1e1e1
run ~ /^f/
took > 1s
took < 100ms
took = "910ms"
not took >= 0s
elapsed > 1.5s
unaccounted < 5ms
unaccounted >= 5ms
started > "2026-04-26 22:13:00.5 UTC"
started <= 2026-04-26T22:13:00.3Z
calls = 1
calls > 1 and calls < 3
helper = vmm.launch
helper != vmm.launch
not helper = vmm.launch
helper:nat.apply = 12ms
helper:vmm.launch < 4ms
helper_error ~ /space$/
helper_code = busy
NOT vm ~ "web" AND (took > 0s OR Running)
method = vm.start and (took > 2s or failed)
failed or running and vm ~ "^db"
not not failed
END
[ $n -ge 50 ] || fail "only $n expressions"
# They tell operations apart: not all of them mean all, or nothing.
expect_eq true "$([ "$(sort -u "$T/answers" | wc -l)" -ge 25 ] && echo true)" \
	"different answers: $(sort "$T/answers" | uniq -c)"
# Every field of the language is among them.
fields=$(bangerlog ops -q help | sed -n '2,/^$/p' | awk 'NF { print $1 }')
for field in ${fields//:NAME/}; do
	grep -qE "(^|[ (])$field( |:|$)" <(sed -n "/^END/q; /<<'END'/,\$p" "$0") ||
		fail "no expression has $field"
done

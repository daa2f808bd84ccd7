#!/bin/bash
# SPDX-License-Identifier: ISC
# bangerlog trace --context: what else was logged around an operation, of the
# index and of a file of the journal, told by its source; nothing else.
. "$(dirname "$0")"/harness.sh

bangerlog index "$DATA"/failed.jsonl >/dev/null || fail "index"
printf '{"time":"2026-04-26T22:13:23.5Z","level":"WARN","msg":"pool is low","run":"d2d2d2d2","seq":0}\n{"time":"2026-04-26T22:13:20Z","level":"WARN","msg":"too early","run":"d2d2d2d1","seq":9}\n' >"$T/log"
bangerlog index "$T/log" >/dev/null || fail "index"

# entry SECOND UNIT MESSAGE: of another unit; without one of the kernel.
entry() {
	printf '{"__REALTIME_TIMESTAMP":"%d000000","_TRANSPORT":"%s",%s"MESSAGE":"%s"}\n' \
		$((1777241584 + $1)) "$([ -n "$2" ] && echo stdout || echo kernel)" \
		"${2:+\"_SYSTEMD_UNIT\":\"$2\",}" "$3"
}
{
	entry 20 '' 'kvm [77]: \u001b[31mbad MSR'
	entry 20 '' 'usb 1-1: new device'
	entry 20 banger-vm@vm-web-2.service 'qemu: no such file'
	entry 20 banger-vm@vm-web-22.service 'another VM'
	entry 21 '' 'Out of memory: Killed process 9 (qemu)'
	entry 40 '' 'kvm: long after'
	entry -40 '' 'kvm: long before'
} >"$T/journal"

text=$(bangerlog trace --ascii --context --context-from "$T/journal" op-fa)
expect_eq '  around it
  -  500.0ms  log: {"time":"2026-04-26T22:13:23.5Z","level":"WARN","msg":"pool ~
  +      0us  journal: kvm [77]: \x1b[31mbad MSR
  +      0us  banger-vm@vm-web-2.service: qemu: no such file
  +   1.000s  journal: Out of memory: Killed process 9 (qemu)' \
	"$(sed -n '/around it/,$p' <<<"$text" | grep -v 'vm.fly')" "the lines"
expect_eq 1 "$(bangerlog trace --context=500ms --format json op-fa |
	jq -r 'select(.context) | .line' | grep -c pool)" "json"
expect_eq "" "$(bangerlog trace --context=499ms --format json op-fa |
	jq -r 'select(.context) | .line')" "a shorter span"
expect_match 'too ear' "$(bangerlog trace --context=5 op-fa)" "a longer span"
expect_status 2 bangerlog trace --context=soon op-fa
expect_status 1 bangerlog trace --context-from "$T/none" op-fa

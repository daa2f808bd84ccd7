#!/bin/bash
# SPDX-License-Identifier: ISC
# The wall clock is set back within an operation: what would be negative is
# shown as unknown, and the stages keep the order of their lines' numbers.
. "$(dirname "$0")"/harness.sh

bangerlog index "$DATA"/clock-step.jsonl >/dev/null || fail index

read -r -d '' want <<'END'
+ vm.start web-1  completed in 10.000s
  op-c1  2026-04-26T22:13:04Z  7 lines
  vm_name=web-1

  stage            start    took  daemon  helper  0                      10.000s
  (unaccounted)      0us  1.000s       -       -  ...
  ` vmm.launch         ?  1.500s
  validate        1.000s  3.000s  3.000s       -     #########
  vmm_launch      4.000s       ?       ?       ?
  vmm_boot             ?       ?       ?       ?
  state_persist   9.000s  1.000s  1.000s       -                             ###

  complete: no line is missing
  clocks: the wall clock was set back by 21.000s meanwhile
END
expect_eq "$want" "$(bangerlog trace --ascii --width 80 op-c1)" "the picture"
expect_match '^> power_down +\? +\? +\? +\?$' "$(bangerlog trace --ascii op-c2)" \
	"a stage that is open"
expect_match 'completed in \?$' "$(bangerlog trace --ascii op-c3 | head -1)" \
	"an end before the beginning"
expect_eq '[[1000,3000],[4000,null],[null,null],[9000,1000]]' \
	"$(bangerlog trace --format json op-c1 |
		jq -c '[.stages[] | [.start_ms, .duration_ms]]')" json
expect_eq '[null,null]' "$(bangerlog trace --format json op-c3 |
	jq -c '[.duration_ms, .unaccounted_ms]')" "the end's json"
expect_eq 0 "$(sqlite3 "$BANGERLOG_DB" 'SELECT count(*) FROM (SELECT start_ms,
	duration_ms FROM stages UNION ALL SELECT start_ms, duration_ms FROM
	helper_calls UNION ALL SELECT unaccounted_ms, duration_ms FROM ops)
	WHERE start_ms < 0 OR duration_ms < 0')" "nothing negative"
expect_eq 3 "$(sqlite3 "$BANGERLOG_DB" 'SELECT count(*) FROM stages WHERE
	duration_ms IS NULL')" "what is unknown"

once() {
	bangertop --once --file "$DATA"/clock-step.jsonl \
		--now 2026-04-26T22:13:10Z "$@"
}
expect_match 'power_down +1 +6\.0s +\? ' "$(once --width 80)" "in stage"
expect_eq null "$(once --format json | jq '.in_flight[0].stage_elapsed_ms')" \
	"its json"

#!/bin/bash
# SPDX-License-Identifier: ISC
# bangerlog ops -q: the filter language over the corpus, its mistakes with a
# caret under them, and its reference in step with the program.
. "$(dirname "$0")"/harness.sh

for name in start.daemon start.helper failed hostile two journal torn; do
	bangerlog index "$DATA/$name.jsonl" >/dev/null || fail "index $name"
done

# ids QUERY [OPTION…]: the last two digits and the tail of what matches.
ids() {
	local query=$1

	shift
	bangerlog ops --all --format json -q "$query" "$@" |
		jq -r '.op_id | .[3:5]' | sort | tr '\n' ' ' | sed 's/ $//'
}

all=$(bangerlog ops --all --format json | jq -r '.op_id | .[3:5]' | sort |
	tr '\n' ' ' | sed 's/ $//')
while IFS='|' read -r want query; do
	[ -n "$want$query" ] || continue
	expect_eq "$want" "$(ids "$query")" "$query"
done <<'END'
7f|method = vm.start and vm ~ "^web-" and not failed
7f aa aa|completed and method = vm.start
7f e0|took > 2s
7f aa aa|method = vm.start and took < 5s and completed
7f e0 fa fb|took > 2s or failed
70 e0 x7|running
70 e0 x7|not took >= 0s
7e|method ~ /LIST/i
fa|error ~ /^VMM\.launch/i
fa|helper_error ~ /qemu/
fa|stage = vmm_launch and failed
70 fa|stage = vmm_launch
7f fa|stage:vmm_launch > 50ms
70 7f aa aa fa|stage:vmm_launch
70|helper:vmm.launch and not helper:vmm.launch < 39ms and running
7f fa|helper:vmm.launch > 50ms
7f|helper:vmm.launch > 50ms and calls = 4
7f|helper:nat.apply
7e 7f|started <= "2026-04-26 22:13:07 UTC"
e0|vm ~ /\x1b/
fb|code = unknown_method
7f|op = op-7f00000000000001
|vm = "' OR 1 = 1 --"
|status = lost or interrupted or canceled or conflict
7f e0|took > 2s and not (took > 10s or running)
70 e0 x7|elapsed > 30d
END
expect_eq "$all" "$(ids 'records > 0')" "all"
expect_eq "" "$(ids 'records > 1000000')" "none"
expect_eq "7f" "$(ids 'completed' -n 0 -U '2026-04-26 22:13:05 UTC')" "until"
expect_eq "e0" "$(ids failed -S '2026-04-26 22:13:30 UTC')" "since"
expect_eq 2 "$(bangerlog ops -n 2 -q 'method = vm.start' --format json |
	wc -l)" "limit"

# What --all would list is told.
expect_eq "" "$(bangerlog ops --format json -q 'method = vm.list' \
	2>"$T/err")" "left out"
expect_match '^bangerlog: only requests that looked' "$(cat "$T/err")" "hint"

# A mistake: the text, the expression, a caret; nothing else, exit status 2.
expect_status 2 bangerlog ops -q 'method = vm.start and tok > 2s'
expect_eq 'bangerlog: --query: column 23: there is no field "tok"; did you mean "took"?
  method = vm.start and tok > 2s
                        ^' "$OUT" "mistake"
expect_status 2 bangerlog ops -q 'vm = "日本" and took > 5'
expect_eq 'bangerlog: --query: column 22: "5" needs a unit: 5ms, 5s or 5m, say
  vm = "日本" and took > 5
                         ^' "$OUT" "wide characters"
expect_status 2 bangerlog ops -q $'vm = "\e[31m" an failed'
expect_eq 'bangerlog: --query: column 14: "and" or "or" is missing before "an"
  vm = "\x1b[31m" an failed
                  ^' "$OUT" "nothing unsafe"
expect_status 2 bangerlog ops -q ''
expect_match 'column 1: ' "$OUT" "empty"
expect_status 2 bangerlog ops -q "$(printf 'failed or %.0s' {1..500})failed"
expect_match 'at most 4096 bytes' "$OUT" "too long"
expect_status 2 bangerlog ops -q "$(printf '(%.0s' {1..65})"
expect_match 'more than 64 levels' "$OUT" "too deep"

# A text that is made for being slow costs little, and is told.
printf '{"time":"2026-04-26T22:20:00Z","level":"ERROR","msg":"operation failed","run":"5105","seq":1,"operation":"vm.stop","op_id":"op-5100000000000001","duration_ms":1,"error":"%s"}\n' \
	"$(head -c 3000 /dev/zero | tr '\0' a)" >"$T/slow.jsonl"
bangerlog index "$T/slow.jsonl" >/dev/null || fail "index slow"
expect_eq "" "$(ids 'error ~ /^(a|aa|a+)+[bc]/' 2>"$T/err")" "given up"
expect_match '1 text was too hard for a pattern' "$(cat "$T/err")" "warning"

# The reference has every field, and no other.
expect_status 0 bangerlog ops -q help
expect_eq "$(sed -n '2,/^$/p' <<<"$OUT" | awk 'NF { print $1 }' |
	sed 's/helper:NAME/helper:METHOD/' | sort)" \
	"$(sed -n '/^## Fields/,/^## Values/p' \
		"$TESTS/../docs/query.md" | grep '^| `' | cut -d '|' -f 2 |
		grep -o '`[^`]*`' | tr -d '`' | sort)" "docs/query.md"

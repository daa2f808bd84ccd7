# SPDX-License-Identifier: ISC
# Two VMs start at once: their lines interleave in the log and trace apart.
# Meanwhile nobody else waits.
. "$(dirname "$0")"/harness.sh
with_instance
with_image
banger create a1 --image tiny >/dev/null && banger create b1 --image tiny >/dev/null ||
	fail create
banger start a1 >"$T/a" & a=$!
banger start b1 >"$T/b" & b=$!
both() {
	[ "$(banger op list --format json |
		jq -s '[.[] | select(.operation == "vm.start" and .stage == "guest_wait")] | length')" = 2 ]
}
wait_for "both starts under way" both
# With both under way the rest is answered, and a second start is refused.
banger ping >/dev/null || fail "ping while two VMs start"
expect_status 1 banger start a1
expect_match 'a1 is held by another operation \(op-' "$OUT" busy
wait $a || fail "start a1"
wait $b || fail "start b1"

index_logs
op_a=$(op_of "$(cat "$T/a")") op_b=$(op_of "$(cat "$T/b")")
order=$(jq -r 'select(.msg == "operation stage") | .op_id' "${LOGS[0]}" |
	grep -E "$op_a|$op_b" | uniq | wc -l)
[ "$order" -gt 2 ] || fail "the lines of the two do not interleave"
for pair in "$op_a a1" "$op_b b1"; do
	set -- $pair
	expect_eq "completed $2 12 4" "$(trace_json "$1" \
		'[.status, .subject.vm_name, (.stages | length), ([.stages[].helper_calls[]] | length)] | map(tostring) | join(" ")')" "$2"
done

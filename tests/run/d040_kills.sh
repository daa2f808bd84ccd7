# SPDX-License-Identifier: ISC
# bangerd, then its helper, is killed with -9 at random moments of starts, stops
# and deletes of real VMs, KILLS times each: what runs is never hurt, nothing is
# left behind, every operation ends once.  SEED repeats a run's choices.
. "$(dirname "$0")"/harness.sh
: "${KILLS:=5}" "${SEED:=$RANDOM}" "${TARGETS:=daemon helper}"
RANDOM=$SEED
echo "seed $SEED"
with_instance
with_image

# shellcheck source=../lib/settled.sh
. "$TESTS"/lib/settled.sh
vms() { settled_vms "$1"; }
keeper_pid() { banger show keep1 --format json | jq -r .vm.pid; }

# Gives each VM something to do, without waiting for it.
act() {
	local vm state

	for vm in w1 w2 w3; do
		state=$(vms "select(.name == \"$vm\").state")
		case "$state $((RANDOM % 3))" in
		" "*) banger create $vm --image tiny ;;
		"running 0") banger delete --force $vm ;;
		"running 1") banger kill $vm ;;
		"running "*) banger stop $vm --timeout 2 ;;
		"stopped 0") banger delete $vm ;;
		stopped*) banger start $vm ;;
		esac >/dev/null 2>&1 &
		clients+=($!)
	done
}
# Mostly soon, sometimes when a guest is about to be there.
pause() {
	local ms=$((RANDOM % 700))

	[ $((RANDOM % 6)) != 0 ] || ms=$((ms * 6))
	sleep "$((ms / 1000)).$(printf %03d $((ms % 1000)))"
}

banger create keep1 --image tiny >/dev/null && banger start keep1 >/dev/null || fail "start keep1"
keeper=$(keeper_pid)
done_kills=0
for target in $TARGETS; do
	for ((k = 0; k < KILLS; k++)); do
		clients=()
		act
		pause
		case $target in
		daemon)
			instance_end "$I_DAEMON" KILL
			instance_daemon || fail "bangerd did not start again (kill $k)"
			;;
		helper)
			instance_end "$I_HELPER" KILL
			instance_helper || fail "the helper did not start again (kill $k)"
			;;
		esac
		wait "${clients[@]}"
		done_kills=$((done_kills + 1))
		settled_wait "$target, kill $k, seed $SEED" || fail "it does not settle"
		[ "$(keeper_pid)" = "$keeper" ] && kill -0 "$keeper" ||
			fail "$target, kill $k, seed $SEED: keep1 was hurt"
	done
done
expect_eq keep1 "$(banger exec keep1 -- /bin/busybox hostname)" "what ran all the time"
for vm in $(vms .name); do
	banger delete --force "$vm" >/dev/null || fail "delete $vm in the end"
done
expect_eq "" "$(instance_leaks | grep -v ^process)" "left behind"

# Once ended each: in the log, or where the end of a run cut the line off, as
# the reader has it.
index_logs
expect_eq "" "$(jq -r 'select(.op_id and (.msg | test("^operation (failed|completed)$"))) | .op_id' \
	"${LOGS[0]}" | sort | uniq -d)" "ended twice"
expect_eq "" "$(bangerlog sql "SELECT op_id FROM ops WHERE status NOT IN
	('completed', 'failed', 'interrupted', 'canceled')" --format json)" "not ended"
ops=$(jq -r 'select(.msg == "operation started").op_id' "${LOGS[0]}" | sort -u | wc -l)
cut=$(comm -23 <(jq -r 'select(.msg == "operation started").op_id' "${LOGS[0]}" | sort -u) \
	<(jq -r 'select(.msg | test("^operation (failed|completed)$")).op_id' "${LOGS[0]}" | sort -u) | wc -l)
jq -s -r --arg kills "$done_kills" --arg ops "$ops" --arg cut "$cut" '
	map(select(.msg == "recovery finished")) |
	(map(.duration_ms) | sort) as $ms |
	"\($kills) kills, \($ops) operations (\($cut) whose last line the kill took), " +
	"\(map(.adopted) | add) VMs adopted, \(map(.closed) | add) operations closed, " +
	"\(map(.cleaned) | add) VMs cleaned, orphans: " +
	"\(map(.orphan_vmms) | add) VMMs \(map(.orphan_taps) | add) taps \(map(.orphan_rules) | add) rules " +
	"\(map(.orphan_states) | add) states \(map(.orphan_directories) | add) directories; " +
	"recovery took \($ms[($ms | length) / 2 | floor]) ms (median), \($ms[-1]) ms at most"' "${LOGS[0]}"

#!/bin/bash
# SPDX-License-Identifier: ISC
# bangerlog prune: the oldest go and nothing else; statistics and families of
# errors stay; what has gone does not come back when it is read again; a kill
# at any moment leaves an index that is whole; one writer.
. "$(dirname "$0")"/harness.sh

expect_status 69 bangerlog prune --keep 1d
[ ! -e "$BANGERLOG_DB" ] || fail "an index was made"

# Six hours of operations, text and lines of no operation; two that are long:
# one over the limit, one that has not ended (it is heard of to the end).
awk -v base="$(date -u -d '2026-04-26 00:00' +%s)" 'function line(at, run, seq, rest) {
	printf "{\"time\":\"2026-04-26T%02d:%02d:%02d.%03dZ\",\"level\":\"INFO\",\"run\":\"%s\",\"seq\":%d,%s}\n",
		at / 3600, at / 60 % 60, at % 60, at * 1000 % 1000, run, seq, rest
}
BEGIN {
	for (i = 0; i < 4320; i++) {
		at = i * 5
		id = sprintf("\"op_id\":\"op-%016x\",\"operation\":\"vm.start\",\"vm_name\":\"web-%d\"", i + 4096, i % 9)
		line(at, "d0", ++s, "\"msg\":\"operation started\"," id)
		line(at + 0.01, "d0", ++s, "\"msg\":\"operation stage\",\"stage\":\"boot\"," id)
		line(at + 0.02, "e0", ++h, "\"msg\":\"helper rpc completed\",\"method\":\"nat.apply\",\"call\":1,\"duration_ms\":3," id)
		end = "\"msg\":\"operation completed\""
		if (i % 40 == 0)
			end = "\"msg\":\"operation failed\",\"error\":\"no /dev/" i "\",\"stage\":\"boot\""
		line(at + 1, "d0", ++s, end ",\"duration_ms\":" (900 + i % 50) "," id)
		if (i % 10 == 0)
			line(at + 2, "d0", ++s, "\"msg\":\"something else\"")
		if (i % 60 == 0)
			print "panic: text " i "\npanic: the same"
		if (i % 100 == 0)
			printf "{\"time\":\"2026-04-26T%02d:%02d:%02dZ\",\"msg\":\"without numbers\",\"op_id\":\"op-%016x\"}\n",
				at / 3600, at / 60 % 60, at % 60, i + 4096
		if (i == 10 || i == 11)
			line(at, "d0", ++s, "\"msg\":\"operation started\",\"operation\":\"vm.exec\",\"op_id\":\"op-00000000000000" i "\"")
		if (i % 360 == 100)
			line(at, "d0", ++s, "\"msg\":\"operation stage\",\"stage\":\"s" i "\",\"op_id\":\"op-0000000000000010\"")
		if (i == 200)
			print "{\"time\":\"2026-04-26T00:16:40Z\",\"msg\":\"without numbers\",\"op_id\":\"op-0000000000000010\"}"
		if (i == 2500)
			line(at, "d0", ++s, "\"msg\":\"operation completed\",\"duration_ms\":1,\"op_id\":\"op-0000000000000011\"")
	}
}' >"$T/log"
bangerlog index "$T/log" >/dev/null || fail index
# Those that began before the limit and go: all but the two that are long.
# Nothing is written within three seconds of it: the clock goes on meanwhile.
limit='2026-04-26 02:59:57'
cp "$BANGERLOG_DB" "$T/whole.db"
keep() {
	echo "$(($(date +%s) - $(date -u -d "$limit" +%s)))s"
}
everything() {
	digest "$1" 'SELECT op_id, status, started_ns, duration_ms, stage, records
		FROM ops ORDER BY 1' 'SELECT op_id, time_ns, kind, run, seq, line
		FROM records ORDER BY time_ns, run, seq, line' \
		'SELECT * FROM gaps ORDER BY 2, 4'
}
figures() {
	for by in operation stage helper image; do
		bangerlog stats --db "$1" --by $by --format json
	done
	bangerlog blame --db "$1" --format json
	bangerlog errors --db "$1" --format json | jq -c '[.family, .n, .first, .last]'
}
want=$(figures "$T/whole.db")

# A dry run says what the real one does, and does nothing.
before=$(everything "$BANGERLOG_DB")
dry=$(bangerlog prune --keep "$(keep)" --dry-run --format json) || fail "dry run"
expect_eq "$before" "$(everything "$BANGERLOG_DB")" "after a dry run"
expect_eq true "$(jq .dry_run <<<"$dry")" "it says so"
real=$(bangerlog prune --keep "$(keep)" --format json) || fail "prune"
expect_eq "$(jq -c '[.operations, .lines]' <<<"$dry")" \
	"$(jq -c '[.operations, .lines]' <<<"$real")" "as the dry run said"
expect_eq 2160 "$(jq .operations <<<"$real")" "half of the operations"
lines_of() {
	bangerlog sql --db "$1" 'SELECT count(*) FROM records'
}
expect_eq "$(lines_of "$T/whole.db")" \
	"$(($(lines_of "$BANGERLOG_DB") + $(jq .lines <<<"$real")))" "each line, once"
expect_eq 0 "$(bangerlog sql "SELECT count(*) FROM ops WHERE op_id LIKE
	'op-0000000000001%' AND started < '2026-04-26T03'")" "the old ones"
expect_eq 2 "$(bangerlog sql "SELECT count(*) FROM ops WHERE started <
	'2026-04-26T03'")" "the long ones"
expect_eq 'running 14' "$(bangerlog sql "SELECT status || ' ' || records FROM ops
	WHERE op_id = 'op-0000000000000010'")" "in flight, with all its lines"
expect_eq "$want" "$(figures "$BANGERLOG_DB")" "statistics and families"
expect_eq ok "$(sqlite3 "$BANGERLOG_DB" 'PRAGMA integrity_check')" "integrity"
expect_status 0 bangerlog errors --new -S '2026-04-26 04:00 UTC'
expect_match 'pruned' "$(bangerlog stats -q failed 2>&1 >/dev/null)" "a filter misses them"

# A window that is cut in an hour that is gone takes all of that hour.
expect_eq "$(bangerlog stats -S '2026-04-26 01:00 UTC' -U '2026-04-26 04:00 UTC')" \
	"$(bangerlog stats -S '2026-04-26 01:30 UTC' -U '2026-04-26 04:00 UTC')" \
	"a window in what is gone"

# Read again, in other forms too, nothing comes back and nothing is lost.
after=$(everything "$BANGERLOG_DB")
cp "$T/log" "$T/copy"
gzip -c "$T/log" >"$T/log.gz"
for file in --rescan "$T/copy" "$T/log.gz"; do
	[ $file != --rescan ] || set -- "$T/log"
	got=$(bangerlog index --format json "$file" "$@") || fail "index $file"
	expect_eq '[0,0]' "$(jq -c '[.records, .operations]' <<<"$got")" "$file adds"
	expect_eq "$after" "$(everything "$BANGERLOG_DB")" "after $file"
	expect_eq "$want" "$(figures "$BANGERLOG_DB")" "statistics after $file"
	set --
done
# Old lines of what stayed are taken, others are not.
cat >"$T/late" <<'END'
{"time":"2026-04-26T01:00:00Z","level":"INFO","msg":"operation stage","run":"d9","seq":1,"stage":"late","op_id":"op-0000000000000010"}
{"time":"2026-04-26T01:00:00Z","level":"INFO","msg":"operation started","run":"d9","seq":2,"operation":"vm.stop","op_id":"op-0000000000000099"}
{"time":"2026-04-26T05:59:00Z","level":"INFO","msg":"operation started","run":"d9","seq":3,"operation":"vm.stop","op_id":"op-0000000000000098"}
END
expect_eq 2 "$(bangerlog index --format json "$T/late" | jq .records)" "late lines"

# kill -9 while it works, then to its end: as if nobody had killed it.
cp "$T/whole.db" "$T/k.db"
for ms in 5 15 30 60 100 150; do
	bangerlog prune --db "$T/k.db" --keep "$(keep)" >/dev/null 2>&1 &
	sleep 0.$(printf '%03d' $ms)
	kill -9 $! 2>/dev/null
	wait $! 2>/dev/null
	expect_eq ok "$(sqlite3 "$T/k.db" 'PRAGMA integrity_check')" "after a kill"
	expect_eq "$want" "$(figures "$T/k.db")" "statistics after a kill"
	bangerlog index --db "$T/k.db" --rescan "$T/log" >/dev/null || fail "index after a kill"
done
bangerlog prune --db "$T/k.db" --keep "$(keep)" >/dev/null || fail "prune at last"
expect_eq "$after" "$(everything "$T/k.db")" "killed and pruned"
expect_eq "$want" "$(figures "$T/k.db")" "its statistics"

# Down to a size, the oldest hours first; the file gets small when asked to.
size=$(jq .bytes_before <<<"$real")
got=$(bangerlog prune --db "$T/whole.db" --max-size $((size / 2)) --vacuum --format json) || fail "to a size"
expect_eq true "$(jq ".bytes_after <= $size / 2 and .bytes_after > $size / 8" <<<"$got")" "size: $got"
[ "$(stat -c %s "$T/whole.db")" -le $((size / 2)) ] || fail "the file is large still"
first=$(bangerlog sql --db "$T/whole.db" "SELECT min(started) FROM ops WHERE operation = 'vm.start'")
expect_match 'T0[1-5]:00:00.000Z$' "$first" "whole hours went"
expect_eq "$want" "$(figures "$T/whole.db")" "statistics of the small one"
bangerlog prune --db "$T/whole.db" --max-size 0 >/dev/null || fail "to nothing"
expect_eq 'op-0000000000000010' "$(bangerlog sql --db "$T/whole.db" 'SELECT op_id FROM ops')" \
	"what is in flight is left"
expect_eq "$want" "$(figures "$T/whole.db")" "statistics of nothing"

# One writer at a time.
bangerlog index --follow "$T/log" >/dev/null 2>&1 &
follower=$!
at_exit "kill $follower"
# Its pid is in the lock once it has it; asking prune would get in its way.
wait_for "the follower" grep -qx "$follower" "$BANGERLOG_DB.lock"
expect_status 75 bangerlog prune --keep 1000d --dry-run
expect_status 75 bangerlog prune --keep 1d
expect_match "written by process $follower" "$OUT" "who it is"

for bad in '' '--keep x' '--keep 90' '--max-size 2X' '--max-size -1' '--max-size G' '--dry-run'; do
	# shellcheck disable=SC2086
	expect_status 2 bangerlog prune $bad
done
true

#!/bin/bash
# SPDX-License-Identifier: ISC
# The disk that the index is on runs full in mid-work: the indexer says so and
# fails, what was committed stands, and with room again it goes on to the same
# index as if nothing had happened.
. "$(dirname "$0")"/harness.sh
# What is asked here is what the indexer under test wrote.
export BANGERLOG_NO_REFRESH=1
[ "$(id -u)" = 0 ] || skip "mounting a small disk wants root"
mkdir "$T/disk"
mount -t tmpfs -o size=20m tmpfs "$T/disk" 2>/dev/null || skip "no tmpfs here"
unmount() { umount "$T/disk"; }
at_exit unmount

awk 'BEGIN { for (i = 1; i <= 160000; i++)
	printf "{\"time\":\"2026-04-26T22:%02d:%02d.%03dZ\",\"level\":\"INFO\",\"msg\":\"operation stage\",\"run\":\"d0d0d0d0\",\"seq\":%d,\"op_id\":\"op-%d\",\"stage\":\"s%d\"}\n", i / 600000 % 60, i / 1000 % 60, i % 1000, i, i / 8, i % 8
}' >"$T/log.jsonl"
everything() {
	digest "$1" 'SELECT * FROM ops ORDER BY op_id' 'SELECT op_id, time_ns,
		run, seq, offset, line FROM records ORDER BY offset'
}
bangerlog index --db "$T/oracle.db" "$T/log.jsonl" >/dev/null || fail oracle

db=$T/disk/k.db
for size in 3m 6m 9m; do
	mount -o remount,size=$size "$T/disk"
	expect_status 1 bangerlog index --db "$db" "$T/log.jsonl"
	expect_match 'full|No space' "$OUT" "the cause at $size"
done
mount -o remount,size=400m "$T/disk"
expect_eq ok "$(sqlite3 "$db" 'PRAGMA integrity_check')" "integrity"
n=$(bangerlog sql --db "$db" 'SELECT count(*) FROM records')
[ "$n" -gt 0 ] && [ "$n" -lt 160000 ] || fail "$n rows before there was room"
bangerlog index --db "$db" "$T/log.jsonl" >/dev/null || fail "with room again"
expect_eq "$(everything "$T/oracle.db")" "$(everything "$db")" "the index"

#!/bin/bash
# SPDX-License-Identifier: ISC
# What can be wrong with an index: each has a sentence with a remedy and an
# exit status of its own, and no command takes one for the other.
. "$(dirname "$0")"/harness.sh
# What the index itself says; a refresh would have a word to say as well.
export BANGERLOG_NO_REFRESH=1

bangerlog index "$DATA"/start.{daemon,helper}.jsonl "$DATA"/failed.jsonl \
	"$DATA"/hostile.jsonl >/dev/null || fail "index"
good=$T/index.db

# says STATUS REGEX: of every command that reads $BANGERLOG_DB.
says() {
	local command

	for command in "ops" "ops --format json" "trace last" "raw last" \
		"sql SELECT*FROM(ops)"; do
		expect_status "$1" bangerlog $command
		expect_match "^bangerlog: .*$2" "$OUT" "$command"
		expect_eq 1 "$(wc -l <<<"$OUT")" "$command: one line"
	done
}

export BANGERLOG_DB=$T/none.db
says 69 "there is no index $T/none.db yet; make it with: bangerlog index"
[ ! -e "$T/none.db" ] || fail "asking made an index"
export BANGERLOG_DB=$T/empty.db
: >"$T/empty.db"
says 66 "the index $T/empty.db is empty; make it with: bangerlog index"
export BANGERLOG_DB=$T/text.db
head -c 8192 /dev/zero | tr '\0' x >"$T/text.db"
says 65 "$T/text.db is not an index of bangerlog"
expect_status 65 bangerlog index "$DATA"/two.jsonl
export BANGERLOG_DB=$T/other.db
sqlite3 "$T/other.db" 'CREATE TABLE t (x)'
says 65 "$T/other.db is not an index of bangerlog"
expect_status 65 bangerlog index "$DATA"/two.jsonl

version=$(sqlite3 "$good" 'PRAGMA user_version')
export BANGERLOG_DB=$T/new.db
cp "$good" "$T/new.db"
sqlite3 "$T/new.db" "PRAGMA user_version = $((version + 1))"
says 76 "newer bangerlog \(version $((version + 1)), this one knows $version\)"
expect_status 76 bangerlog index "$DATA"/two.jsonl
export BANGERLOG_DB=$T/old.db
sqlite3 "$T/old.db" <"$DATA"/index-v4.sql
says 78 "older bangerlog \(version 4\); indexing into it brings it up to date"
expect_status 0 bangerlog index "$DATA"/two.jsonl
expect_status 0 bangerlog ops

# Held by somebody who lets nobody in; readers wait for five seconds first.
export BANGERLOG_DB=$T/held.db
cp "$good" "$T/held.db"
sqlite3 "$T/held.db" 'PRAGMA journal_mode = DELETE' >/dev/null
mkfifo "$T/hold"
sqlite3 "$T/held.db" <"$T/hold" >"$T/held" &
holder=$!
exec 9>"$T/hold"
echo "BEGIN EXCLUSIVE; SELECT 'held';" >&9
wait_for "the lock" grep -q held "$T/held"
expect_status 75 bangerlog ops
expect_match "$T/held.db is held by another process; try again" "$OUT" held
exec 9>&-
wait $holder
expect_status 0 bangerlog ops

# What a killed writer leaves of a transaction: some of its pages are in the
# file, and what they were before beside it.  Only a writer may put that right.
export BANGERLOG_DB=$T/half.db
rm -f "$T"/held.db-*
sqlite3 "$T/held.db" >/dev/null <<-END || fail "half a transaction"
	PRAGMA cache_size = 1;
	BEGIN;
	UPDATE op SET error = hex(zeroblob(9000));
	.shell cp $T/held.db $T/half.db; cp $T/held.db-journal $T/half.db-journal
	ROLLBACK;
END
says 78 "$T/half.db was left by a writer that was killed; indexing into it puts it right"
expect_status 0 bangerlog index "$DATA"/two.jsonl
expect_status 0 bangerlog ops
expect_eq 0 "$(sqlite3 "$T/half.db" \
	"SELECT count(*) FROM op WHERE length(error) = 18000")" "what was undone"

# Damage: each page in turn loses its head, or a run of bytes in its middle.
# Whoever meets it says 74; nobody crashes, and nobody calls it anything else.
sqlite3 "$good" 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
size=$(sqlite3 "$good" 'PRAGMA page_size')
pages=$(sqlite3 "$good" 'PRAGMA page_count')
export BANGERLOG_DB=$T/bad.db
met=0
for ((page = 1; page <= pages; page++)); do
	for at in 0 $((size / 2)); do
		[ $((page * size + at)) != "$size" ] || at=100 # behind the header
		rm -f "$T"/bad.db*
		cp "$good" "$T/bad.db"
		head -c 64 /dev/zero | tr '\0' '\377' | dd of="$T/bad.db" bs=1 \
			seek=$(((page - 1) * size + at)) conv=notrunc 2>/dev/null
		for command in "ops --all" "trace 7f" "raw 7f"; do
			out=$(bangerlog $command 2>&1 >/dev/null)
			case $? in
			0) ;;
			74)
				met=$((met + 1))
				expect_match "bad.db.* (is|are) damaged.*; move it aside and index again$" \
					"$out" "page $page: $command"
				;;
			*) fail "page $page at $at: $command: $out" ;;
			esac
		done
	done
done
[ $met -ge 6 ] || fail "damage was met only $met times"

# Cut off in the middle.
head -c $((size * pages / 2)) "$good" >"$T/bad.db"
expect_status 74 bangerlog ops --all

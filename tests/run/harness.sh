# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# What every end-to-end test sources: $BANGER_BIN (the programs), $T (a fresh
# directory, removed at the end), and expectations that say what was wanted.
# A test that cannot run here says why and exits 77.

set -u
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TESTS=$(dirname "$HERE")
DATA=$TESTS/data
: "${BANGER_BIN:=$TESTS/../build/bin}"
export PATH=$BANGER_BIN:$PATH LC_ALL=C.UTF-8
T=$(mktemp -d /tmp/bgt.XXXXXX)
chmod 755 "$T" # the daemon runs as another user
export BANGERLOG_DB=$T/index.db
CLEANUPS=()

harness_exit() {
	local status=$? i

	for ((i = ${#CLEANUPS[@]} - 1; i >= 0; i--)); do
		${CLEANUPS[i]} || status=1
	done
	if [ "$status" != 0 ] && [ "$status" != 77 ] && [ -d "$T/i/log" ]; then
		tail -n 6 "$T"/i/log/*.jsonl "$T"/i/vmlog/vm/*/* 2>/dev/null |
			cut -c 1-400
	fi
	[ -n "${KEEP:-}" ] || rm -rf "$T"
	exit $status
}
trap harness_exit EXIT
trap 'exit 130' INT TERM

# Runs the command when the test ends, last one first.
at_exit() {
	CLEANUPS+=("$1")
}

fail() {
	echo "FAIL: $*" >&2
	exit 1
}

skip() {
	echo "skipped: $*"
	exit 77
}

# expect_eq WANT GOT LABEL
expect_eq() {
	[ "$1" = "$2" ] || fail "$3: wanted '$1', got '$2'"
}

# expect_match REGEX TEXT LABEL
expect_match() {
	grep -qE -- "$1" <<<"$2" || fail "$3: wanted /$1/ in: $2"
}

# expect_no_match REGEX TEXT LABEL
expect_no_match() {
	! grep -qE -- "$1" <<<"$2" || fail "$3: did not want /$1/ in: $2"
}

# expect_status N COMMAND…: its output goes to $OUT (both streams).
expect_status() {
	local want=$1 got

	shift
	OUT=$("$@" 2>&1)
	got=$?
	[ "$got" = "$want" ] || fail "$*: wanted status $want, got $got: $OUT"
}

# wait_for LABEL COMMAND…: polls for 20 s.
wait_for() {
	local label=$1 n=0

	shift
	until "$@" >/dev/null 2>&1; do
		n=$((n + 1))
		[ $n -lt 400 ] || fail "waited in vain for $label"
		sleep 0.05
	done
}

# An instance whose daemons are not started yet, or skips the test; at the end
# CLOSE is called, which is instance_close unless it is said otherwise.
open_instance() {
	# shellcheck source=../lib/instance.sh
	. "$TESTS"/lib/instance.sh
	instance_check || skip "see above"
	instance_open "$T/i"
	LOGS=("$I_DIR"/log/bangerd.jsonl "$I_DIR"/log/helper.jsonl)
	at_exit "${1:-instance_close}"
}

# Starts both daemons, or skips the test.
with_instance() {
	open_instance
	instance_helper || fail "banger-helper did not start"
	instance_daemon "$@" || fail "bangerd did not start"
}

with_image() {
	: "${BANGER_IMAGE:=$TESTS/../build/image/tiny}"
	[ -f "$BANGER_IMAGE/image.json" ] || skip "no image; make image"
	mkdir -p "$T/image"
	cp --sparse=always "$BANGER_IMAGE"/* "$T/image/"
	chmod -R a+rX "$T" 
	banger image register "$T/image" >/dev/null || fail "image register"
}

# The op id that a command printed.
op_of() {
	grep -oE 'op-[0-9a-f]{16}' <<<"$1" | tail -n 1
}

# Indexes what both daemons have logged so far; the writers need a moment.
index_logs() {
	sleep 0.05
	bangerlog index "${LOGS[@]}" >/dev/null || fail "bangerlog index"
}

# answer DB: a digest of all that an index says of operations and lines.
answer() {
	digest "$1" 'SELECT op_id, operation, status, started_ns, duration_ms,
		unaccounted_ms, stage, error, code, vm_id, vm_name, image_id,
		records, conflict, run FROM ops ORDER BY 1' \
		'SELECT * FROM stages ORDER BY 1, 2' \
		'SELECT * FROM helper_calls ORDER BY 1, 2' \
		'SELECT op_id, time_ns, kind, level, msg, run, seq, line
		FROM records ORDER BY run, seq'
}

# digest DB SQL…: of the answers of an index.
digest() {
	local db=$1 query

	shift
	for query; do
		bangerlog sql --db "$db" "$query" || echo "failed: $query $RANDOM"
	done | sha256sum
}

# trace_json OP FILTER: a value out of its trace.
trace_json() {
	bangerlog trace --format json "$1" | jq -r "$2"
}

#!/bin/bash
# SPDX-License-Identifier: ISC
# An operation's lines out of the journal with no tool of ours: the command that
# docs/log-contract.md tells, beside other operations, other units and text that
# would like to be taken for a line.
here=$(dirname "$0")
# shellcheck source=../lib/journald.sh
. "$here"/../lib/journald.sh
journald_enter "$@"
# shellcheck source=harness.sh
. "$here"/harness.sh
journald_open
journald_start

batch 0 3
op=op-$(printf '%016x' $((1 * 7919 + 1)))
want=$(grep -hF "\"op_id\":\"$op\"" "$T"/[dh].lines | sort)
expect_eq 7 "$(wc -l <<<"$want")" "its lines"
# Text in a line of another operation, a panic, and another unit's own words.
other='{"time":"2026-04-26T04:00:00Z","level":"ERROR","msg":"operation failed","run":"d0d0d0d0","seq":100,"op_id":"op-00000000000000ff","error":"\"op_id\":\"'$op'\""}'
printf '%s\npanic: %s\n' "$other" "$op" | (writer bangerd.service) || fail writer
grep -hF "\"op_id\":\"$op\"" "$T/d.lines" | (writer other.service) || fail writer
journald_sync

# The command, as it stands in the document.
command=$(sed -n 's/^    \(journalctl .* -g .*OP_ID.*\)$/\1/p' \
	"$TESTS/../docs/log-contract.md" | head -n 1)
[ -n "$command" ] || fail "no command in docs/log-contract.md"
got=$(cd "$JOURNAL" && eval "${command//OP_ID/$op} -D ." 2>"$T/err") ||
	fail "$command: $(cat "$T/err")"
expect_eq "$want" "$(sort <<<"$got")" "$command"
# And what jq makes of it.
command=$(sed -n 's/^    \(jq .*\)$/\1/p' "$TESTS/../docs/log-contract.md" |
	head -n 1)
[ -n "$command" ] || fail "no jq in docs/log-contract.md"
got=$(eval "$command" <<<"$got") || fail "$command"
expect_eq 7 "$(wc -l <<<"$got")" "rows of jq"
expect_match '	operation stage	s3	30$' "$got" "a row of jq"

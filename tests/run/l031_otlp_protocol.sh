#!/bin/bash
# SPDX-License-Identifier: ISC
# OTLP: the official definition of the protocol reads every field of every
# golden, and none is beyond it.
. "$(dirname "$0")"/harness.sh

modules=$TESTS/../build/node
command -v node >/dev/null || skip "no node (package nodejs)"
[ -d "$modules/node_modules/@opentelemetry/otlp-transformer" ] ||
	skip "the protocol's definition is not installed; make node"

read_otlp() {
	node "$TESTS"/node/otlp.mjs "$modules"
}

got=$(cat "$TESTS"/golden/trace-*.otlp | read_otlp) || fail "not OTLP: $got"
expect_eq 9 "$(wc -l <<<"$got")" "traces"
expect_match ' bangerd=13 banger-helper=4 events=19$' "$got" "an ordinary one"

# It does notice: a key that is not the protocol's, an id that is none.
for change in '.resourceSpans[0].scopeSpans[0].spans[0].start = "1"' \
	'.resourceSpans[0].scopeSpans[0].spans[0].spanId = "12"' \
	'.resourceSpans[0].scopeSpans[0].spans[1].kind = "SERVER!"'; do
	jq -c "$change" "$TESTS"/golden/trace-failed.otlp | read_otlp \
		>/dev/null 2>&1 && fail "taken as OTLP: $change"
done
exit 0

#!/bin/bash
# SPDX-License-Identifier: ISC
# trace in all its forms, of operations that ended in every way: each is what
# tests/golden has (BLESS=1 writes that anew), and well-formed.
. "$(dirname "$0")"/harness.sh
GOLDEN=$TESTS/golden

for name in start.daemon start.helper failed hostile ends markup; do
	bangerlog index "$DATA/$name.jsonl" >/dev/null || fail "index $name"
done

declare -A ops=(
	[completed]=op-7f00000000000001 [failed]=op-fa00000000000001
	[canceled]=op-ca00000000000001 [interrupted]=op-1d00000000000001
	[superseded]=op-1e00000000000001 [lost]=op-1f00000000000001
	[incomplete]=op-1c00000000000001 [hostile]=op-e000000000000001
	[markup]=op-bad0000000000001
)
version=$(bangerlog --version | grep -oE '[0-9.]+$')

# What is printed, whatever version printed it.
form() {
	bangerlog trace --width 80 --format "$2" "$1" |
		sed -e "s/\(\"version\":\"\)$version/\1VERSION/" \
			-e "s/bangerlog $version\.</bangerlog VERSION.</"
}

for name in "${!ops[@]}"; do
	for format in text json html svg chrome otlp raw; do
		golden=$GOLDEN/trace-$name.$format
		form "${ops[$name]}" $format >"$T/got" ||
			fail "$name: $format: status $?"
		[ -z "${BLESS:-}" ] || cp "$T/got" "$golden"
		cmp -s "$T/got" "$golden" ||
			fail "$name: $format: $(diff "$golden" "$T/got" | head -20)"
		[ $format = raw ] && continue
		LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\x8b-\x8f\xa8-\xae]' \
			"$T/got" && fail "$name: $format: a control character"
	done
done

# Trace events: what the format's document asks of each kind, slices that nest
# (a thread's two either do not overlap or one holds the other), arrows that
# begin and end within a slice of their thread.
read -r -d '' events <<'END'
def must($ok; $what): if $ok then . else error("\($what): \(.)") end;
def within($s): .ts >= $s.ts and .ts <= $s.ts + $s.dur;
.traceEvents as $all | [$all[] | select(.ph == "X")] as $slices |
($all[] |
  must((.name | type) == "string" and (.cat | type) == "string" and
    (.pid | type) == "number" and (.tid | type) == "number" and
    (.ts | type) == "number" and .ts >= 0; "an event") |
  must(.ph == "X" or .ph == "M" or .ph == "s" or .ph == "f"; "its kind") |
  if .ph == "X" then must((.dur | type) == "number" and .dur >= 0; "dur")
  elif .ph == "M" then must((.args.name | type) == "string" and
    (.name == "process_name" or .name == "thread_name"); "metadata")
  else . as $e |
    must(any($slices[]; .pid == $e.pid and .tid == $e.tid and
      (. as $s | $e | within($s))); "an arrow beside all slices") |
    must([$all[] | select(.id == $e.id) | .ph] == ["s", "f"]; "its other end")
  end | empty),
($slices | group_by([.pid, .tid])[] | . as $t | range(length) as $i |
  range($i + 1; length) as $k | [$t[$i], $t[$k]] |
  must(.[0].ts + .[0].dur <= .[1].ts or .[1].ts + .[1].dur <= .[0].ts or
    (.[0].ts <= .[1].ts and .[0].ts + .[0].dur >= .[1].ts + .[1].dur) or
    (.[1].ts <= .[0].ts and .[1].ts + .[1].dur >= .[0].ts + .[0].dur);
    "slices that cross") | empty),
($slices | length)
END
for name in "${!ops[@]}"; do
	jq "$events" "$GOLDEN/trace-$name.chrome" >"$T/n" || fail "$name: chrome"
done
expect_eq '["bangerd","banger-helper"]' "$(jq -c '[.traceEvents[] |
	select(.name == "process_name") | .args.name]' \
	"$GOLDEN/trace-completed.chrome")" "processes"
expect_eq '[17,4,4]' "$(jq -c '[.traceEvents[].ph] | [map(select(. == "X")),
	map(select(. == "s")), map(select(. == "f"))] | map(length)' \
	"$GOLDEN/trace-completed.chrome")" "slices and arrows"

# All that is in a JSON trace is what the daemon's duration is made of.
for name in completed failed canceled incomplete interrupted; do
	expect_eq true "$(jq '((.split | add) - .duration_ms | fabs) < 0.0005 and
		(([.stages[] | .daemon_ms, .helper_ms, .unaccounted_ms] | add) +
		.unaccounted_ms - .duration_ms | fabs) < 0.0005' \
		"$GOLDEN/trace-$name.json")" "$name: the shares"
done
expect_eq '[false,100]' "$(jq -c '[.complete, .split.unaccounted_ms]' \
	"$GOLDEN/trace-incomplete.json")" "a call without a line"

expect_status 2 bangerlog trace --format xml last
expect_match 'there are text, json, html, svg, chrome, otlp, raw' "$OUT" formats
expect_status 2 bangerlog trace --format csv last
expect_status 0 bangerlog trace --format help last
expect_match '^otlp +OpenTelemetry' "$OUT" "help"
expect_eq 'text json html svg chrome otlp raw' \
	"$(awk 'NR > 1 { print $1 }' <<<"$OUT" | xargs)" "help: all of them"

# The same id every time, and the operation's own digits in it.
expect_eq 2 "$(jq -r '.resourceSpans[].scopeSpans[].spans[].traceId' \
	"$GOLDEN"/trace-{completed,failed}.otlp | sort -u | wc -l)" "trace ids"
expect_match '7f00000000000001$' "$(jq -r \
	'.resourceSpans[0].scopeSpans[0].spans[0].traceId' \
	"$GOLDEN/trace-completed.otlp")" "digits"

command -v xmllint >/dev/null || skip "no xmllint (package libxml2-utils)"
for name in "${!ops[@]}"; do
	xmllint --noout "$GOLDEN/trace-$name.svg" || fail "$name: no XML"
done

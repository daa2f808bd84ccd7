#!/bin/bash
# SPDX-License-Identifier: ISC
# bangertop under random keys, resizes and signals with a hostile log: the
# short form of `make fuzz-top`, the same each time.
. "$(dirname "$0")/harness.sh"

: "${BUILD:=$TESTS/../build/release}"
"$BUILD/tests/fuzz/pty_top" "$BANGER_BIN/bangertop" "$T/log" 4000 5 >"$T/out" ||
	fail "found: $(cat "$T/out")"
expect_match '^4000 actions, .* nothing found$' "$(cat "$T/out")" "the end"

# It would see what does not belong there.
cat >"$T/leaky" <<'END'
#!/bin/bash
printf 'a\033]0;owned\007'
sleep 60
END
chmod +x "$T/leaky"
expect_status 1 "$BUILD/tests/fuzz/pty_top" "$T/leaky" "$T/log" 100
expect_match 'foreign on the terminal: OSC' "$OUT" "a foreign sequence"

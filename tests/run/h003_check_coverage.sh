#!/bin/bash
# SPDX-License-Identifier: ISC
# No branch of the helper's validators is untested.
. "$(dirname "$0")"/harness.sh
command -v gcov >/dev/null || skip "no gcov (it comes with gcc)"
expect_status 0 "$TESTS"/coverage.sh "$T/coverage"
expect_eq 3 "$(grep -c 'lines 100.00% of .* branches taken 100.00% of' <<<"$OUT")" "$OUT"
echo "$OUT"

#!/bin/bash
# SPDX-License-Identifier: ISC
# The fuzz targets' seeds and some thousand mutations of them, the same ones
# each time, under ASan and UBSan, without clang.
. "$(dirname "$0")"/harness.sh

expect_status 0 "$TESTS"/fuzz/run.sh --short 5000 "$T/fuzz"
expect_eq 5 "$(grep -cE '^(line|rpc|parse|helper_check|filter): 50[0-9]+ executions' \
	<<<"$OUT")" "targets that ran ($OUT)"

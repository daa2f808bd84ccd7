#!/bin/bash
# SPDX-License-Identifier: ISC
# top.sh: what bangertop costs on a terminal, beside htop and journalctl -f,
# and how much memory a million finished operations take (OPS=1000000).
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2
export LC_ALL=C.UTF-8
# shellcheck source=measure.sh
. bench/measure.sh
BIN=${BANGER_BIN:-build/bin}
ops=${OPS:-1000000}

measure_init
"$BENCH_TOP" "$PWD/$BIN/bangertop" || exit 1
for other in "htop" "journalctl -f"; do
	have "${other%% *}" "apt-get install ${other%% *}" || continue
	# shellcheck disable=SC2086
	"$BENCH_TOP" $(command -v ${other%% *}) ${other#"${other%% *}"}
done
mkfifo "$work/log"
"$GEN_CORPUS" -n "$ops" -f bare -o "$work/log" 2>/dev/null &
measure top "$BIN/bangertop" --once - <"$work/log" || exit 1
echo "bangertop, $ops finished operations: $(median top wall) s," \
	"peak $(median top peak) KiB"

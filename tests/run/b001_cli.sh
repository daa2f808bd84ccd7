# SPDX-License-Identifier: ISC
# The command line of every program: help, version, usage errors, manual.
. "$(dirname "$0")"/harness.sh

for program in banger bangerd banger-helper bangerlog bangertop; do
	expect_status 0 $program --help
	expect_match "^usage: $program" "$OUT" "$program --help"
	expect_status 0 $program --version
	expect_match "^$program [0-9]+\.[0-9]+\.[0-9]+$" "$OUT" "$program --version"
	expect_status 2 $program --no-such-option
	expect_match "^$program: .*no-such-option" "$OUT" "$program usage error"
	expect_status 0 $program --man
	expect_match '^\.Dd' "$OUT" "$program --man"
	expect_status 0 $program --completion bash
	bash -n <<<"$OUT" || fail "$program: completion is no bash"
done
expect_status 2 banger sart
expect_match 'unknown command "sart".*start' "$OUT" "a near miss is named"
expect_status 2 banger start
expect_status 2 banger
expect_status 1 banger --socket "$T/none.sock" list
expect_match "^banger: .*$T/none.sock.*bangerd" "$OUT" "no daemon: says which and how"
# A name from outside moves no cursor.
expect_status 1 banger --socket "$T/$(printf 'a\033[2Jb').sock" list
expect_no_match "$(printf '\033')" "$OUT" "escape in an error"

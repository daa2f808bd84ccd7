#!/bin/bash
# SPDX-License-Identifier: ISC
# Trace events (--format chrome): a viewer that is not ours opens the exports,
# in a real browser, and finds both processes' tracks with their time in them.
. "$(dirname "$0")"/harness.sh

viewer=$TESTS/../build/node/node_modules/speedscope/dist/release/index.html
browser=$(command -v chromium) || skip "no chromium (package chromium)"
[ -f "$viewer" ] || skip "the viewer is not installed; make node"
viewer=$(realpath "$viewer")

# view FILE: what the viewer shows of it, as text on one line.
view() {
	printf 'speedscope.loadFileFromBase64("trace.json", "%s")' \
		"$(base64 -w0 "$1")" >"$T/profile.js"
	HOME=$T timeout 60 "$browser" --headless --no-sandbox --disable-gpu \
		--allow-file-access-from-files --user-data-dir="$T/profile" \
		--virtual-time-budget=2000 --dump-dom \
		"file://$viewer#localProfilePath=$T/profile.js" 2>/dev/null |
		grep -oE '>[^<>{}]+<' | tr '<>\n' '   ' | tr -s ' '
}

n=0
for golden in "$TESTS"/golden/trace-{completed,incomplete,hostile}.chrome; do
	shown=$(view "$golden")
	expect_match 'trace.json - speedscope' "$shown" "$golden: it is opened"
	# Each track that has slices, and how long they last.
	jq -r '.traceEvents as $e | [$e[] | select(.ph == "X") | [.pid, .tid]] | unique[] |
		. as $t | $e[] | select(.name == "process_name" and .pid == $t[0]) |
		"\(.args.name) (pid \($t[0]))"' "$golden" >"$T/tracks"
	[ -s "$T/tracks" ] || fail "$golden has no slices"
	while read -r track; do
		[[ $shown == *"$track"* ]] || fail "$golden: no track $track in: $shown"
	done <"$T/tracks"
	n=$((n + 1))
done
[ $n = 3 ] || fail "only $n goldens"
expect_match 'bangerd \(pid 1\), operations 1 .* 112\.75ms .* banger-helper \(pid 2\), calls 1 .* 104\.50ms' \
	"$(view "$TESTS"/golden/trace-failed.chrome)" "the time of a failed one"

# What is not in the file is not shown.
jq '.traceEvents |= map(select(.ph != "X" or .pid != 2))' "$TESTS"/golden/trace-failed.chrome >"$T/less.chrome"
expect_no_match 'banger-helper \(pid 2\)' "$(view "$T/less.chrome")" "a track without slices"
exit 0

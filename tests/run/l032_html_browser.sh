#!/bin/bash
# SPDX-License-Identifier: ISC
# The page in a real browser: text from a log stays text, nothing is loaded and
# nothing runs.
. "$(dirname "$0")"/harness.sh

browser=$(command -v chromium) || skip "no chromium (package chromium)"
for name in start.daemon start.helper markup; do
	bangerlog index "$DATA/$name.jsonl" >/dev/null || fail "index $name"
done

# dom FILE: the document as the browser understood it.
dom() {
	HOME=$T timeout 60 "$browser" --headless --no-sandbox --disable-gpu \
		--user-data-dir="$T/profile" --dump-dom "file://$1" 2>/dev/null
}

# picture FILE OPTION…
picture() {
	rm -f "$T/shot.png"
	HOME=$T timeout 60 "$browser" --headless --no-sandbox --disable-gpu \
		--user-data-dir="$T/profile" --screenshot="$T/shot.png" \
		"${@:2}" "file://$1" >/dev/null 2>&1
	[ -s "$T/shot.png" ] || fail "no picture of $1"
}

printf '<p id=a>x</p><script>document.body.append("ran")</script>' >"$T/a.html"
expect_match 'ran</body>' "$(dom "$T/a.html")" "the browser runs scripts"

for format in html svg; do
	bangerlog trace --format $format op-bad >"$T/bad.$format" || fail $format
	page=$(dom "$T/bad.$format")
	expect_match '</(main|svg)>' "$page" "$format: its end"
	expect_no_match '<script|<img|</b></b>' "$page" \
		"$format: markup of the log"
	expect_match '&lt;/title&gt;&lt;script&gt;|onerror=alert\(1\)&gt;' \
		"$page" "$format: as text"
done
expect_eq "$(grep -o '<title>[^<]*' "$T/bad.html" | head -1)" \
	"$(grep -o '<title>[^<]*' <<<"$(dom "$T/bad.html")" | head -1)" "title"
bangerlog trace --format html 7f >"$T/7f.html"
page=$(dom "$T/7f.html")
expect_eq 17 "$(grep -c '<g class="row">' <<<"$page")" "rows"
expect_eq 19 "$(grep -o '<td><pre>' <<<"$page" | wc -l)" "lines"
grep -qE '(src|href|url)[=(]' "$T/7f.html" && fail "it refers to something"
for dark in 0 1; do
	picture "$T/7f.html" --blink-settings=preferredColorScheme=$dark
	sums+=" $(sha256sum <"$T/shot.png")"
done
[ "$(tr ' ' '\n' <<<"$sums" | grep -cE '^[0-9a-f]{64}$')" = 2 ] || fail sums
[ "$(tr ' ' '\n' <<<"$sums" | grep -E '^[0-9a-f]{64}$' | sort -u | wc -l)" = 2 ] ||
	fail "light and dark look the same"

#!/bin/bash
# SPDX-License-Identifier: ISC
# The manual pages: well formed, with all that the tables and the index have
# in them, and installed where man looks for them.
. "$(dirname "$0")"/harness.sh
command -v mandoc >/dev/null || skip "no mandoc"

PACKAGING=$TESTS/../packaging
"$PACKAGING"/man/build.sh "$BANGER_BIN" "$T/man" || fail "build.sh"
expect_eq "banger-helper.8 banger-index.5 banger-log.7 banger-rpc.7 banger.1 bangerd.8 bangerd.conf.5 bangerlog-formats.5 bangerlog-query.7 bangerlog.1 bangertop.1" \
	"$(cd "$T/man" && echo *)" "pages"
for page in "$T"/man/*; do
	expect_eq "" "$(mandoc -Tlint -Wwarning "$page")" "$page: mandoc"
	expect_eq "" "$(man --warnings -E UTF-8 -l -Tutf8 -Z "$page" \
		2>&1 >/dev/null)" "$page: groff"
	expect_no_match '.' "$(grep -n '^@' "$page")" "$page: a line of the template"
	expect_eq "" "$(MANWIDTH=80 mandoc -Tutf8 -Owidth=78 "$page" | col -bx |
		grep -oE '.*(\\[fe(]|`|\*\*|\]\().*')" "$page: markup in the text"
done

# tells NAME REGEX LABEL: a line of the page, as it is read.
tells() {
	mandoc -Tutf8 -Owidth=200 "$T/man/$1" | col -bx | sed 's/, /\n     /g' |
		grep -qE -- "$2" || fail "$1: no /$2/ for $3"
}

while read -r command; do
	tells bangerlog.1 "^     $command( |$)" command
done < <(bangerlog --help | sed -n '/^commands:/,/^$/p' | grep -oE '^  [a-z]+')
for status in 0 1 2 65 66 69 74 75 76 78 130; do
	tells bangerlog.1 "^     $status  " "an exit status"
done
for title in FILES ENVIRONMENT EXAMPLES 'SEE ALSO' 'EXIT STATUS'; do
	tells bangerlog.1 "^$title$" "a section"
done
tells bangerlog.1 '^     BANGERLOG_DB$' "the tables' variables"
# Its examples are of commands that there are, in their right spelling.
grep -oE '^\$ bangerlog [a-z]+ .*' "$T/man/bangerlog.1" >"$T/examples"
[ "$(wc -l <"$T/examples")" -ge 4 ] || fail "examples"
bangerlog index "$DATA"/start.*.jsonl "$DATA"/failed.jsonl >/dev/null
while read -r _ line; do
	case $line in
	*"index --journal"* | *"sql \""* | *vm:web1*) continue ;;
	esac
	bash -c "$line" >/dev/null 2>"$T/err" || fail "$line: $(cat "$T/err")"
done <"$T/examples"

# Every column of every public view is told of; so is every field.
for view in ops stages helper_calls records gaps; do
	for column in $(bangerlog sql \
		"SELECT name FROM pragma_table_info('$view')"); do
		tells banger-index.5 "(^|[^a-z_])$column([^a-z_]|$)" "$view"
	done
done
expect_match "^$(sqlite3 "$BANGERLOG_DB" 'PRAGMA user_version');" \
	"$(grep -A 1 '^\.It.*user_version' "$T/man/banger-index.5")" "the version"
for field in $(bangerlog ops -q help | sed -n '2,/^$/p' | cut -d' ' -f1); do
	tells bangerlog-query.7 "^     ${field%%:*}([:, (]|$)" "a field"
done

# The log contract and the RPC have what their tables have.
while read -r msg; do
	tells banger-log.7 "^     $msg  *$|^     $msg$|msg $msg" "an event"
done < <(sed -n 's/^EVENT([A-Z_]*, "\([^"]*\)".*/\1/p' \
	"$TESTS/../lib/wire/events.def")
while read -r method; do
	tells banger-rpc.7 "(^|[^a-z.])${method//./\\.}([^a-z.]|$)" "a method"
done < <(sed -n 's/^\(METHOD\|PRIVOP\)([A-Z_]*, "\([^"]*\)".*/\2/p' \
	"$TESTS"/../lib/wire/{methods,privops}.def)
tells banger-log.7 'journalctl -u bangerd -u banger-helper' "the one-liner"

# A template that leaves a section out, or asks for one too many, is refused.
mkdir "$T/tree"
cp -r "$PACKAGING" "$TESTS/../docs" "$T/tree"
sed -i '/^@EXIT STATUS@/d' "$T/tree/packaging/man/bangerlog.1.in"
expect_status 1 "$T/tree/packaging/man/build.sh" "$BANGER_BIN" "$T/not"
expect_match 'leaves out: .*EXIT STATUS' "$OUT" "left out"
sed 's/@NAME@/@NAMES@/' "$PACKAGING/man/bangerlog.1.in" \
	>"$T/tree/packaging/man/bangerlog.1.in"
expect_status 1 "$T/tree/packaging/man/build.sh" "$BANGER_BIN" "$T/not"
expect_match 'no section NAMES' "$OUT" "one too many"

PREFIX=/usr DESTDIR=$T/root "$PACKAGING"/install.sh "$BANGER_BIN" >/dev/null ||
	fail "install"
for page in "$T"/man/*; do
	cmp "$page" "$T/root/usr/share/man/man${page##*.}/${page##*/}" ||
		fail "installed $page"
done

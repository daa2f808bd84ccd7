#!/bin/bash
# SPDX-License-Identifier: ISC
# What else a live journal has of the time of an operation: of its VM's unit,
# and not of others; from the journal that the index was made from, and from
# this host's beside an index of files.  And what --unit said is kept: reading
# on reads the same units.
here=$(dirname "$0")
# shellcheck source=../lib/journald.sh
. "$here"/../lib/journald.sh
journald_enter "$@"
# shellcheck source=harness.sh
. "$here"/harness.sh
journald_open
journald_start

as() { # UNIT: standard input as its stderr
	(writer "$1") || fail "the writer"
}
# line SECONDS-FROM-NOW SEQ OP REST
line() {
	printf '{"time":"%s","level":"INFO","run":"c0c0c0c0","seq":%d,"op_id":"%s","operation":"vm.start","vm_name":"web-1",%s}\n' \
		"$(date -u -d "@$(($(date +%s) + $1))" +%FT%TZ)" "$2" "$3" "$4"
}
{
	line 0 1 op-c000000000000001 '"msg":"operation started"'
	line 0 2 op-c000000000000001 '"msg":"operation failed","duration_ms":1,"error":"no"'
} >"$T/now"
{
	line -3600 3 op-c000000000000002 '"msg":"operation started"'
	line -3600 4 op-c000000000000002 '"msg":"operation completed","duration_ms":1'
} >"$T/before"
as bangerd.service <"$T/now"
printf 'qemu: \033[31mboom\n' | as banger-vm@web-1.service
echo "another VM" | as banger-vm@web-11.service
echo "KVM is no concern of mine" | as other.service
journald_sync

# context OP [OPTION…]: "source line" of each.
context() {
	bangerlog trace --context=60 --format json "$@" 2>"$T/err" |
		jq -r 'select(.context) | "\(.source) \(.line | @json)"'
}
want='banger-vm@web-1.service "qemu: \u001b[31mboom"'
bangerlog index --journal >/dev/null || fail "index"
expect_eq "$want" "$(context last-failed)" "the index's journal"
expect_eq "" "$(cat "$T/err")" "no word"
expect_match 'banger-vm@web-1.service: qemu: \\x1b\[31mboom' \
	"$(bangerlog trace --context=60 last-failed)" "as text"
bangerlog index --db "$T/files.db" "$T/now" "$T/before" >/dev/null || fail "index"
expect_eq "" "$(context --db "$T/files.db" last-failed)" "an index of files"
for from in journal "$JOURNAL" "$JOURNAL/system.journal"; do
	expect_eq "$want" "$(context --db "$T/files.db" --context-from "$from" \
		last-failed)" "from $from"
	expect_eq "" "$(context --db "$T/files.db" --context-from "$from" \
		op-c000000000000002)" "an hour before: from $from"
done
# Of all that is there the time comes first, however much lies on both sides.
seq -f 'later %.0f' 3000 | as banger-vm@web-1.service
journald_sync
expect_eq "$want" "$(context last-failed | head -n 1)" "in order"
expect_match 'and 2801 more' "$(bangerlog trace --context=600 last-failed)" "at most"

# The units that were asked for are kept with the place.
export BANGERLOG_DB=$T/units.db
bangerlog index --journal --unit other,web.scope >/dev/null || fail "--unit"
expect_eq 'journal://?unit=other.service,web.scope' \
	"$(bangerlog info --format json | jq -r '.inputs[].path')" "the input"
echo "news of other" | as other.service
echo "news of bangerd" | as bangerd.service
journald_sync
unset BANGERLOG_NO_REFRESH
expect_eq "$(printf 'KVM is no concern of mine\nnews of other')" \
	"$(bangerlog sql 'SELECT line FROM records ORDER BY time_ns')" "read on"
bangerlog index --journal >/dev/null || fail "the usual ones too"
expect_eq 2 "$(bangerlog info --format json | jq '.inputs | length')" "two inputs"
expect_eq 1 "$(bangerlog sql "SELECT count(*) FROM records
	WHERE line = 'news of bangerd'")" "from the start of that one"
echo "more of other" | as other.service
echo "more of bangerd" | as bangerd.service
journald_sync
expect_eq 2 "$(bangerlog sql "SELECT count(*) FROM records
	WHERE line LIKE 'more of%'")" "both are read on"
rm -f "$T"/units.db*
ln -s "$JOURNAL" "$T/link"
(cd "$T" && bangerlog index --journal=link --unit other) >/dev/null || fail "a folder"
expect_eq "journal://$JOURNAL?unit=other.service" \
	"$(bangerlog info --format json | jq -r '.inputs[].path')" "a whole path"
echo "the last of other" | as other.service
journald_sync
expect_eq 1 "$(bangerlog sql "SELECT count(*) FROM records
	WHERE line = 'the last of other'")" "read on in a folder"
expect_status 2 bangerlog index --journal --unit a,,b

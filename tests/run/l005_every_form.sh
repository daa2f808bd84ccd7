#!/bin/bash
# SPDX-License-Identifier: ISC
# The same operations out of every form that a journal is printed in: a real
# journal file goes through the real journalctl, and each time the operations,
# stages, helper calls and statuses are those of the bare lines.
. "$(dirname "$0")"/harness.sh
remote=/lib/systemd/systemd-journal-remote
[ -x $remote ] || skip "no systemd-journal-remote"

# journalctl's JSON as an export stream; a MESSAGE of bytes is ASCII here.
jq -rj '(.MESSAGE | arrays) |= implode | del(.__CURSOR) | to_entries |
	(.[] | "\(.key)=\(.value)\n"), "\n"' "$DATA"/journal.jsonl >"$T/in"
$remote -o "$T/j.journal" - <"$T/in" >/dev/null 2>&1 || fail "journal file"
expect_eq 22 "$(journalctl --file "$T/j.journal" -o cat | wc -l)" "entries"

bangerlog index --db "$T/bare.db" "$DATA"/start.*.jsonl >/dev/null || fail bare
want=$(answer "$T/bare.db")
expect_eq '2|12|4' "$(sqlite3 "$T/bare.db" 'SELECT (SELECT count(*) FROM ops),
	(SELECT count(*) FROM stages), (SELECT count(*) FROM helper_calls)')" \
	"the bare lines"
expect_eq 'vm.start|completed|2163.25' "$(sqlite3 "$T/bare.db" 'SELECT
	operation, status, duration_ms FROM ops WHERE op_id LIKE "op-7f%"')" \
	"the operation"

for form in json export cat short short-full short-iso short-iso-precise \
	short-precise short-monotonic short-delta short-unix with-unit; do
	journalctl --file "$T/j.journal" --all -o $form >"$T/$form"
	for input in "$T/$form" -; do
		rm -f "$T"/form.db*
		got=$(bangerlog index --db "$T/form.db" --format json "$input" \
			<"$T/$form") || fail "$form"
		expect_eq '[22,2,0,0,0,0,0]' "$(jq -c '[.records, .operations,
			.text, .bad, .torn, .foreign, .gaps]' <<<"$got")" \
			"$form: $input"
		expect_eq "$want" "$(answer "$T/form.db")" "$form: the answer"
	done
	# And into an index that has them all.
	got=$(bangerlog index --db "$T/bare.db" --format json "$T/$form")
	expect_eq '[0,22]' "$(jq -c '[.records, .duplicates]' <<<"$got")" \
		"$form: known already"
done
journalctl --file "$T/j.journal" --no-hostname -o short-full >"$T/nohost"
bangerlog index --db "$T/nohost.db" "$T/nohost" >/dev/null || fail nohost
expect_eq "$want" "$(answer "$T/nohost.db")" "without the host"

# Other units' entries are rows, and no evidence.
sed 's/^_SYSTEMD_UNIT=bangerd.service/_SYSTEMD_UNIT=evil.service/' \
	"$T/export" >"$T/foreign"
got=$(bangerlog index --db "$T/foreign.db" --format json "$T/foreign")
expect_eq '[22,17,0]' "$(jq -c '[.records, .foreign, .gaps]' <<<"$got")" foreign
expect_eq '0|4' "$(sqlite3 "$T/foreign.db" 'SELECT (SELECT count(*) FROM
	stages), (SELECT count(*) FROM helper_calls)')" "nothing of evil's"
got=$(bangerlog index --db "$T/named.db" --format json \
	--unit evil,banger-helper.service "$T/foreign")
expect_eq '[22,0]' "$(jq -c '[.records, .foreign]' <<<"$got")" "--unit"
expect_eq 12 "$(sqlite3 "$T/named.db" 'SELECT count(*) FROM stages')" "its stages"
expect_status 2 bangerlog index --unit a,,b "$T/foreign"

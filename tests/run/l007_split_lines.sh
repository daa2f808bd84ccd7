#!/bin/bash
# SPDX-License-Identifier: ISC
# journald splits a line at 48 KiB and at a NUL, with other streams' entries in
# between: through a real journal and the real journalctl it is one line again.
. "$(dirname "$0")"/harness.sh
remote=/lib/systemd/systemd-journal-remote
[ -x $remote ] || skip "no systemd-journal-remote"

us=1777241584000000
# entry STREAM PID BREAK FILE: one entry of an export stream, its MESSAGE binary.
entry() {
	local size

	us=$((us + 100))
	printf '__REALTIME_TIMESTAMP=%s\n__MONOTONIC_TIMESTAMP=%s\n' \
		$us $((us - 1777241580000000))
	printf '_BOOT_ID=%s\n_TRANSPORT=stdout\nPRIORITY=6\n' \
		b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0
	printf '_PID=%s\n_UID=990\n_SYSTEMD_UNIT=bangerd.service\n' "$2"
	printf '_STREAM_ID=%s\n' "$1"
	[ -z "$3" ] || printf '_LINE_BREAK=%s\n' "$3"
	size=$(printf '%016x' "$(stat -c %s "$4")" |
		sed 's/\(..\)\(..\)\(..\)\(..\)\(..\)\(..\)\(..\)\(..\)/\\x\8\\x\7\\x\6\\x\5\\x\4\\x\3\\x\2\\x\1/')
	printf 'MESSAGE\n%b' "$size"
	cat "$4"
	printf '\n\n'
}
# line SEQ SECOND MSG MORE: one of the daemon.
line() {
	printf '{"time":"2026-04-26T22:13:0%s","level":"INFO","msg":"%s","run":"d0d0d0d0","seq":%s,"operation":"vm.start","op_id":"op-91"%s}' \
		"$2" "$3" "$1" "$4"
}

line 1 4Z "operation started" '' >"$T/1"
line 2 4.1Z "operation stage" \
	",\"stage\":\"validate\",\"x\":\"$(printf '%0130000d' 0)\"" >"$T/2"
line 3 4.5Z "operation completed" ',"duration_ms":500' >"$T/3"
printf 'another stream' >"$T/other"
printf 'before' >"$T/before"
printf 'behind' >"$T/behind"
printf '{"msg":"cut o' >"$T/eof"
split -b 49152 -d "$T/2" "$T/2."
expect_eq "49152 49152 $(($(stat -c %s "$T/2") - 98304))" \
	"$(stat -c %s "$T"/2.0* | tr '\n' ' ' | sed 's/ $//')" "the pieces"
{
	entry one 100 '' "$T/1"
	entry one 100 line-max "$T/2.00"
	entry two 100 '' "$T/other"
	entry two 100 nul "$T/before"
	entry one 100 line-max "$T/2.01"
	entry two 100 '' "$T/behind"
	entry one 100 '' "$T/2.02"
	entry one 100 '' "$T/3"
	entry two 100 eof "$T/eof"
} >"$T/in"
$remote -o "$T/j.journal" - <"$T/in" >/dev/null 2>&1 || fail "journal file"
expect_eq 9 "$(journalctl --file "$T/j.journal" -o cat --all | wc -l)" entries

for form in json export; do
	journalctl --file "$T/j.journal" --all -o $form >"$T/$form"
	for input in "$T/$form" -; do
		rm -f "$T"/form.db*
		got=$(bangerlog index --db "$T/form.db" --format json "$input" \
			<"$T/$form") || fail "$form"
		expect_eq '[6,1,1,1,1,0]' "$(jq -c '[.records, .operations,
			.text, .bad, .torn, .gaps]' <<<"$got")" "$form: $input"
		expect_eq '["completed",500,[["validate",400]],3]' \
			"$(bangerlog trace --db "$T/form.db" --format json \
			op-91 | jq -c '[.status, .duration_ms,
			[.stages[] | [.stage, .duration_ms]], .records]')" \
			"$form: the operation"
		expect_match '1 line was rejoined of pieces$' "$(bangerlog trace \
			--db "$T/form.db" --width 200 op-91)" "$form: the certificate"
		expect_eq '' "$(sqlite3 "$T/form.db" 'SELECT * FROM gaps')" \
			"$form: gaps"
		bangerlog sql --db "$T/form.db" --format json "SELECT line
			FROM records WHERE msg = 'operation stage'" |
			jq -rj .line >"$T/line"
		cmp "$T/2" "$T/line" || fail "$form: not the same line"
		expect_eq '6265666F726500626568696E64' "$(sqlite3 "$T/form.db" \
			"SELECT hex(raw) FROM record WHERE kind = 'bad'")" \
			"$form: the NUL"
	done
	# And one answer, whichever form comes second.
	got=$(bangerlog index --format json "$T/$form")
	expect_eq 6 "$(jq '.records + .duplicates' <<<"$got")" "$form: again"
done
expect_eq 6 "$(bangerlog sql 'SELECT count(*) FROM records')" "one each"

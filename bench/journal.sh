#!/bin/bash
# SPDX-License-Identifier: ISC
# journal.sh: what it costs to index the journal's own files, beside journalctl
# printing the messages alone, which is the least that any reader of them pays.
#
# JOURNAL_OPS=16000  operations: more would not fit into one file, as the
#                    journal begins another when its hash table is 3/4 full
# ROUNDS=3           the two take turns
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2
export LC_ALL=C.UTF-8
# shellcheck source=measure.sh
. bench/measure.sh
BIN=${BANGER_BIN:-build/bin}
GEN_CORPUS=${GEN_CORPUS:-build/release/bench/gen_corpus}
remote=/lib/systemd/systemd-journal-remote
ops=${JOURNAL_OPS:-16000}
rounds=${ROUNDS:-3}
export=build/bench/corpus-$ops.export
journal=build/bench/corpus-$ops.journal

make_journal() {
	[ "$journal" -nt "$GEN_CORPUS" ] && return
	corpus "$ops" export "$export" || return
	rm -f "$journal" "${journal%.journal}"@*.journal
	"$remote" -o "$journal" "$export" >"$work/remote.err" 2>&1 || {
		cat "$work/remote.err" >&2
		return 1
	}
	rm -f "$export"
}

# Into nothing: a file of that size would still be written behind bangerlog.
run_journalctl() {
	OUT=/dev/null measure journalctl journalctl --file "$journal" -o cat
}
run_bangerlog() {
	rm -f "$work"/index.db*
	measure bangerlog "$BIN/bangerlog" index --db "$work/index.db" \
		--journal="$journal"
}

# row NAME WHAT
row() {
	local wall

	wall=$(median "$1" wall)
	printf '| %s | %.2f | %s | %.2f | %s | %s |\n' "$2" "$wall" \
		"$(calc "$wall / $base")" "$(median "$1" cpu)" \
		"$(calc "$(median "$1" peak) / 1024" %.0f)" \
		"$(calc "$records / $wall" %.0f)"
}

main() {
	local base records indexed

	measure_init
	have sqlite3 "apt-get install sqlite3" || exit 0
	have "$remote" "apt-get install systemd-journal-remote" || exit 0
	"$BIN/bangerlog" index --help | grep -q -e --journal || {
		echo "bench: this bangerlog reads no journal files" >&2
		exit 0
	}
	make_journal || exit 1
	cat "$journal" >/dev/null
	for ((round = 1; round <= rounds; round++)); do
		run_journalctl && run_bangerlog || exit 1
	done
	base=$(median bangerlog wall)
	records=$(journalctl --file "$journal" -o cat | wc -l)
	indexed=$("$BIN/bangerlog" sql --db "$work/index.db" \
		"SELECT count(*) FROM records")
	echo
	echo "$records records in a journal file of $(calc \
		"$(stat -c %s "$journal") / 1e6" %.0f) MB; medians of $rounds"
	[ "$indexed" = "$records" ] ||
		echo "**wrong**: bangerlog has $indexed records"
	echo
	echo '| | wall s | ratio | cpu s | peak MiB | records/s |'
	echo '|---|--:|--:|--:|--:|--:|'
	row bangerlog '`bangerlog index --journal`'
	row journalctl '`journalctl -o cat`'
	echo
}
main

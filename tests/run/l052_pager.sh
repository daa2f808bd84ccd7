#!/bin/bash
# SPDX-License-Identifier: ISC
# Text that is longer than the screen goes through a pager, and nothing else
# does; whatever the pager does, the exit status is the command's.
. "$(dirname "$0")"/harness.sh
command -v script >/dev/null || skip "no script"

for name in start.daemon start.helper hostile failed two; do
	bangerlog index "$DATA/$name.jsonl" >/dev/null || fail "index $name"
done
unset PAGER LESS BANGER_PAGER NO_COLOR
export TERM=xterm

# on_tty ROWS COMMAND: what a terminal of so many rows gets, and "rc=STATUS".
on_tty() {
	script -qec "stty rows $1 cols 80 -onlcr; $2; echo rc=\$?" /dev/null \
		2>&1 </dev/null
}
# Nothing that is made for a terminal is wider than one of 80 columns, and ids
# that were cut there still name their operation.
for name in start.daemon start.helper hostile failed two ends markup \
	top_history; do
	bangerlog index --db "$T/wide.db" "$DATA/$name.jsonl" >/dev/null ||
		fail "index $name"
done
for command in "ops --all" "ops -q help" "trace op-e000000000000001" "trace last-failed" \
	"why op-e000000000000001" "diff op-7f0 op-e000000000000001" stats "stats --by stage" "stats --by vm" \
	"stats --by helper" "stats --by stage --compare 1h" blame errors audit \
	"tail -n 100" "grep ." info "trace --context=9h op-e000000000000001"; do
	out=$(BANGER_PAGER=cat NO_COLOR=1 BANGERLOG_NO_REFRESH=1 \
		BANGERLOG_DB=$T/wide.db on_tty 50 "bangerlog $command" | tr -d '\r')
	[ "$(wc -L <<<"$out")" -le 80 ] ||
		fail "$command is wider than 80: $(awk 'length > 80' <<<"$out")"
	expect_no_match $'\x1b' "$out" "$command: NO_COLOR"
	[ "$(wc -l <<<"$out")" -ge 2 ] || fail "$command: $out"
done
n=0
export BANGERLOG_DB=$T/wide.db
for id in $(BANGER_PAGER=cat NO_COLOR=1 on_tty 50 "bangerlog ops --all" |
	tr -d '\r' | grep -oE 'op-x?[0-9a-f]+ *$'); do
	bangerlog raw "$id" >/dev/null || fail "$id names nothing"
	n=$((n + 1))
done
expect_eq "$(bangerlog ops --all --format json | wc -l)" $n "ids"
export BANGERLOG_DB=$T/index.db

# The pager that says that it ran, and what it was given.
cat >"$T/pager" <<END
#!/bin/sh
echo "LESSSECURE=\$LESSSECURE LESS=\$LESS" >"$T/ran"
exec cat >"$T/seen"
END
chmod +x "$T/pager"
export BANGER_PAGER=$T/pager
ran() {
	[ -e "$T/ran" ] || return 1
	rm -f "$T/ran"
}

out=$(on_tty 10 "bangerlog trace 7f00")
ran || fail "a long text: no pager ran"
expect_eq "rc=0" "$out" "all of it went into the pager"
bangerlog trace --color always 7f00 >"$T/want"
expect_eq "$(cat "$T/want")" "$(cat "$T/seen")" "what it was given"
bangerlog ops --all | tail -n +2 | cut -c 6-15 >"$T/want"
on_tty 4 "bangerlog ops --all" >/dev/null
expect_eq "$(cat "$T/want")" "$(tail -n +2 "$T/seen" | cut -c 1-10)" \
	"ops"
on_tty 4 "bangerlog ops --all" >/dev/null
ran && : "$(<"$T/seen")"

out=$(on_tty 60 "bangerlog trace 7f00")
ran && fail "it fits: a pager ran"
expect_match 'complete: no line is missing' "$out" "it fits"
out=$(on_tty 10 "bangerlog trace --format json 7f00")
ran && fail "JSON: a pager ran"
expect_match '"op_id":"op-7f00000000000001"' "$out" "JSON"
out=$(on_tty 10 "bangerlog trace 7f00 | cat")
ran && fail "into a pipe: a pager ran"
out=$(TERM=dumb on_tty 10 "bangerlog trace 7f00")
ran && fail "a dumb terminal: a pager ran"
for none in "" cat; do
	out=$(BANGER_PAGER=$none PAGER=$T/pager on_tty 10 "bangerlog trace 7f00")
	ran && fail "BANGER_PAGER='$none': a pager ran"
	expect_match 'complete: no line is missing' "$out" "no pager"
done
BANGER_PAGER='' on_tty 10 "env -u BANGER_PAGER PAGER=$T/pager bangerlog raw 7f" >/dev/null
expect_eq "LESSSECURE=1 LESS=FRX" "$(cat "$T/ran")" "PAGER, and its environment"
rm -f "$T/ran"
LESS=M BANGER_PAGER=$T/pager on_tty 10 "bangerlog raw 7f" >/dev/null
expect_eq "LESSSECURE=1 LESS=M" "$(cat "$T/ran")" "the reader's own LESS"

# A hostile log reaches the terminal's pager as harmlessly as the terminal.
on_tty 2 "bangerlog raw vm:\$(bangerlog sql \"SELECT vm_name FROM ops WHERE
	op_id LIKE 'op-e0%'\")" >/dev/null
on_tty 3 "bangerlog raw e0" >/dev/null
expect_no_match $'\e|\r' "$(cat "$T/seen")" "raw"
[ -s "$T/seen" ] || fail "raw: nothing"

# Quit at once, killed, not there: the status is the command's, nothing hangs.
bangerlog index --db "$T/bad.db" "$DATA"/start.*.jsonl "$DATA/two.jsonl" >/dev/null
sqlite3 "$T/bad.db" "UPDATE op SET records = 99, run = NULL"
for pager in true false 'exit 3' 'kill -9 $$' 'head -n 1 >/dev/null' "$T/none"; do
	out=$(BANGER_PAGER=$pager on_tty 2 "bangerlog verify --db $T/bad.db")
	expect_match '^rc=1$' "$out" "verify | $pager"
	out=$(BANGER_PAGER=$pager on_tty 5 \
		"bangerlog sql 'WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL
		SELECT x + 1 FROM c LIMIT 200000) SELECT x FROM c'")
	expect_match '^rc=0$' "$out" "sql | $pager"
	expect_no_match 'writing to|Broken pipe' "$out" "sql | $pager"
done

# The real less, in a real terminal.
command -v less >/dev/null && command -v tmux >/dev/null || exit 0
at_exit "tmux -L bgp$$ kill-server"
env -u BANGER_PAGER tmux -L bgp$$ -f /dev/null new-session -d -x 80 -y 12 \
	"PS1='ready> ' bash --noprofile --norc"
shows() {
	tmux -L bgp$$ capture-pane -p | grep -qE -- "$1"
}
wait_for "a prompt" shows 'ready>'
tmux -L bgp$$ send-keys "clear; bangerlog trace 7f00; echo rc=\$?" Enter
wait_for "the first screen" shows '^:$'
shows 'vm.start web-1  completed in' || fail "the first screen"
tmux -L bgp$$ send-keys G
wait_for "the end" shows 'complete: no line is missing'
tmux -L bgp$$ send-keys C-c
tmux -L bgp$$ send-keys q
wait_for "the prompt again" shows '^rc=0$'
tmux -L bgp$$ send-keys "clear; bangerlog ops -n 2; echo rc=\$?" Enter
wait_for "a short text: no prompt of less" shows '^rc=0$'

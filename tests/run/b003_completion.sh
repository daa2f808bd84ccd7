#!/bin/bash
# SPDX-License-Identifier: ISC
# Completion in the real shells, over an index whose VMs have names that would
# run commands, split words or move the cursor if anything expanded them.
. "$(dirname "$0")"/harness.sh

mark=$T/ran
n=0
{
	for name in web-1 web-2 "a b" "it's" 'say "hi"' "\$(touch $mark)" \
		"\`touch $mark\`" ";touch $mark" '*' '~root' 'back\slash' '日本' \
		"two
lines" $'esc\e[31m' '-rf' 'co:lon' 'e=q'; do
		n=$((n + 1))
		jq -nc --arg n "$name" --arg i "$(printf 'op-%02x00000000000000' $n)" --argjson s $n \
			'{time: "2026-04-26T22:13:04Z", level: "INFO",
			msg: "operation started", run: "7e", seq: $s,
			operation: "vm.start", op_id: $i, vm_name: $n}'
	done
} >"$T/log"
bangerlog index "$T/log" >/dev/null || fail "index"

# ---- what is asked --------------------------------------------------------

expect_eq "last last-failed" "$(bangerlog complete op las | xargs)" "last"
expect_eq "$(printf 'op-%02x00000000000000 ' {1..17} | sed 's/ $//')" \
	"$(bangerlog complete op op- | sort | xargs)" "ids"
expect_eq "op-1000000000000000 op-1100000000000000" \
	"$(bangerlog complete op op-1 | xargs)" "ids that begin so"
expect_eq 'vm:web-1
vm:web-2' "$(bangerlog complete op vm:web | sort)" "VMs"
expect_eq 'vm:it'\''s' "$(bangerlog complete op "vm:it")" "a quote"
expect_eq "" "$(bangerlog complete op vm:esc; bangerlog complete op vm:two)" \
	"what a terminal could not show"
# Of more names than are offered, those that were used last.
for n in $(seq 10 79); do
	printf '{"time":"2026-04-26T22:%02d:%02dZ","level":"INFO","msg":"operation completed","run":"c0","seq":%d,"operation":"vm.stop","op_id":"op-c0000000000000%d","vm_name":"many-%d","duration_ms":1}\n' \
		$((n / 60)) $((n % 60)) $n $n $((89 - n))
done >"$T/many"
bangerlog index --db "$T/many.db" "$T/many" >/dev/null || fail "index many"
expect_eq "$(seq -f 'vm:many-%.0f' 10 59)" \
	"$(bangerlog complete --db "$T/many.db" op vm:many | sort)" "the newest VMs"
expect_status 0 bangerlog complete --db "$T/none" op op-
expect_eq "" "$(grep -v '^last' <<<"$OUT")" "silent without an index"
head -c 5000 "$BANGERLOG_DB" >"$T/bad.db"
expect_status 0 bangerlog complete --db "$T/bad.db" op op-
expect_eq "" "$OUT" "silent about a bad one"
expect_no_match 'complete ' "$(bangerlog --help)" "hidden"
expect_status 2 bangerlog completion fish
expect_match 'use bash or zsh' "$OUT" "another shell"

# ---- bash ------------------------------------------------------------------

# Each line of what readline would offer for a command line up to its end.
in_bash() {
	bash --norc --noprofile -ic '
		for p in bangerlog banger bangertop; do
			source <($p --completion bash)
		done
		source <(bangerlog completion bash)
		compopt() { :; }
		COMP_LINE=$1
		shift
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		"_$1"
		printf "%s\n" "${COMPREPLY[@]}"' bash "$*" "$@" 2>"$T/err" | sort |
		sed '/^$/d'
	expect_eq "" "$(grep -v 'job control\|cannot set terminal' "$T/err")" \
		"bash: $*"
}
all=$(in_bash bangerlog "")
for command in index ops trace raw sql completion help; do
	expect_match "^$command\$" "$all" "commands"
done
expect_no_match '^complete$' "$all" "hidden"
expect_match '^--number$' "$(in_bash bangerlog ops --n)" "options"
expect_match '^--ascii$' "$(in_bash bangerlog trace last --)" "options behind"
expect_eq 'json text' "$(in_bash bangerlog ops --format "" | xargs)" "a format"
expect_eq 'json' "$(in_bash bangerlog ops --format = j)" "a format behind ="
expect_eq 'always auto' "$(in_bash bangerlog trace --color a | xargs)" "words"
expect_eq 'bash zsh' "$(in_bash bangerlog completion "" | xargs)" "shells"
expect_eq '' "$(in_bash bangerlog --no-such "" --db '$(touch '"$mark"')' trace op- |
	grep -v '^last')" "an index that is no name"
expect_eq 'op-0200000000000000' "$(BANGERLOG_DB='' \
	in_bash bangerlog --db "$BANGERLOG_DB" trace op-02)" "--db goes on"
expect_eq 'op-0200000000000000' "$(BANGERLOG_DB='' \
	in_bash bangerlog trace --db = "$BANGERLOG_DB" op-02)" "--db= goes on"
expect_eq 'web-1 web-2' "$(in_bash bangerlog trace vm : we | xargs)" \
	"vm:NAME, as readline parts it"
expect_eq 'a\ b' "$(in_bash bangerlog trace vm : a)" "a blank"
expect_eq "it\\'s" "$(in_bash bangerlog raw vm : it)" "a quote"
expect_eq '\$\(touch\ '"$mark"'\)' "$(in_bash bangerlog trace vm : '\$')" "\$()"
expect_eq '\`touch\ '"$mark"'\`' "$(in_bash bangerlog trace vm : '\`')" "backquotes"
expect_eq '\*' "$(in_bash bangerlog trace vm : '\*')" "a wildcard"
expect_eq '\;touch\ '"$mark" "$(in_bash bangerlog trace vm : '\;')" ";"
expect_eq 'back\\slash' "$(in_bash bangerlog trace vm : back)" "a backslash"
expect_eq 'vm:-rf vm:co:lon vm:web-1 vm:web-2' "$(in_bash bangerlog trace '"vm:' | xargs)" \
	"within quotes: only what needs none"
in_bash bangerlog trace '$(touch '"$mark"')' >/dev/null
in_bash bangerlog trace '`touch '"$mark"'`' >/dev/null
in_bash bangerlog '$(touch '"$mark"')' '' >/dev/null
[ ! -e "$mark" ] || fail "bash: something was executed"
expect_match '^start$' "$(in_bash banger s)" banger
expect_eq 'json' "$(in_bash banger list --format j)" "banger: a format"
expect_match '^--once$' "$(in_bash bangertop --)" bangertop

# Typed into a terminal, and run: the name arrives as it is.
if command -v tmux >/dev/null; then
	tm() {
		tmux -L "bgc$$" "$@"
	}
	at_exit "tm kill-server"
	cat >"$T/rc" <<END
PS1='ready> '
bind 'set enable-bracketed-paste off'
source <(bangerlog completion bash)
END
	tm -f /dev/null new-session -d -x 120 -y 40 \
		"BANGERLOG_DB=$BANGERLOG_DB PATH=$PATH bash --noprofile --rcfile $T/rc"
	screen() {
		tm capture-pane -pJ
	}
	wait_for "a prompt" bash -c "tmux -L bgc$$ capture-pane -p | grep -q ready"
	tm send-keys "bangerlog trace --ascii vm:\\\\\$" Tab
	wait_for "the name" bash -c \
		"tmux -L bgc$$ capture-pane -pJ | grep -qF 'vm:\\\$\\(touch\\ '"
	tm send-keys Enter
	wait_for "the trace" bash -c \
		"tmux -L bgc$$ capture-pane -pJ | grep -qF '> vm.start \$(touch'"
	[ ! -e "$mark" ] || fail "bash in tmux: something was executed"
fi

# ---- zsh -------------------------------------------------------------------

command -v zsh >/dev/null || { echo "no zsh here"; exit 0; }
# What stands on the line after a tab, in a zsh on a pseudo-terminal.
in_zsh() {
	zsh -f "$TESTS/lib/zsh_complete.zsh" "$1"
}
expect_eq 'bangerlog completion ' "$(in_zsh 'bangerlog comp')" "zsh: a command"
expect_eq 'bangerlog ops --format json ' "$(in_zsh 'bangerlog ops --format j')" \
	"zsh: a format"
expect_eq 'bangerlog ops --format=json ' "$(in_zsh 'bangerlog ops --format=j')" \
	"zsh: a format behind ="
expect_eq 'bangerlog trace op-0200000000000000 ' \
	"$(in_zsh 'bangerlog trace op-02')" "zsh: an id"
expect_eq 'bangerlog trace vm:a\ b ' "$(in_zsh 'bangerlog trace vm:a')" "zsh: a blank"
expect_eq "bangerlog trace vm:it\\'s " "$(in_zsh 'bangerlog trace vm:it')" \
	"zsh: a quote"
expect_eq 'bangerlog trace vm:\$\(touch\ '"$mark"'\) ' \
	"$(in_zsh 'bangerlog trace vm:\$')" "zsh: \$()"
expect_eq 'bangerlog trace vm:\*' "$(in_zsh 'bangerlog trace vm:\*' |
	sed 's/ $//')" "zsh: a wildcard"
in_zsh 'bangerlog trace $(touch '"$mark"') ' >/dev/null
[ ! -e "$mark" ] || fail "zsh: something was executed"
expect_eq 'bangertop --once ' "$(in_zsh 'bangertop --onc')" "zsh: bangertop"

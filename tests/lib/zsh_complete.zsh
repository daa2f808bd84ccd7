# SPDX-License-Identifier: ISC
# zsh_complete.zsh LINE: prints what the line is after a tab, in an interactive
# zsh with our completions on a pseudo-terminal.
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z 'PS1=; unsetopt beep; unset zle_bracketed_paste'
zpty -w z 'autoload -U compinit; compinit -u -D'
zpty -w z 'for p in bangerlog banger bangertop; source <($p --completion zsh)'
# The line is written between marks, by the editor itself.
zpty -w z 'show() { print -rn -- "<<<$BUFFER>>>"; BUFFER=; zle accept-line }'
zpty -w z 'zle -N show; bindkey "^X" show; print -r -- rea""dy'
zpty -r -m z seen '*ready*' || exit 1
zpty -wn z "$1"$'\t\x18'
zpty -r -m z seen '*<<<*>>>*' || exit 1
seen=${seen##*<<<}
print -r -- "${seen%%>>>*}"
zpty -d z

#!/bin/bash
# SPDX-License-Identifier: ISC
# bangerlog errors: families by operation, stage and masked text, what is new
# since a time (for cron), and nothing of a hostile text that gets out.
. "$(dirname "$0")"/harness.sh

n=0
# op AGO STAGE VM ERROR [OPERATION]: one that failed so many hours ago.
op() {
	local at=$(($(date +%s) - $1 * 3600)) id

	n=$((n + 1))
	id=$(printf 'op-%016x' $((n + 4096)))
	printf '{"time":"%s","level":"ERROR","msg":"operation failed","run":"d0","seq":%d,"operation":"%s","op_id":"%s","stage":"%s","vm_name":%s,"error":%s,"duration_ms":5}\n' \
		"$(date -u -d @$at +%FT%TZ)" $n "${5:-vm.start}" "$id" "$2" \
		"$(jq -Rn --arg e "$3" '$e')" \
		"$(jq -Rn --arg e "$4" '$e')" >>"$T/log"
}
for i in 1 2 3 4 5; do
	op $((50 - i)) boot web-$i "guest web-$i said nothing within ${i}0s"
done
op 49 tap web-1 "opening /run/x$RANDOM/a: busy (pid $RANDOM)"
op 1 tap web-2 "opening /run/y/b: busy (pid 7)"
op 48 boot web-9 "opening /run/y/b: busy (pid 7)"
op 48 tap web-9 "opening /run/y/b: busy (pid 7)" vm.stop
op 2 boot $'a\x1b[31mb' $'no \x1b]0;title\x07 image "x"'
op 2 boot $'a\x1b[31mb' $'no \x1b]0;title\x07 image "y"'
# It says the most of the first family.
printf '{"time":"%s","level":"INFO","msg":"operation started","run":"d0","seq":90,"operation":"vm.start","op_id":"op-%016x","vm_name":"web-3"}\n' \
	"$(date -u -d '48 hours ago' +%FT%TZ)" $((3 + 4096)) >>"$T/log"
bangerlog index "$T/log" >/dev/null || fail index

json=$(bangerlog errors --format json)
expect_eq "$(sort <<'END'
[5,"vm.start","boot","guest <name> said nothing within <n>s",5]
[2,"vm.start","boot","no \u001b]<n>;title\u0007 image \"<name>\"",1]
[2,"vm.start","tap","opening <path>: busy (pid <n>)",2]
[1,"vm.start","boot","opening <path>: busy (pid <n>)",1]
[1,"vm.stop","tap","opening <path>: busy (pid <n>)",1]
END
)" \
	"$(jq -c '[.n, .operation, .stage, .family, .vms]' <<<"$json" | sort)" "families"
expect_eq '5 2 2 1 1' "$(jq .n <<<"$json" | tr '\n' ' ' | sed 's/ $//')" "the most frequent first"
expect_eq '{"example":"op-0000000000001003","example_error":"guest web-3 said nothing within 30s","vm_names":["web-5","web-4","web-3","web-2","web-1"]}' \
	"$(head -n 1 <<<"$json" | jq -c '{example, example_error, vm_names}')" "example"
expect_eq '["boot","tap"]' "$(bangerlog errors --format json --sort newest |
	head -n 2 | jq -cs 'map(.stage) | sort')" "newest first"
expect_eq tap "$(bangerlog errors --format json --sort newest | head -n 1 | jq -r .stage)" "newest"
expect_eq 1 "$(bangerlog errors --format json -q 'vm = web-1 and stage = boot' | jq .n)" "filter"
expect_eq 2 "$(bangerlog errors -S 24h --format json | wc -l)" "a span is so long ago"

text=$(bangerlog errors)
expect_match '^     5  vm\.start in boot: guest <name> said nothing within <n>s$' "$text" "text"
expect_match '^        20[0-9-]+ [0-9:]+ to 20[0-9-]+ [0-9:]+ UTC, 5 VMs \(web-5.*, as in op-0000000000001003$' \
	"$text" "its times"
grep -qP '[\x00-\x08\x0b-\x1f\x7f]' <<<"$text$json" && fail "a control character"

# What is new: exit status 1 where there is any.
expect_status 1 bangerlog errors --new --since 24h --format json
expect_eq '"no \u001b]<n>;title\u0007 image \"<name>\""' "$(jq -c .family <<<"$OUT")" "new"
expect_status 0 bangerlog errors --new --since 30min
expect_eq "" "$OUT" "nothing new"
expect_status 2 bangerlog errors --new
expect_match 'new since when' "$OUT" "what it wants"
expect_status 2 bangerlog errors -S '24'

# In a narrow terminal no line is longer.
if command -v script >/dev/null; then
	COLUMNS=60 script -qec "stty cols 60; bangerlog errors --db '$BANGERLOG_DB'" /dev/null |
		tr -d '\r' >"$T/screen"
	[ -s "$T/screen" ] || fail "no screen"
	expect_eq "" "$(grep -E '^.{61,}' "$T/screen")" "60 columns"
fi

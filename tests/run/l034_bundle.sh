#!/bin/bash
# SPDX-License-Identifier: ISC
# bundle: one file that holds all there is of an operation; redacted, none of
# its names, paths, addresses and ids is in it, in any form.
. "$(dirname "$0")"/harness.sh

for name in markup start.daemon start.helper failed hostile ends; do
	bangerlog index "$DATA/$name.jsonl" >/dev/null || fail "index $name"
done

# embedded ID FILE: the JSON within that element.
embedded() {
	sed -n "/<script type=\"application\/json\" id=\"$1\">/,/<\/script>/p" \
		"$2" | sed '1d;$d'
}

for op in op-7f00000000000001 op-1c00000000000001 op-bad0000000000001 \
	op-e000000000000001 op-1f00000000000001; do
	bangerlog bundle "$op" -o "$T/b.html" || fail "$op"
	expect_eq "$(bangerlog trace --format json $op | jq -Sc .)" \
		"$(embedded json "$T/b.html" | jq -Sc .)" "$op: trace"
	expect_eq "$(bangerlog trace --format otlp $op | jq -Sc .)" \
		"$(embedded otlp "$T/b.html" | jq -Sc .)" "$op: otlp"
	expect_eq 2 "$(grep -c '<script' "$T/b.html")" "$op: its elements"
	expect_eq "$(bangerlog raw "$op" | wc -l)" \
		"$(grep -c '<td><pre>' "$T/b.html")" "$op: lines"
	bangerlog bundle --format json "$op" >"$T/b.json" || fail "$op: json"
	expect_eq "$(bangerlog trace --format json $op | jq -Sc .)" \
		"$(jq -Sc .trace "$T/b.json")" "$op: its trace"
done
expect_eq '[["seq","bangerd",1],["seq","banger-helper",1]]' "$(bangerlog \
	bundle --format json 1c | jq -c '[.gaps[] | [.reason, .unit, .n]]')" gaps
expect_eq '["bangerlog","schema","sqlite","kernel","machine"]' "$(jq -c \
	'.versions | keys_unsorted' "$T/b.json")" versions
expect_eq "$(sqlite3 "$BANGERLOG_DB" 'PRAGMA user_version')" \
	"$(jq -r .versions.schema "$T/b.json")" "the schema's"
expect_eq '["daemon started","helper started"]' "$(bangerlog bundle --format \
	json 7f | jq -c '[.processes[] | fromjson | .msg]')" processes

# An operation in which every text is someone's: in each attribute, in text
# within text, escaped, in a broken line, in names of attributes.
printf '%s\n' '{"time":"2026-04-26T22:40:00Z","level":"INFO","msg":"operation started","run":"5ec2e7aa","seq":1,"operation":"vm.start","op_id":"op-5ec2e75ec2e75ec2","vm_id":"0f4b9a52-7c1d-4b0e-9a56-1d2c3b4a5f60","vm_name":"secretvm","image_id":"img-secret","image_name":"Secret Image","artifact_dir":"/srv/secret/art","rootfs_path":"/srv/secret/root.img","guest_ip":"10.99.88.77","api_socket":"/run/secret.sock","log_path":"relative secret.log"}' \
	'{"time":"2026-04-26T22:40:01Z","level":"INFO","msg":"operation stage","run":"5ec2e7aa","seq":2,"operation":"vm.start","op_id":"op-5ec2e75ec2e75ec2","stage":"boot secretvm","since_start_ms":1000,"tap":"tapsecret0","mac":"52:54:00:aa:bb:cc","nested":{"vm":"\u0073ecretvm"},"key of secretvm":"fd00::99:1"}' \
	'{"time":"2026-04-26T22:40:02Z","level":"ERROR","msg":"helper rpc failed","run":"4e15ec2e","seq":7,"method":"vmm.launch","op_id":"op-5ec2e75ec2e75ec2","call":1,"duration_ms":500,"code":"operation_failed","error":"open \/srv\/secret\/a b: \u0073ecretvm at 10.99.88.77:22; peer op-0123456789abcdef of deadbeefdeadbeef"}' \
	'{"broken of op-5ec2e75ec2e75ec2","op_id":"op-5ec2e75ec2e75ec2","x":"\u0073ecretvm' \
	'{"time":"2026-04-26T22:40:03Z","level":"INFO","msg":"secretvm or mysecretvm2 of /home/joe/x.img","run":"5ec2e7aa","seq":9,"op_id":"op-5ec2e75ec2e75ec2"}' \
	'{"time":"2026-04-26T22:40:04Z","level":"ERROR","msg":"operation failed","run":"5ec2e7aa","seq":10,"operation":"vm.start","op_id":"op-5ec2e75ec2e75ec2","vm_name":"secretvm","duration_ms":4000,"error":"secretvm: no route to 10.99.88.77; inspect /var/log/secretvm/console.log","code":"operation_failed","stage":"boot secretvm"}' \
	>"$T/secret.jsonl"
bangerlog index "$T/secret.jsonl" >/dev/null || fail "index secret"
originals='secret|5ec2e7|10\.99|0f4b9a52|/srv/|/run/s|/home|joe|/var/log|tapsec|aa:bb|fd00|01234567|deadbeef|4e15ec2e|u0073'
for format in html json; do
	bangerlog bundle --format $format vm:secretvm >"$T/plain" || fail plain
	bangerlog bundle --format $format --redact vm:secretvm >"$T/hidden" ||
		fail hidden
	[ "$(grep -oEi "$originals" "$T/plain" | wc -l)" -gt 50 ] || fail "none was there"
	expect_eq "" "$(grep -oEi ".{20}($originals).{20}" "$T/hidden")" \
		"$format: what is left"
	grep -aEi "$originals" "$T/hidden" && fail "$format: left"
done
hidden=$(cat "$T/hidden")
expect_eq '{"vm_id":"vmid-1","vm_name":"vm-1","image_id":"imageid-1","image_name":"image-1"}' \
	"$(jq -c '.trace.subject | {vm_id, vm_name, image_id, image_name}' \
	<<<"$hidden")" subject
expect_match '^vm-1: no route to ip-1; inspect path-[0-9]+$' "$(jq -r \
	.trace.error <<<"$hidden")" "an error"
expect_eq '["boot vm-1"]' "$(jq -c '[.trace.stages[].stage]' \
	<<<"$hidden")" "a stage"
expect_eq "$(jq -c '[.trace | .status, .duration_ms, .split,
	.stages[0].start_ms, .complete]' "$T/plain")" "$(jq -c '[.trace | .status,
	.duration_ms, .split, .stages[0].start_ms, .complete]' \
	<<<"$hidden")" "the figures"
# The same token is the same original, in lines and trace.
expect_eq 'vm-1 ip-1' "$(jq -r '.lines[0] | fromjson |
	"\(.vm_name) \(.guest_ip)"' <<<"$hidden")" "tokens in lines"

# It needs nothing, and is there as a whole or not at all.
bangerlog bundle --redact 7f >"$T/b.html"
grep -qE '(src|href)=|url\(|@import' "$T/b.html" && fail "it loads something"
grep -q "default-src 'none'" "$T/b.html" || fail "no policy"
expect_status 1 bangerlog bundle 7f -o "$T/none/b.html"
expect_status 1 bangerlog bundle zzzz
expect_status 2 bangerlog bundle --format pdf 7f
expect_status 2 bangerlog bundle

# SPDX-License-Identifier: ISC
# What a broken or hostile client can do to bangerd: it gets an error or is
# closed, the others are served, and nothing of it stays behind.
. "$(dirname "$0")"/harness.sh
with_instance
raw=$BUILD/tests/tools/rpc_raw
[ -x "$raw" ] || fail "no $raw"
ping='{"version":1,"method":"ping"}'

fds() { ls "/proc/$I_DAEMON/fd" | wc -l; }
rss_kib() { sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$I_DAEMON/status"; }
at_base() { [ "$(fds)" -le "$base" ]; }
# As the user whom nobody else's connections count against.
other() {
	setpriv --reuid=$I_USER --regid="$I_GROUP" --clear-groups \
		"$raw" "$BANGER_SOCKET" "$@"
}
# The code and the id of an error reply.
code_of() { jq -r '.error.code + (.error.op_id | if test("^op-[0-9a-f]{16}$") then "" else " no op" end)' <<<"$1"; }

# What the workers open once, they keep: take the base when it is warm.
for _ in 1 2 3 4 5 6; do banger version >/dev/null; done
base=$(fds)

# ---- lines -----------------------------------------------------------------
reply=$(head -c 70000 /dev/zero | tr '\0' x | "$raw" "$BANGER_SOCKET" 500)
expect_eq bad_request "$(code_of "$reply")" "over-long line"
long=$(op_of "$reply")
before=$(rss_kib)
for _ in 1 2 3 4; do
	timeout 20 bash -c 'head -c 400000000 /dev/zero | tr "\0" x | "$0" "$1" 2000' \
		"$raw" "$BANGER_SOCKET" >"$T/endless" || fail "an endless line was not closed"
	expect_eq bad_request "$(code_of "$(cat "$T/endless")")" "endless line"
done
[ $(($(rss_kib) - before)) -lt 16384 ] || fail "an endless line took memory: $before to $(rss_kib) KiB"

# Each byte of a line that never ends comes soon after the last one.
drip() {
	printf '{'
	for _ in $(seq 40); do
		sleep 0.5
		printf x || break
	done
}
(from=$SECONDS
	drip 2>/dev/null | "$raw" "$BANGER_SOCKET" 20000 >/dev/null 2>&1
	echo $((SECONDS - from)) >"$T/slow") & slow=$!
{ printf '{'; sleep 12; } | "$raw" "$BANGER_SOCKET" 20000 >"$T/stuck" 2>&1 &
sleep 0.3
[ "$(fds)" -gt "$base" ] || fail "the slow clients are not connected"

# ---- many requests ----------------------------------------------------------
many=$(for i in $(seq 50); do [ $((i % 10)) = 0 ] && echo "{\"version\":1,\"method\":\"no.$i\"}" || echo "$ping"; done)
expect_eq "$(for i in $(seq 50); do [ $((i % 10)) = 0 ] && echo unknown_method || echo true; done | xargs)" \
	"$("$raw" "$BANGER_SOCKET" 500 <<<"$many" | jq -r '.error.code // .result.pong' | xargs)" \
	"50 requests at once, in their order"
expect_eq 16000 "$(head -c 16000 /dev/zero | tr '\0' '\n' | "$raw" "$BANGER_SOCKET" 2000 |
	grep -c '"bad_request"')" "replies to 16000 empty lines"
banger ping >/dev/null || fail "ping after 16000 empty lines"
for i in 1 2 3 4 5 6 7 8; do
	head -c 100000 /dev/urandom | "$raw" "$BANGER_SOCKET" 300 >"$T/garbage"
	[ -s "$T/garbage" ] || fail "garbage was not answered"
	jq -e '.ok == false' "$T/garbage" >/dev/null || fail "garbage got something else"
done

# ---- connections -------------------------------------------------------------
wait $slow
took=$(cat "$T/slow")
{ [ "$took" -ge 4 ] && [ "$took" -le 11 ]; } ||
	fail "a slow line was closed after $took s, not 5"
wait_for "the stuck line to be closed" at_base

mkfifo "$T/hold" "$T/first"
"$raw" "$BANGER_SOCKET" 500 <"$T/first" >"$T/first.out" &
exec {first}>"$T/first"
for _ in $(seq 63); do
	"$raw" "$BANGER_SOCKET" 500 <"$T/hold" >/dev/null 2>&1 {first}>&- &
done
exec {hold}>"$T/hold"
taken() { [ "$(fds)" -ge $((base + $1)) ]; }
wait_for "64 connections" taken 64
for i in 65 66 67 68 69 70; do
	reply=$("$raw" "$BANGER_SOCKET" 500 <<<"$ping")
	expect_eq limit_exceeded "$(code_of "$reply")" "connection $i"
done
limit=$(op_of "$reply")
expect_eq true "$(other 500 <<<"$ping" | jq -r .ok)" "another user"
echo "$ping" >&$first
answered() { jq -e .ok "$T/first.out"; }
exec {first}>&-
wait_for "an answer on the first connection" answered
# Beyond 64 that are told so, they are just closed.
for _ in $(seq 100); do
	"$raw" "$BANGER_SOCKET" 500 <"$T/hold" >/dev/null 2>&1 {hold}>&- &
done
sleep 0.5
[ "$(fds)" -le $((base + 64 + 64)) ] || fail "refused connections are kept: $(fds) of $base"
expect_eq true "$(other 500 <<<"$ping" | jq -r .ok)" "another user, still"
exec {hold}>&-
wait_for "the descriptors to be given back" at_base

banger ping >/dev/null || fail "the daemon does not answer any more"
index_logs
expect_eq "failed bad_request" "$(trace_json "$long" '.status + " " + .code')" "$long"
expect_eq "failed limit_exceeded" "$(trace_json "$limit" '.status + " " + .code')" "$limit"

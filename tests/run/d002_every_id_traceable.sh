# SPDX-License-Identifier: ISC
# Requests that fail before anything is known of them: each gets an error reply
# with an op id, and the id is found in the log.
. "$(dirname "$0")"/harness.sh
with_instance
raw=$BUILD/tests/tools/rpc_raw
[ -x "$raw" ] || fail "no $raw"

# ask CODE: sends standard input, wants that code; $op is the reply's id.
ask() {
	local reply

	reply=$("$raw" "$BANGER_SOCKET" 500)
	expect_eq "$1" "$(jq -r .error.code <<<"$reply")" "$1"
	op=$(jq -r .error.op_id <<<"$reply")
	expect_match '^op-[0-9a-f]{16}$' "$op" "$1: op id"
	message=$(jq -r .error.message <<<"$reply")
	OPS+=("$op" "$1")
}
OPS=()
ask bad_version < <(echo '{"version":2,"method":"ping"}')
ask bad_version < <(echo '{"method":"ping"}')
ask unknown_method < <(echo '{"version":1,"method":"vm.explode"}')
ask bad_request < <(echo 'this is no JSON')
ask bad_request < <(echo '{"version":1,"version":1,"method":"ping"}')
ask bad_request < <(echo '[1]')
ask bad_request < <(head -c 70000 /dev/zero | tr '\0' x)
expect_match 'longer than 65536' "$message" "over-long"
ask invalid_argument < <(echo '{"version":1,"method":"vm.show"}')
ask not_found < <(echo '{"version":1,"method":"vm.show","params":{"vm":"none"}}')
# An id that the client sends is ignored.
ask not_found < <(echo '{"version":1,"method":"vm.show","params":{"vm":"x"},"op_id":"op-0123456789abcdef"}')
[ "$op" != op-0123456789abcdef ] || fail "the client's op id was taken"
# Several requests over one connection, in their order.
expect_eq "true false true" "$(printf '%s\n' '{"version":1,"method":"ping"}' \
	'{"version":1,"method":"nope"}' '{"version":1,"method":"ping"}' |
	"$raw" "$BANGER_SOCKET" 500 | jq -r .ok | xargs)" "one after the other"

index_logs
for ((i = 0; i < ${#OPS[@]}; i += 2)); do
	expect_eq "failed ${OPS[i + 1]}" \
		"$(trace_json "${OPS[i]}" '.status + " " + .code')" "${OPS[i]}"
	expect_match "${OPS[i + 1]}" "$(bangerlog trace "${OPS[i]}")" "text trace"
done

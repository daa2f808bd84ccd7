#!/bin/bash
# SPDX-License-Identifier: ISC
# banger-helper on a socket that a service manager opened: it starts with the
# first request, answers it, and leaves the socket where it is.
. "$(dirname "$0")"/harness.sh
command -v systemd-socket-activate >/dev/null || skip "no systemd-socket-activate"
# shellcheck source=../lib/instance.sh
. "$TESTS"/lib/instance.sh
instance_check || skip "see above"
instance_open "$T/i"
sock=$I_DIR/helper/helper.sock
raw=$BUILD/tests/tools/rpc_raw
mkdir -p "$I_DIR/helper"
chown root:"$I_GROUP" "$I_DIR/helper"
chmod 750 "$I_DIR/helper"

activate() { # SOCKET-OF-THE-HELPER
	rm -f "$sock"
	systemd-socket-activate -l "$sock" "$I_DIR"/bin/banger-helper \
		--run-dir "$I_DIR"/helper --log-dir "$I_DIR"/vmlog \
		--state-dir "$I_DIR"/state --client-uid $I_USER \
		--bridge "$I_BRIDGE" --subnet "$I_SUBNET" \
		--nft-table "$I_TABLE" --socket "$1" 2>>"$I_DIR"/log/helper.jsonl &
	I_HELPER=$!
	wait_for "the socket" test -S "$sock"
}
ask() {
	echo '{"version":1,"method":"host.info","op_id":"op-00000000000000aa","call":1}' |
		"$raw" "$sock" "${1:-20000}"
}
at_exit instance_close

activate "$sock"
expect_no_match 'helper started' "$(cat "$I_DIR"/log/helper.jsonl)" "before anybody asks"
expect_match '"ok":true' "$(ask)" "the request that started it"
expect_match '"ok":true' "$(ask)" "another"
expect_match '"socket":"'"$sock"'"' "$(grep 'helper started' "$I_DIR"/log/helper.jsonl)" \
	"what it says"
inode=$(stat -c %i "$sock")
kill "$I_HELPER"
wait "$I_HELPER" || fail "its end: $?"
expect_eq "$inode" "$(stat -c %i "$sock")" "the socket, which is not its own"

# A socket elsewhere than where its clients look for it.
activate "$I_DIR/helper/other.sock"
ask 1000 >/dev/null 2>&1
wait "$I_HELPER"
expect_eq 1 $? "a socket elsewhere"
expect_match 'handed over is not at .*/other.sock' \
	"$(cat "$I_DIR"/log/helper.jsonl)" "why"
I_HELPER=
# What it binds itself goes with it.
rm -f "$sock"
instance_helper || fail "banger-helper"
instance_end "$I_HELPER"
I_HELPER=
[ ! -e "$sock" ] || fail "its own socket stays"

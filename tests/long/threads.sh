#!/bin/bash
# SPDX-License-Identifier: ISC
# threads.sh BANGERD: bangerd built with ThreadSanitizer, while clients make,
# change, list and remove VMs and images at once: no data race, and locks taken
# in one order.  No VM is started, so neither the helper nor root is needed.
set -eu
: "${BANGER_BIN:?}"
bangerd=$1
lint=$(cd "$(dirname "$0")"/../lint && pwd)
ROUNDS=${ROUNDS:-10}
dir=$(mktemp -d /tmp/bgthreads.XXXXXX)
daemon=
trap '[ -z "$daemon" ] || { kill "$daemon"; wait "$daemon" || true; }; rm -rf "$dir"' EXIT
export BANGER_SOCKET=$dir/s PATH=$BANGER_BIN:$PATH

# It wants its memory where it expects it.
TSAN_OPTIONS="log_path=$dir/tsan suppressions=$lint/tsan.txt" setarch -R "$bangerd" --run-dir "$dir" \
	--state-dir "$dir/state" --socket "$BANGER_SOCKET" \
	--helper-socket "$dir/none" 2>"$dir/log" &
daemon=$!
until banger ping >/dev/null 2>&1; do
	kill -0 "$daemon" || { cat "$dir/log" >&2; exit 1; }
	sleep 0.05
done
mkdir "$dir/image"
head -c 65536 /dev/zero | tee "$dir/image/rootfs.raw" >"$dir/image/kernel"
printf '\x53\xef' | dd of="$dir/image/rootfs.raw" bs=1 seek=1080 conv=notrunc status=none
register() {
	banger -q image register "$1" --kernel "$dir/image/kernel" \
		--rootfs "$dir/image/rootfs.raw"
}
register x >/dev/null

# What fails (the helper is away) is as good as what does not.
changes() {
	set +e
	for _ in $(seq "$ROUNDS"); do
		banger -q create "w$1" --image x
		banger -q set "w$1" -m 300 -p "$((8000 + $1)):80"
		banger -q rename "w$1" "v$1"
		banger -q rename "v$1" "w$1"
		banger -q start "w$1"
		banger -q snapshot create "w$1" s
		banger -q snapshot restore "w$1" s
		banger op cancel "$(banger start "w$1" --no-wait)"
		banger -q delete "w$1"
		register "y$1"
		banger -q image delete "y$1"
	done
}
looks() {
	set +e
	for _ in $(seq $((ROUNDS * 5))); do
		banger list
		banger list --format json
		banger show w1
		banger image show x
		banger op list
		banger gc --dry-run --images
		banger ping
	done
}
clients=()
for n in 1 2 3 4; do
	changes $n >/dev/null 2>&1 &
	clients+=($!)
done
looks >/dev/null 2>&1 &
clients+=($!)
wait "${clients[@]}" || true
banger ping >/dev/null
kill "$daemon"
wait "$daemon" || true
daemon=
for report in "$dir"/tsan.*; do
	[ ! -e "$report" ] || { cat "$report" >&2; exit 1; }
done
echo "$(jq -r 'select(.msg == "operation started").op_id' "$dir/log" | wc -l) operations, no race"

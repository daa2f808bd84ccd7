#!/bin/bash
# SPDX-License-Identifier: ISC
# daemon.sh: what a good client of bangerd waits for a ping while others are
# there: many connections that are idle or slow, and operations under way.
# Figures only; nothing is judged here.
set -eu
: "${BANGER_BIN:?}" "${BENCH_DAEMON:?}"
CONNECTIONS=${CONNECTIONS:-10000}
PINGS=${PINGS:-3000}
dir=$(mktemp -d /tmp/bgbench.XXXXXX)
daemon=
trap '[ -z "$daemon" ] || { kill "$daemon"; wait "$daemon" || true; }; rm -rf "$dir"' EXIT
export BANGER_SOCKET=$dir/s PATH=$BANGER_BIN:$PATH

# Its disks are made when the gate is open; that needs no helper and no VMM.
cat >"$dir/gate" <<END
#!/bin/sh
until [ -e "$dir/open" ]; do sleep 0.2; done
exec /usr/bin/qemu-img "\$@"
END
chmod 755 "$dir/gate"
cat >"$dir/conf" <<END
connections = $((CONNECTIONS + 200))
connections_per_uid = $((CONNECTIONS + 200))
idle = 1d
partial = 1h
deadline.disk_create = 1h
qemu_img = $dir/gate
END
if [ "$(ulimit -Hn)" -lt $((CONNECTIONS + 300)) ]; then
	echo "bench/daemon.sh: $CONNECTIONS connections need as many open files; the limit is $(ulimit -Hn)" >&2
	exit 1
fi
bangerd --config "$dir/conf" --run-dir "$dir" --state-dir "$dir/state" \
	--socket "$BANGER_SOCKET" --helper-socket "$dir/none" 2>"$dir/log" &
daemon=$!
until banger ping >/dev/null 2>&1; do sleep 0.05; done
# Only its record matters: no VM runs.
mkdir "$dir/image"
head -c 65536 /dev/zero | tee "$dir/image/rootfs.raw" >"$dir/image/kernel"
printf '\x53\xef' | dd of="$dir/image/rootfs.raw" bs=1 seek=1080 conv=notrunc status=none
banger -q image register x --kernel "$dir/image/kernel" \
	--rootfs "$dir/image/rootfs.raw" >/dev/null

echo "| a ping while | p50 ms | p99 ms | worst ms | an echo's p50 | and p99 | memory, MiB more |"
echo "|---|--:|--:|--:|--:|--:|--:|"
"$BENCH_DAEMON" "$BANGER_SOCKET" "$PINGS" 0 "nobody else is there"
"$BENCH_DAEMON" "$BANGER_SOCKET" "$PINGS" "$CONNECTIONS" \
	"$CONNECTIONS connections are idle or slow"

under_way() { banger op list --format json | jq -r 'select(.state == "running").op_id' | wc -l; }
for i in $(seq 32); do
	banger --no-wait create "w$i" --image x >/dev/null
done
until [ "$(under_way)" = 32 ]; do sleep 0.1; done
"$BENCH_DAEMON" "$BANGER_SOCKET" "$PINGS" 0 "32 operations wait for a tool"
touch "$dir/open"
until [ "$(under_way)" = 0 ]; do sleep 0.1; done

# The same with operations that end and begin: each copies and syncs files and
# commits to the database; they share the processors with the daemon.
for i in $(seq 32); do
	while [ ! -e "$dir/stop" ]; do
		banger -q image register "y$i" --kernel "$dir/image/kernel" \
			--rootfs "$dir/image/rootfs.raw" >/dev/null
		banger -q image delete "y$i" >/dev/null
	done &
	churn+=($!)
done
"$BENCH_DAEMON" "$BANGER_SOCKET" "$PINGS" 0 \
	"32 clients register and delete images without pause"
touch "$dir/stop"
wait "${churn[@]}" || true

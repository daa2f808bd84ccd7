# SPDX-License-Identifier: ISC
# bangerd is killed before each call that changes a file while a snapshot is
# made, restored and deleted: the disk is whole, the old or the new one, and a
# snapshot is there whole or not at all.  STEP=1: each such place, not each
# seventh of them.
. "$(dirname "$0")"/harness.sh
[ "${MODE:-release}" != asan ] || skip "a sanitizer has to be the first that is loaded"
: "${STEP:=7}"
with_instance
with_image
install -m 755 "$BUILD"/tests/tools/die_at.so "$T"
export DIE_AT=$I_DIR/run/die_at
banger create web1 --image tiny >/dev/null || fail create
dir=$I_DIR/state/vm/$(banger show web1 --format json | jq -r .vm.vm_id)
# Three turns of the copy, and a hole; nothing of it is ever read.
content() { # NAME: what the disk is from now on
	head -c 20M /dev/urandom >"$T/$1"
	dd if=/dev/urandom of="$T/$1" bs=1M seek=40 count=20 conv=notrunc status=none
	cat "$T/$1" >"$dir/disk.qcow2"
}
is() { cmp -s "$T/$1" "$2"; }
names() { banger snapshot list web1 --format json | jq -r .name | sort | xargs; }
file_of() {
	banger snapshot list web1 --format json |
		jq -r --arg n "$1" 'select(.name == $n).snapshot_id + ".qcow2"'
}
# Nothing stands in the directory that no record names.
expect_tidy() {
	expect_eq "$({
		echo disk.qcow2
		banger snapshot list web1 --format json | jq -r '.snapshot_id + ".qcow2"'
	} | sort | xargs)" "$(ls -A "$dir" | sort | xargs)" "$1: files"
}
# killed N COMMAND…: status 1 when it went through, since it has no N-th call.
killed() {
	local n=$1

	shift
	echo "$n $((++runs))" >"$DIE_AT.new" && mv "$DIE_AT.new" "$DIE_AT"
	banger "$@" >"$T/out" 2>&1
	rm "$DIE_AT"
	# One that was killed may be there for a moment, but answers nobody.
	! banger ping >/dev/null 2>&1 || return 1
	wait "$I_DAEMON" 2>/dev/null
	start || fail "$*: bangerd did not start after the kill at $n"
}
start() { LD_PRELOAD=$T/die_at.so instance_daemon; }
instance_end "$I_DAEMON"
start || fail "bangerd did not start"

declare -A PLACES SEEN
runs=0
# each VERB COMMAND…: for every STEP-th place; before and after are functions.
each() {
	local verb=$1 n

	shift
	for ((n = 1; ; n += STEP)); do
		"before_$verb"
		if ! killed $n "$@"; then
			[ "$n" -gt 5 ] || fail "$verb: only $n places: $(cat "$T/out")"
			"after_$verb" "$verb, whole"
			PLACES[$verb]=$((n - 1))
			return
		fi
		expect_tidy "$verb, killed at $n"
		"after_$verb" "$verb, killed at $n"
	done
}

# ---- create: there and whole, or not there -------------------------------------
before_create() {
	[ -z "$(file_of new)" ] || banger snapshot delete web1 new >/dev/null 2>&1 ||
		fail "delete"
}
after_create() {
	local file

	is first "$dir/disk.qcow2" || fail "$1: the disk is another"
	file=$(file_of new)
	if [ -n "$file" ]; then
		is first "$dir/$file" || fail "$1: half a snapshot"
	fi
	SEEN[create]+=${file:+there }
	[ -n "$file" ] || SEEN[create]+="none "
}
content first
each create snapshot create web1 new
expect_match 'none.*there' "${SEEN[create]}" "of create there was"

# ---- restore: the old disk or the new one ----------------------------------------
content second
before_restore() { cat "$T/second" >"$dir/disk.qcow2"; }
after_restore() {
	is first "$dir/$(file_of new)" || fail "$1: the snapshot is another"
	if is first "$dir/disk.qcow2"; then
		SEEN[restore]+="new "
	else
		is second "$dir/disk.qcow2" || fail "$1: half a disk"
		SEEN[restore]+="old "
	fi
}
each restore snapshot restore web1 new
expect_match 'old.*new' "${SEEN[restore]}" "of restore there was"

# ---- delete: as before, or gone -----------------------------------------------------
before_delete() {
	cat "$T/first" >"$dir/disk.qcow2"
	[ -n "$(file_of new)" ] || banger snapshot create web1 new >/dev/null 2>&1 ||
		fail "create"
}
after_delete() { after_create "$1"; }
each delete snapshot delete web1 new

expect_eq "" "$(jq -r 'select(.op_id and (.msg | test("^operation (failed|completed)$"))) | .op_id' \
	"${LOGS[0]}" | sort | uniq -d)" "ended twice"
banger delete web1 >/dev/null || fail "delete"
for verb in create restore delete; do
	echo "$verb: killed at $(((PLACES[$verb] + STEP - 1) / STEP)) of ${PLACES[$verb]} places"
done

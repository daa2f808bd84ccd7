#!/bin/bash
# SPDX-License-Identifier: ISC
# The demonstration: both daemons in a private directory, a real VM from
# creation to stop, an operation that truly fails, and their traces.  Needs
# neither systemd nor KVM; leaves nothing behind.
set -u
here=$(cd "$(dirname "$0")" && pwd)
export LC_ALL=C.UTF-8
# shellcheck source=lib/instance.sh
. "$here"/lib/instance.sh
if ! instance_check; then
	echo "make demo: mend what is missing and type it again" >&2
	exit 1
fi

work=$(mktemp -d /tmp/banger-demo.XXXXXX)
chmod 755 "$work"
export BANGERLOG_DB=$work/index.db
PATH=$BANGER_BIN:$PATH
started=$SECONDS

finish() {
	local status=$?

	trap '' INT TERM
	instance_close || status=1
	rm -rf "$work"
	if [ $status = 0 ]; then
		printf '\nNothing left behind: no process, interface, rule or file.'
		printf ' %ss in all.\n' $((SECONDS - started))
	else
		echo "make demo: failed" >&2
	fi
	exit $status
}
trap finish EXIT
trap 'exit 130' INT TERM

# Says what is run, then runs it.
show() {
	printf '\n$ %s\n' "$*"
	"$@"
}

must() {
	show "$@" || exit 1
}

title() {
	printf '\n== %s\n' "$*"
}

title "Two daemons: bangerd as $(id -un nobody), banger-helper as root"
instance_open "$work"
instance_helper || exit 1
instance_daemon || { cat "$work"/log/*.jsonl; exit 1; }
mkdir "$work"/image
cp --sparse=always "$BANGER_IMAGE"/{kernel,initrd,rootfs.raw,image.json} \
	"$work"/image/
chmod -R a+rX "$work"/image
must banger version

title "A VM, from creation to stop"
must banger image register "$work"/image
must banger create web1 --image tiny
must banger start web1
must banger list
must banger exec web1 -- /bin/busybox uname -srm
must banger stop web1

title "An operation that fails: a VM whose kernel file is cut short"
mkdir "$work"/cut
cp --sparse=always "$work"/image/{initrd,rootfs.raw} "$work"/cut/
head -c 4096 "$work"/image/kernel >"$work"/cut/kernel
sed 's/"tiny"/"cut"/' "$work"/image/image.json >"$work"/cut/image.json
chmod -R a+rX "$work"/cut
must banger image register "$work"/cut
must banger create broken1 --image cut
show banger start broken1 && exit 1

title "What the log says of it"
sleep 0.1
logs=("$work"/log/bangerd.jsonl "$work"/log/helper.jsonl)
must bangerlog index "${logs[@]}"
must bangerlog ops
op() {
	bangerlog ops -n 100 --format json | jq -r "select($1) | .op_id" |
		head -n 1
}
must bangerlog trace "$(op '.operation == "vm.start" and .status == "completed"')"
must bangerlog trace "$(op '.operation == "vm.start" and .status == "failed"')"

title "Live: another start, one frame of bangertop while it is under way"
banger start web1 >/dev/null &
start=$!
sleep 1
must bangertop --once --file "${logs[@]}"
wait $start || exit 1
must banger stop web1

#!/bin/bash
# SPDX-License-Identifier: ISC
# Runs in the machine that limits.sh boots: a VM is started, and what a VMM in
# its guest's hands could try to take is tried from within its cgroup.
set -u
export LC_ALL=C.UTF-8 HOME=/root
failed=0
# The console is systemd's, too: its lines may have no end yet.
say() { printf '\nLIMITS %s\n' "$*"; }
expect() { # WANT GOT LABEL
	if [ "$1" = "$2" ]; then
		say "$3: $2"
	else
		say "FAILED $3: wanted '$1', got '$2'"
		failed=1
	fi
}
more() { # LABEL GOT THAN
	if [ "$2" -gt "$3" ] 2>/dev/null; then
		say "$1: $2"
	else
		say "FAILED $1: $2 is not more than $3"
		failed=1
	fi
}
die() {
	say "FAILED $*"
	journalctl -u bangerd -u banger-helper -o cat -n 20
	exit 1
}
of() { sed -n "s/^$1 //p" "$group/$2"; }
# from_within COMMAND…: as a process of the VM's group, first to be ended.
from_within() {
	bash -c 'echo $$ >"$0/cgroup.procs" && echo 1000 >/proc/self/oom_score_adj &&
		exec "$@"' "$group" "$@"
}

say "kernel $(uname -r), $(cat /sys/fs/cgroup/cgroup.controllers)"
n=0
until banger ping >/dev/null 2>&1; do
	[ $((n++)) -lt 600 ] || die "no bangerd"
	sleep 0.5
done
banger image register /srv/image >/dev/null || die "image register"
# What becomes of the guests is nothing to us, but their VMMs are to stay.
for vm in web1 web2; do
	banger create $vm --image tiny -c 1 -m 256 >/dev/null || die "create $vm"
	banger set $vm --cmdline panic=0 >/dev/null || die "set $vm"
	banger start $vm --no-wait-ready >/dev/null 2>&1 || die "start $vm"
done
field() { banger show "$1" --format json | jq -r ".vm.$2"; }
pid=$(field web1 pid) other=$(field web2 pid)
group=/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$pid/cgroup")
expect "/sys/fs/cgroup/banger.slice/bgr0/$(field web1 vm_id)" "$group" "the group"
[ -n "${group##*/cgroup}" ] || die "the VMM is in no group of its own: \
	$(tail -n 5 /var/log/banger/vm/*/*)"
expect "memory pids cpu" "$(journalctl -u banger-helper -o cat | grep '^{' |
	jq -rs 'map(select(.method == "vmm.launch"))[0].limits')" "what the log says"
expect qemu-system-x86 "$(cat "/proc/$pid/comm")" "in it"
memory=$(cat "$group/memory.max") pids=$(cat "$group/pids.max")
more "memory.max" "$memory" $((256 << 20))
more "memory.current" "$(cat "$group/memory.current")" $((8 << 20))
expect "200000 100000" "$(cat "$group/cpu.max")" "cpu.max of one virtual processor"

# Processes: as many as there may be, and not one more.
from_within perl -e 'my $n = 0;
	while ($n < 2000) {
		my $p = fork;
		last if !defined $p;
		if ($p == 0) { sleep 600; exit }
		push @p, $p; $n++;
	}
	print "\nLIMITS forks until it was refused: $n ($!)\n";
	kill 9, @p; wait for @p; exit($n >= 2000)' || die "forks without a limit"
more "pids.events max" "$(of max pids.events)" 0
more "pids.max" "$pids" 0

# Memory: who takes more than there is for the VM is ended, and nobody else.
from_within perl -e 'my ($max, $mib) = (shift, 0);
	push @x, "a" x (16 << 20) while ($mib += 16) << 20 < $max * 1.5' "$memory"
expect 137 $? "the status of what took too much"
more "memory.events oom_kill" "$(of oom_kill memory.events)" 0

# Processor time: four that run without end have two processors' worth.
for _ in 1 2 3 4; do
	from_within timeout 8 perl -e '1 while 1' &
done
wait
more "cpu.stat nr_throttled" "$(of nr_throttled cpu.stat)" 0

expect "$pid $other" "$(field web1 pid) $(field web2 pid)" "the VMMs, after all that"
expect "running running" "$(field web1 state) $(field web2 state)" "their states"
# Gone with the VM.
banger kill -q web1 >/dev/null || die kill
[ ! -e "$group" ] || say "FAILED the group is still there"
[ -e "${group%/*}" ] || say "FAILED the other's is gone, too"
[ $failed = 0 ] && say "all held"

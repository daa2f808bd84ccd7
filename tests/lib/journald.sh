# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# A systemd-journald of our own, beside any other: in mount, process and cgroup
# namespaces where /run and /var/log are empty, so that nothing of the host's
# is seen, and no process outlives the test, not even one that is killed.
#
#   journald_enter "$@"   first thing of a test: runs it again in there; a
#                         machine where that cannot be skips the test
#   journald_open         then, with the harness: mounts; sets $JOURNAL (folder)
#   journald_conf LINE…   its configuration, for the next start
#   journald_start, journald_stop, journald_kill
#   journald_sync         returns when all that it was sent is in its files
#   journald_rotate, journald_vacuum SIZE
#   writer UNIT [HOW]     standard input as the unit's stderr, to its end
#   operations FROM N     lines of bangerd and its helper: $T/d.lines, h.lines
#   batch FROM N [PAUSE]  the same, through two writers
#   oracle DB             indexes what journalctl prints
#   everything DB         a digest of all that an index says, but for what was lost
#
# The trusted field _SYSTEMD_UNIT is what journald makes of the writer's cgroup
# (/….slice/bangerd.service), for which one is made where there is a writable
# hierarchy.  Where there is none, and with HOW = line, it is the unit that the
# head of the stream names: journald believes root when the cgroup is the root.

JOURNALD=/lib/systemd/systemd-journald
# What is asked is what the indexers under test have written.
export BANGERLOG_NO_REFRESH=1

journald_enter() {
	local spaces=(unshare -m -p -C --propagation private --fork
		--kill-child --mount-proc)

	[ -z "${JOURNALD_INSIDE:-}" ] || return 0
	[ -x $JOURNALD ] || {
		echo "skipped: no systemd-journald (apt-get install systemd)"
		exit 77
	}
	"${spaces[@]}" true 2>/dev/null || {
		echo "skipped: no namespaces of its own for journald (root?)"
		exit 77
	}
	# Inside, the place we are in now is the root of all cgroups.
	JOURNALD_SLICE=
	case $(stat -f -c %T /sys/fs/cgroup 2>/dev/null)$(stat -f -c %T \
		/sys/fs/cgroup/unified 2>/dev/null) in
	cgroup2fs*) journald__cgroup 0: "" ;;
	*cgroup2fs) journald__cgroup 0: /unified ;;
	tmpfs*) journald__cgroup [0-9]*:name=systemd /systemd ;;
	esac
	export JOURNALD_SLICE JOURNALD_INSIDE=1
	# In a session of its own: a signal to all of the test's group would end
	# unshare before the test in there has cleaned up.
	setsid setpriv --pdeathsig KILL "${spaces[@]}" bash "$0" "$@" \
		</dev/null &
	journald__outside $!
}

# Waits for the test in its namespaces, and removes what outlives them.
journald__outside() {
	local status n

	trap 'journald__stop_inside $!' INT TERM
	while :; do
		wait "$1"
		status=$?
		kill -0 "$1" 2>/dev/null || break
	done
	n=0
	while [ -d "$JOURNALD_SLICE" ] && [ $((n++)) -lt 100 ]; do
		rmdir "$JOURNALD_SLICE"/*.service "$JOURNALD_SLICE" 2>/dev/null
		[ ! -d "$JOURNALD_SLICE" ] || sleep 0.05
	done
	exit $status
}

# unshare's one child is the test, which cleans up; if it can.
journald__stop_inside() {
	local n

	# shellcheck disable=SC2046
	kill $(cat "/proc/$1/task/$1/children") 2>/dev/null
	for ((n = 0; n < 80; n++)); do
		kill -0 "$1" 2>/dev/null || return
		sleep 0.1
	done
	kill -9 "$1"
}

# journald__cgroup ENTRY MOUNT: below where this process is in that hierarchy.
journald__cgroup() {
	local own

	own=$(sed -n "s/^$1:\(.*\)/\1/p" /proc/self/cgroup | head -n 1)
	own=/sys/fs/cgroup$2${own%/}
	[ ! -w "$own/cgroup.procs" ] || JOURNALD_SLICE=$own/bgt$$.slice
}

journald_open() {
	local id

	: "${BUILD:=$TESTS/../build/release}"
	[ -x "$BUILD/tests/tools/stream_writer" ] || skip "make units"
	id=$(tr -d - </proc/sys/kernel/random/uuid)
	echo "$id" >"$T/machine-id"
	mkdir "$T/var"
	mount -t tmpfs -o size=64m,mode=755 none /run ||
		skip "no mounts of its own"
	mkdir -p /run/systemd/journal /run/log/journal
	mount --bind "$T/var" /var/log || fail "mounting /var/log"
	if [ ! -e /etc/machine-id ] || [ ! -d /etc/systemd ]; then
		mkdir /run/etc /run/etc.work
		mount -t overlay -o \
			lowerdir=/etc,upperdir=/run/etc,workdir=/run/etc.work \
			none /etc || skip "no machine id"
		mkdir -p /etc/systemd
		touch /etc/machine-id
	fi
	mount --bind "$T/machine-id" /etc/machine-id || fail "the machine id"
	mount -t tmpfs none /etc/systemd || fail "mounting /etc/systemd"
	mkdir /etc/systemd/journald.conf.d /var/log/journal
	# As if the files of /run had been flushed: all goes to /var.
	touch /run/systemd/journal/flushed
	JOURNAL=/var/log/journal/$id
	JOURNALD_PID=
	at_exit journald_stop
	at_exit journald__jobs_end
	journald_conf SystemMaxUse=64M
}

# What a test that failed left running; their children end with the namespace.
journald__jobs_end() {
	local pid

	for pid in $(jobs -p); do
		[ "$pid" = "$JOURNALD_PID" ] || kill -9 "$pid" 2>/dev/null || :
	done
}

# Drop-ins of others sort before this one.
journald_conf() {
	printf '%s\n' '[Journal]' Storage=persistent ReadKMsg=no Audit=no \
		ForwardToSyslog=no ForwardToWall=no RateLimitIntervalSec=0 \
		"$@" >/etc/systemd/journald.conf.d/zz-test.conf
}

journald_start() {
	$JOURNALD >>"$T/journald.out" 2>&1 &
	JOURNALD_PID=$!
	wait_for "journald" journalctl --sync
}

journald_stop() {
	[ -n "$JOURNALD_PID" ] || return 0
	kill "${1:--TERM}" "$JOURNALD_PID"
	wait "$JOURNALD_PID" 2>/dev/null
	JOURNALD_PID=
}

journald_kill() {
	journald_stop -KILL
}

journald_sync() {
	journalctl --sync || fail "journalctl --sync"
}

journald_rotate() {
	journalctl --rotate || fail "journalctl --rotate"
}

# Archived files go, the oldest first, until that much is left.
journald_vacuum() {
	journalctl --vacuum-size="$1" -D "$JOURNAL" 2>&1 | tail -n 1
}

# To be called in a subshell of its own: it becomes the writer.
writer() {
	local cgroup=$JOURNALD_SLICE/$1 unit=$1

	if [ -n "$JOURNALD_SLICE" ] && [ "${2:-}" != line ] &&
		mkdir -p "$cgroup" && echo $BASHPID >"$cgroup/cgroup.procs"; then
		unit=
	fi
	# journald tells the program too, and that must be one of ours.
	mkdir -p "$T/$BASHPID"
	cp "$BUILD/tests/tools/stream_writer" "$T/$BASHPID/${1%.service}"
	exec "$T/$BASHPID/${1%.service}" "${1%.service}" "$unit"
}

# Each operation is six lines of bangerd (seq 6n+1...6n+6) and one of its helper
# (seq n+1); the numbers alone say which line it is.
operations() {
	awk -v from="$1" -v n="$2" -v d="$T/d.lines" -v h="$T/h.lines" 'BEGIN {
		printf "" >d
		printf "" >h
		for (i = from; i < from + n; i++) {
			head = sprintf("{\"time\":\"2026-04-26T%02d:%02d:%02d",
				3 + i / 3600 % 20, i / 60 % 60, i % 60)
			op = sprintf("\"op_id\":\"op-%016x\"", i * 7919 + 1)
			msg = "Z\",\"level\":\"INFO\",\"msg\":\""
			run = ",\"run\":\"d0d0d0d0\",\"seq\":"
			mid = ",\"operation\":\"vm.start\"," op ",\"vm_name\":\"web-" i % 40 "\""
			s = 6 * i
			print head ".001" msg "operation started\"" run s + 1 mid "}" >d
			for (k = 1; k <= 4; k++)
				print head ".0" k "0" msg "operation stage\"" run s + 1 + k mid ",\"stage\":\"s" k "\",\"since_start_ms\":" k * 10 "}" >d
			print head ".061" msg "operation completed\"" run s + 6 mid ",\"duration_ms\":60}" >d
			print head ".035" msg "helper rpc completed\",\"run\":\"4e1fe4b0\",\"seq\":" i + 1 ",\"method\":\"tap.create\"," op ",\"call\":1,\"duration_ms\":2}" >h
		}
	}'
}

# Both writers at once; bangerd by its cgroup, its helper by the stream's head.
batch() {
	local pid

	operations "$1" "$2"
	(slowly "${3:-0}" <"$T/d.lines" | writer bangerd.service) &
	pid=$!
	(slowly "${3:-0}" <"$T/h.lines" | writer banger-helper.service line) ||
		fail "a writer"
	wait "$pid" || fail "a writer"
}

# A pause behind every 40 lines; of so many seconds.
slowly() {
	local some

	while mapfile -n 40 some && [ "${#some[@]}" -gt 0 ]; do
		printf %s "${some[@]}"
		[ "$1" = 0 ] || sleep "$1"
	done
}

# What the journal has by its own tool, indexed anew, into the file named.  What
# others say would count for how late it is (these operations are old).
oracle() {
	rm -f "$1"*
	journalctl -D "$JOURNAL" -o json --all -u bangerd.service \
		-u banger-helper.service >"$T/oracle.json" ||
		fail "journalctl"
	bangerlog index --db "$1" --format json "$T/oracle.json" ||
		fail "the oracle's index"
}

everything() {
	digest "$1" 'SELECT op_id, operation, status, started_ns, duration_ms,
		unaccounted_ms, stage, vm_name, records, conflict, run
		FROM ops ORDER BY 1' \
		'SELECT * FROM stages ORDER BY 1, 2' \
		'SELECT * FROM helper_calls ORDER BY 1, 2' \
		"SELECT op_id, time_ns, kind, level, msg, run, seq, unit, pid,
		line FROM records ORDER BY run, seq, time_ns, line" \
		"SELECT reason, run, unit, from_seq, to_seq, n FROM gaps
		WHERE reason <> 'lost' ORDER BY 1, 2, 3, 4, 5, 6"
}

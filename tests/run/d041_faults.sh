# SPDX-License-Identifier: ISC
# The fault matrix: at each site (a call to the helper, what the VMM or the
# guest's agent does, a write of the state), each kind (error, hang, kill of
# bangerd, of the helper, of the VMM) once.  The operation ends in exactly one
# terminal line with the code of its row, nothing leaks, and the next operation
# on that VM works.  FAULTS=all: all of it (make faults); PART=2/4: the second of
# four parts of its rows.
. "$(dirname "$0")"/harness.sh
# shellcheck source=../lib/settled.sh
. "$TESTS"/lib/settled.sh
: "${FAULTS:=short}" "${PART:=1/1}"
expect_match '^[1-9][0-9]*/[1-9][0-9]*$' "$PART" PART
with_instance_of_fakes() {
	local bin=/usr/local/lib/bgt-$$

	open_instance close_all
	# The jail shows /usr alone.
	install -D -m 755 "$BUILD"/tests/tools/fake_qemu $bin/qemu-system-x86_64 ||
		skip "no room for a program beneath /usr"
	FAKE=$bin/qemu-system-x86_64
	install -m 755 "$BUILD"/tests/tools/fault_proxy "$BUILD"/tests/tools/fault_writes.so "$T"
	RULE=$I_DIR/run/rule
	export FAULT_WRITES=$I_DIR/run/writes
	start_helper
	setpriv --reuid=$I_USER --regid="$I_GROUP" --clear-groups "$T"/fault_proxy \
		"$I_DIR/run/proxy.sock" "$I_DIR/helper/helper.sock" "$RULE" &
	PROXY=$!
	instance_wait test -S "$I_DIR/run/proxy.sock"
	start_daemon
}
# The proxy last: bangerd ends its VMs through it.
close_all() {
	local status

	instance_close
	status=$?
	instance_end "${PROXY:-}"
	rm -r /usr/local/lib/bgt-$$
	return $status
}
start_helper() { instance_helper --qemu "$FAKE" || fail "the helper did not start"; }
start_daemon() {
	# A sanitizer has to be the first that is loaded.
	LD_PRELOAD=$([ "${MODE:-release}" = asan ] || echo "$T/fault_writes.so") instance_daemon \
		--helper-socket "$I_DIR/run/proxy.sock" || fail "bangerd did not start"
}

fds() { ls "/proc/$1/fd" | wc -l; }
state() { banger show "$1" --format json | jq -r .vm.state; }
vm_there() { banger show "$1" >/dev/null 2>&1; }
terminals() {
	jq -r --arg op "$1" 'select(.op_id == $op and (.msg | test("^operation (failed|completed)$"))) |
		.code // "completed"' "${LOGS[0]}" | paste -sd ,
}
begun() { jq -r --arg op "$1" 'select(.op_id == $op and .msg == "operation started").op_id' "${LOGS[0]}"; }
last_op() {
	jq -r --arg o "$1" 'select(.operation == $o and .msg == "operation started").op_id' "${LOGS[0]}" | tail -n 1
}
has_ended() { [ -n "$(terminals "$1")" ]; }

# Brings web1 to where the operation begins: stopped, running, or not there.
# Another VM runs all the time.
bring() {
	local want=$1 fault=${2:-}

	if vm_there web1; then
		case $(state web1) in running | unknown) banger kill web1 ;; esac
		[ "$want" != absent ] || banger delete web1
	elif [ "$want" != absent ]; then
		banger create web1 --image tiny
	fi >/dev/null 2>&1
	[ "$want" != absent ] || return 0
	banger set web1 --cmdline "${fault:+fault=$fault}" >/dev/null 2>&1 || return 1
	[ "$want" = stopped ] || banger start web1 >/dev/null 2>&1
}

# The operation of a row, its words and what it begins with.
declare -A WORDS=([create]="create web1 --image tiny" [start]="start web1 --timeout 2"
	[stop]="stop web1 --timeout 1" [kill]="kill web1" [delete]="delete web1"
	[exec]="exec web1 -- true" [restart]="restart web1 --timeout 2" [force]="delete --force web1"
	[exec1]="exec web1 --timeout 1 -- true")
declare -A FROM=([create]=absent [start]=stopped [stop]=running [kill]=running
	[delete]=stopped [exec]=running [restart]=running [force]=running [exec1]=running)
declare -A METHOD=([force]=delete [exec1]=exec)

rows=0
# Every so many rows one is this part's.
seen=0
is_ours() {
	seen=$((seen + 1))
	[ $((seen % ${PART#*/})) = $((${PART%/*} % ${PART#*/})) ]
}
declare -A COUNT
# after_fault LABEL OP_ID CODES: what holds behind each row.
after_fault() {
	local label=$1 op=$2 codes=$3 got

	[ -n "$op" ] || fail "$label: no operation: $OUT"
	wait_for "$label: the end of $op" has_ended "$op"
	got=$(terminals "$op")
	expect_match "^($codes)\$" "$got" "$label: its terminal line ($op)"
	settled_wait "$label" || fail "$label: something is left"
	kill -0 "$KEEPER" && [ "$(state keep1)" = running ] || fail "$label: another VM was hurt"
	bring stopped || fail "$label: the VM cannot be used"
	banger start web1 >/dev/null 2>"$T/err" || fail "$label: start afterwards: $(cat "$T/err")"
	banger stop web1 >/dev/null 2>"$T/err" || fail "$label: stop afterwards: $(cat "$T/err")"
	settled_wait "$label, used again" || fail "$label: something is left of its next use"
	rows=$((rows + 1))
	COUNT[${label%%:*}]=$((${COUNT[${label%%:*}]:-0} + 1))
}
run_op() {
	# shellcheck disable=SC2086
	OUT=$(timeout 60 banger ${WORDS[$1]} 2>&1)
}

# call OP METHOD N KIND CODES: at the N-th such call of the operation.
call() {
	local op=$1 method=$2 n=$3 kind=$4 codes=$5 action=$4 client label

	is_ours || return 0
	label="call:$op $method/$n $kind"
	bring "${FROM[$op]}" || fail "$label: web1 cannot be made ready"
	case $kind in *-before) action=before ;; *-after) action=after ;; esac
	rm -f "$RULE".at "$RULE".go
	echo "$method $n $action" >"$RULE.new" && chmod 666 "$RULE.new" && mv "$RULE.new" "$RULE"
	run_op "$op" & client=$!
	wait_for "$label: the call" test -e "$RULE.at"
	case $kind in
	helper-*) instance_end "$I_HELPER" KILL ;;
	daemon-*) instance_end "$I_DAEMON" KILL ;;
	vmm-*) pkill -KILL -f "^$FAKE -name guest=$(banger show web1 --format json | jq -r .vm.vm_id) " ;;
	esac
	[ "$kind" = hang ] || touch "$RULE.go"
	case $kind in
	helper-*) start_helper ;;
	daemon-*) start_daemon ;;
	esac
	wait $client
	touch "$RULE.go"
	rm -f "$RULE"
	after_fault "$label" "$(last_op "vm.${METHOD[$op]:-$op}")" "$codes"
}

# vmm OP FAULT CODES: what the VMM or the agent does wrong.
vmm() {
	local op=$1 fault=$2 codes=$3

	is_ours || return 0
	bring "${FROM[$op]}" "$fault" || fail "vmm $op $fault: web1 cannot be made ready"
	run_op "$op"
	after_fault "vmm:$op $fault" "$(last_op "vm.${METHOD[$op]:-$op}")" "$codes"
}

# writes OP ERRNO MANY MAX: each write of the state in turn, as long as the
# operation makes that many.  An operation that was not begun has no line.
writes() {
	local op=$1 number=$2 many=$3 max=$4 n id label before

	[ "${MODE:-release}" != asan ] || return 0
	for ((n = 1; n <= max; n++)); do
		is_ours || continue
		label="state:$op write/$n errno $number, $many"
		bring "${FROM[$op]}" || fail "$label: web1 cannot be made ready"
		before=$(last_op "vm.${METHOD[$op]:-$op}")
		echo "$n $number $many" >"$FAULT_WRITES.new" && mv "$FAULT_WRITES.new" "$FAULT_WRITES"
		run_op "$op"
		rm -f "$FAULT_WRITES"
		id=$(last_op "vm.${METHOD[$op]:-$op}")
		if [ "$id" = "$before" ]; then
			expect_match 'cannot write its state' "$OUT" "$label: refused"
			banger create sentinel --image tiny >/dev/null 2>&1 || fail "$label: create afterwards"
			id=$(last_op vm.create)
			banger delete sentinel >/dev/null 2>&1
			after_fault "$label" "$id" completed
		else
			after_fault "$label" "$id" 'completed|state_unwritable|operation_failed'
		fi
	done
}

with_instance_of_fakes
with_image
banger create keep1 --image tiny >/dev/null 2>&1 && banger start keep1 >/dev/null 2>&1 || fail "keep1"
KEEPER=$(banger show keep1 --format json | jq -r .vm.pid)
bring stopped

unavailable='helper_unavailable|interrupted'
if [ "$FAULTS" = short ]; then
	call start tap.create 1 error operation_failed
	call start vmm.launch 1 lost helper_unavailable
	call start vmm.launch 1 helper-before $unavailable
	call start nat.apply 1 daemon-after interrupted
	call stop vmm.wait 1 helper-before $unavailable
	call stop tap.delete 1 daemon-before interrupted
	call kill vmm.kill 1 vmm-before completed
	call delete vm.forget 1 drop helper_unavailable
	vmm start exit_cont operation_failed
	vmm start agent_garbage timeout
	vmm stop quit_error completed
	vmm exec exit_guest_exec operation_failed
	writes start 28 1000 2
else
	for at in "start bridge.ensure" "start tap.create" "start nat.apply" "start vmm.launch" \
		"stop vmm.wait" "stop nat.remove" "stop tap.delete" "kill vmm.kill" \
		"kill vmm.wait" "force vmm.kill" "delete vm.forget" "restart tap.create"; do
		# shellcheck disable=SC2086
		set -- $at
		call $1 $2 1 error operation_failed
		for kind in drop lost half other hang; do
			call $1 $2 1 $kind 'helper_unavailable|operation_failed|timeout'
		done
		for kind in helper-before helper-after; do
			call $1 $2 1 $kind "$unavailable|completed|invalid_state"
		done
		for kind in daemon-before daemon-after; do
			call $1 $2 1 $kind interrupted
		done
	done
	for at in "stop vmm.wait" "kill vmm.kill" "force vmm.kill"; do
		for kind in vmm-before vmm-after; do
			# shellcheck disable=SC2086
			call $at 1 $kind completed
		done
	done
	call start vmm.launch 1 vmm-after operation_failed
	for fault in exit_exec exit_connect exit_capabilities exit_cont exit_agent cont_error \
		greeting_other greeting_garbage qmp_garbage; do
		vmm start $fault operation_failed
	done
	for fault in stop_connect stop_cont greeting_none cont_hang agent_hang agent_garbage; do
		vmm start $fault 'timeout|operation_failed'
	done
	for fault in greeting_split qmp_flood qmp_other_id; do
		vmm start $fault completed
		vmm stop $fault completed
	done
	for fault in shutdown_ignored quit_ignored quit_error; do
		vmm stop $fault completed
	done
	vmm exec exit_guest_exec operation_failed
	vmm exec exec_error operation_failed
	vmm exec1 exec_hang timeout
	for op in create start stop kill delete exec; do
		writes $op 28 1000 12
		writes $op 5 1 12
		writes $op 30 1000 6
	done
fi

# Neither daemon has kept a descriptor: it has as many as one that has just begun.
banger stop keep1 >/dev/null 2>&1 || fail "stop keep1"
settled_wait "in the end" || fail "something is left"
kept_daemon=$(fds "$I_DAEMON") kept_helper=$(fds "$I_HELPER")
instance_end "$I_DAEMON"
instance_end "$I_HELPER"
start_helper
start_daemon
# A connection may just be open.
[ "$kept_daemon" -le $(($(fds "$I_DAEMON") + 1)) ] ||
	fail "bangerd has $kept_daemon descriptors, a new one $(fds "$I_DAEMON")"
[ "$kept_helper" -le $(($(fds "$I_HELPER") + 1)) ] ||
	fail "the helper has $kept_helper descriptors, a new one $(fds "$I_HELPER")"
expect_eq "" "$(jq -r 'select(.op_id and (.msg | test("^operation (failed|completed)$"))) | .op_id' \
	"${LOGS[0]}" | sort | uniq -d)" "ended twice"
echo "$rows rows: ${COUNT[call]:-0} calls to the helper, ${COUNT[vmm]:-0} of VMM and agent," \
	"${COUNT[state]:-0} writes of the state"

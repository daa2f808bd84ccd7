# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# Makes logs of operations whose figures are known: history_op ID SECOND
# SPAWN_MS [END]: a vm.start that began at 22:SECOND past, spends SPAWN_MS in
# its stage vmm_spawn (all but 1 ms of it in the helper), 10 ms before, 20 ms
# after.  END: completed (the default), running, or a failure's text.

H_SEQ=0

history_line() { # MS-SINCE-START LEVEL MSG REST
	H_SEQ=$((H_SEQ + 1))
	printf '{"time":"2026-04-26T22:%02d:%02d.%03dZ","level":"%s","msg":"%s","run":"b1b1b1b1","seq":%d,"op_id":"%s",%s}\n' \
		$((H_AT / 60)) $((H_AT % 60 + $1 / 1000)) $(($1 % 1000)) "$2" "$3" \
		$H_SEQ "$H_OP" "$4"
}

history_op() {
	local spawn=$3 end=${4:-completed}
	local subject='"operation":"vm.start","vm_id":"vm-1","vm_name":"web-1","image_name":"tiny"'

	H_OP=$1 H_AT=$2
	history_line 0 INFO "operation started" "$subject"
	history_line 0 INFO "operation stage" \
		"$subject,\"stage\":\"validate\",\"since_start_ms\":0"
	history_line 10 INFO "operation stage" \
		"$subject,\"stage\":\"vmm_spawn\",\"since_start_ms\":10"
	[ "$end" != running ] || return 0
	if [ "$end" != completed ]; then
		history_line $((9 + spawn)) ERROR "helper rpc failed" \
			"\"method\":\"vmm.launch\",\"call\":1,\"duration_ms\":$((spawn - 1)),\"code\":\"operation_failed\",\"error\":\"$end\""
		history_line $((10 + spawn)) ERROR "operation failed" \
			"$subject,\"duration_ms\":$((10 + spawn)),\"error\":\"vmm.launch: $end\",\"code\":\"operation_failed\",\"stage\":\"vmm_spawn\""
		return
	fi
	history_line $((9 + spawn)) INFO "helper rpc completed" \
		"\"method\":\"vmm.launch\",\"call\":1,\"duration_ms\":$((spawn - 1))"
	history_line $((10 + spawn)) INFO "operation stage" \
		"$subject,\"stage\":\"guest_wait\",\"since_start_ms\":$((10 + spawn))"
	history_line $((30 + spawn)) INFO "operation completed" \
		"$subject,\"duration_ms\":$((30 + spawn))"
}

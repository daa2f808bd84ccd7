# SPDX-License-Identifier: ISC
# Ports of the host that are handed on to a guest: who reaches them and who
# does not, whose they are, and that they go with the VM however it ends.
. "$(dirname "$0")"/harness.sh
with_instance
with_image
field() { banger show "$1" --format json | jq -r ".vm.$2"; }
raw=$BUILD/tests/tools/rpc_raw
ask() {
	printf '{"version":1,"method":"%s","params":%s,"op_id":"op-00000000000000aa","call":1}\n' \
		"$1" "$2" | "$raw" "$I_DIR"/helper/helper.sock 5000
}
map() { nft list map inet "$I_TABLE" forwards 2>/dev/null | tr -d '\n\t'; }
p=$((30000 + I_ID)) q=$((30001 + I_ID))

# ---- an outside: another network namespace, routed through this host --------
veth=bgv$I_ID
unshare -n sleep 600 &
OUTSIDE=$!
outside() { nsenter -t $OUTSIDE -n "$@"; }
outside_close() {
	kill $OUTSIDE
	ip link del "$veth" 2>/dev/null
	wait $OUTSIDE 2>/dev/null
	true
}
at_exit outside_close
is_apart() { [ "$(readlink /proc/$OUTSIDE/ns/net)" != "$(readlink /proc/self/ns/net)" ]; }
wait_for "a namespace" is_apart
ip link add "$veth" type veth peer name out0 netns $OUTSIDE || fail veth
ip addr add 198.51.100.1/30 dev "$veth"
ip link set "$veth" up
outside ip addr add 198.51.100.2/30 dev out0
outside ip link set out0 up
outside ip route add default via 198.51.100.1

# ---- a guest that serves, and who reaches it --------------------------------
# get HOST PORT [SECONDS]: what a server there says, or why there is none.
cat >"$T/get" <<-'PERL'
	use IO::Socket::INET;
	my $s = IO::Socket::INET->new(PeerAddr => $ARGV[0], PeerPort => $ARGV[1],
		Timeout => $ARGV[2] || 20) or die "$@\n";
	print $s "GET / HTTP/1.0\r\n\r\n";
	my $all = do { local $/; <$s> };
	print $all =~ s/.*?\r\n\r\n//sr;
PERL
get() { perl "$T/get" "$@"; }
serve() {
	banger exec "$1" -- /bin/busybox sh -c "mkdir -p /tmp/w
		echo this is $1 >/tmp/w/index.html; httpd -p 80 -h /tmp/w" >/dev/null ||
		fail "no server in $1"
}
banger create web1 --image tiny -p "$p:80,$q:5353/udp" >/dev/null || fail create
out=$(banger start web1) || fail start
op=$(op_of "$out")
ip=$(field web1 guest_ip)
expect_match "udp \. $q : $ip \. 5353" "$(map)" "the UDP port"
expect_match "$p:80/tcp,$q:5353/udp" "$(banger list)" "list"
expect_match "^ports +$p:80/tcp,$q:5353/udp" "$(banger show web1)" show
serve web1
wait_for "the guest's server" get "$ip" 80
expect_eq "this is web1" "$(get 198.51.100.1 $p)" "the host, by its own address"
expect_eq "this is web1" "$(outside perl "$T/get" 198.51.100.1 $p)" "from outside"
# Not through the loopback, and outside of that port not at all.
expect_match refused "$(get 127.0.0.1 $p 2>&1)" "the loopback"
expect_match "timed out|[Tt]imeout" "$(outside perl "$T/get" "$ip" 80 1 2>&1)" "the guest's own address"
expect_match 'oifname "'"$I_BRIDGE"'" iifname .* counter packets [1-9]' \
	"$(nft list chain inet "$I_TABLE" forward)" "who was turned away"
expect_match '^PING|1 packets received|1 received' \
	"$(banger exec web1 -- /bin/busybox ping -c 1 198.51.100.2)" "the guest's way out"

# ---- whose a port is ---------------------------------------------------------
expect_status 1 banger create web2 --image tiny -p "$p:8080"
expect_match "the host's port $p/tcp is that of the VM web1 \(op-" "$OUT" "create"
expect_eq web1 "$(banger list -q)" "nothing was made"
banger create web2 --image tiny -p "$p:80/udp" >/dev/null || fail "the same of UDP"
expect_status 1 banger set web2 -p "$q:80/udp"
expect_match "the host's port $q/udp is that of the VM web1" "$OUT" "set"
expect_eq "[\"$p:80/udp\"]" "$(field web2 'ports|tojson')" "what web2 had"

refused() {
	local regex=$1

	banger set web2 -p "$2" >/dev/null || fail "set $2"
	expect_status 1 banger start web2
	expect_match "$regex" "$OUT" "start with $2"
	expect_eq stopped "$(field web2 state)" "after $2"
	expect_eq 1 "$(ip -o link | grep -c "bgr.* master $I_BRIDGE")" "taps after $2"
	expect_no_match " : $(field web2 guest_ip) " "$(map)" "ports after $2"
}
refused "port 443/tcp is below 1024" 443:443
perl -MIO::Socket::INET -e 'my $s = IO::Socket::INET->new(Listen => 1,
	LocalAddr => "0.0.0.0", LocalPort => $ARGV[0]) or die; print "ok\n";
	close STDOUT; sleep 600' $((p + 2)) >"$T/listens" &
SERVICE=$!
wait_for "a service of the host" grep -q ok "$T/listens"
refused "a service of the host listens on its port $((p + 2))/tcp" "$((p + 2)):80"
kill $SERVICE
wait $SERVICE 2>/dev/null

# ---- a bangerd that lies: the helper says no itself --------------------------
banger set web2 -p '' >/dev/null && banger start web2 >/dev/null || fail "start web2"
id=$(field web1 vm_id) id2=$(field web2 vm_id)
port() { printf '[{"host":%s,"guest":80,"protocol":"%s"}]' "$1" "$2"; }
lie() {
	local reply

	reply=$(ask ports.apply "$2")
	expect_eq "$1" "$(jq -r 'if .ok then "ok" else .error.code end' <<<"$reply")" \
		"$2: $reply"
}
before=$(map)
lie already_exists "{\"vm_id\":\"$id2\",\"slot\":2,\"ports\":$(port $p tcp)}"
expect_match "handed on to the VM $id" \
	"$(ask ports.apply "{\"vm_id\":\"$id2\",\"slot\":2,\"ports\":$(port $p tcp)}")" "whose it is"
lie invalid_state "{\"vm_id\":\"$id2\",\"slot\":1,\"ports\":$(port $p tcp)}"
lie invalid_state "{\"vm_id\":\"vm-none\",\"slot\":3,\"ports\":$(port 40000 tcp)}"
lie invalid_argument "{\"vm_id\":\"$id2\",\"slot\":2,\"ports\":$(port 22 tcp)}"
expect_eq false "$(ask ports.remove "{\"vm_id\":\"$id2\",\"slot\":1}" | jq .ok)" \
	"another's ports are not removed"
expect_eq "$before" "$(map)" "ports after lies"
# The exact set, and nothing by doing it again.
lie ok "{\"vm_id\":\"$id2\",\"slot\":2,\"ports\":$(port $((p + 3)) tcp)}"
lie ok "{\"vm_id\":\"$id2\",\"slot\":2,\"ports\":$(port $((p + 3)) udp)}"
expect_eq false "$(ask ports.apply "{\"vm_id\":\"$id2\",\"slot\":2,\"ports\":$(port \
	$((p + 3)) udp)}" | jq .result.changed)" "again"
expect_match "udp \. $((p + 3)) " "$(map)" "what was asked for last"
expect_no_match "tcp \. $((p + 3)) " "$(map)" "what was asked for before"
banger kill web2 >/dev/null || fail kill
expect_eq "$before" "$(map)" "its ports went with its rules"

# ---- they go with the VM -----------------------------------------------------
# bangerd and the VMM die together: recovery takes them away.
instance_end "$I_DAEMON" KILL
instance_vmms | xargs kill -KILL
are_gone() { [ -z "$(instance_vmms)" ]; }
wait_for "the VMM's end" are_gone
instance_daemon || fail "bangerd did not start again"
expect_eq stopped "$(field web1 state)" "after the crash"
expect_no_match . "$(map)" "ports after a crash"
out=$(banger start web1) || fail "start again"
expect_match "tcp \. $p : $ip \. 80" "$(map)" "they are back"
banger stop web1 >/dev/null || fail stop
expect_eq "" "$(instance_leaks | grep -v ^process)" "nothing is left"

# ---- in the log ---------------------------------------------------------------
index_logs
expect_match 'nat_apply ports_apply vmm_spawn' \
	"$(trace_json "$op" '[.stages[].stage] | join(" ")')" "stages"
expect_match '"ports.apply"' "$(bangerlog trace --format json "$op")" "the helper's call"
expect_eq "nothing is wrong" "$(bangerlog audit)" audit

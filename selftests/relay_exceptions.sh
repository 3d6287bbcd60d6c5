#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Relays tell each other which flows are not where the hash says: flows of a balancer that is drained, over both
# families, are known at a second relay; the first one forgets everything, learns them back, and they go on.
#
#   c1 --- r --- s1, s2         the drawing with all addresses is in lib_topology.sh
#         /|||
#        q b1, b2, b3           q: a relay with the same configuration, 10.77.0.2; flows do not pass it

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_sync.sh
. "$SLB_SELFTESTS/lib_sync.sh"
# shellcheck source=selftests/lib_steady.sh
. "$SLB_SELFTESTS/lib_steady.sh"

TCP=40 UDP=40

in_sync() {
	[[ $(sync_show r) == *"state in-sync"* && $(sync_show q) == *"state in-sync"* ]]
}

# flows HOST [FILTER...]: how many the relay knows
flows() {
	local host=$1
	shift
	ctl "$host" relay flow show "$@" | wc -l
}

# told HOST N: does the relay know N flows of b1?
told() {
	[ "$(flows "$1" balancer b1)" -eq "$2" ]
}

# add FLOW...: what another relay says
add() {
	on q python3 "$SLB_SELFTESTS/tools/netlink/nlflow.py" "$@" 2>&1
}

# balancer_of CLIENT: that of its flow in the table of q, which has no links to steer by
balancer_of() {
	ctl q -j relay flow show client "$1" | json balancer
}

second_relay() {
	NS[q]=q-$LIB_ID
	ip netns add "${NS[q]}"
	ip link add s0 netns "${NS[r]}" type veth peer name s0 netns "${NS[q]}"
	on r ip address add 10.77.0.1/24 dev s0
	on q ip address add 10.77.0.2/24 dev s0
	on r ip link set s0 up
	on q ip link set s0 up
	ctl r save >"$TMP/r.conf"
	ctl q apply "$TMP/r.conf" 2>"$TMP/q.log"
}

ktap_plan 21
load_modules slb relay
topology servers=2 balancers=3
ctl r relay setting set hash-key 00112233445566778899aabbccddeeff
topology_config "any $VIP4" "any $VIP6"
check "a second relay has the same configuration" second_relay || note "$(cat "$TMP/q.log")"
sync_relay r 1 q 2
sync_relay q 2 r 1
check "the daemons are in sync" wait_for 20 in_sync || note "$(cat "$TMP"/syncd-*.log)"
steady_servers s1 s2 || note "no server for the flows"
check "flows of both families" steady_begin 200 200 $((2 * (TCP + UDP))) "$VIP4" "$TCP" "$UDP" "$VIP6" "$TCP" "$UDP"
count=$(flows r balancer b1)
note "flows at b1: $count of $(flows r)"
check_eq "all flows are where the hash says" 0 "$(flows r exception yes)"
check_eq "the other relay learns nothing" 0 "$(flows q)"

ctl r relay balancer set b1 weight 0
ctl q relay balancer set b1 weight 0
check_eq "b1 is drained: its flows are exceptions" "$count" "$(flows r exception yes)"
check_eq "and no others" "$count" "$(flows r balancer b1 exception yes)"
check "the other relay learns them" wait_for 10 told q "$count" || note "$(sync_show q -s)"
check_eq "it learns nothing else" "$count" "$(flows q)"
check_eq "they have the states that they have at r" "$(ctl r relay flow show balancer b1 | grep -o 'state [^ ]*' | sort | uniq -c)" \
	"$(ctl q relay flow show balancer b1 | grep -o 'state [^ ]*' | sort | uniq -c)"
check_eq "the peers show how many" 1 "$(($(sync_show q -j | jq '.[0].peers[0].received.added') >= count))"
steady "settle 20000" || true
steady_whole "b1 is drained"

# Nothing may pass while r knows nothing: as if r were another relay, which the router uses from now on.
on c1 tc qdisc add dev eth0 root netem loss 100%
sleep 1
ctl r relay flow flush >/dev/null
check "r has forgotten its flows, and learns those of b1 from q" wait_for 12 told r "$count" || note "$(sync_show r -s)"
on c1 tc qdisc del dev eth0 root
steady "settle 20000" || true
steady_whole "r has learned its flows from q"

# The relay that has seen the later packet is right.
check "flow-add takes a flow of another relay" add tcp 198.51.100.77 7 "$VIP4" 80 b2 5 5000
check_eq "the flow is there" b2 "$(balancer_of 198.51.100.77)"
check "an older packet changes nothing" grep -q "has seen a later packet" <<<"$(add tcp 198.51.100.77 7 "$VIP4" 80 b3 5 300000)"
check "a later one does" add tcp 198.51.100.77 7 "$VIP4" 80 b3 5 0
check_eq "the flow has moved" b3 "$(balancer_of 198.51.100.77)"

ctl q relay setting set flow-limit 1 >/dev/null
check "without room, no flow makes room" grep -q "flow-limit" <<<"$(add tcp 198.51.100.77 8 "$VIP4" 80 b3 5 0)"
steady end
check "the client found nothing wrong" wait "$STEADY_PID"

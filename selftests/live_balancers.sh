#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A balancer is added, changed in weight, drained and removed, and one dies, under 1,000 TCP connections and 200 UDP
# flows: those of the others are not touched.
#
#   c1 --- r --- s1, s2         the drawing with all addresses is in lib_topology.sh
#         |||
#      b1, b2, b3               b3 is added later: all flows that are held are on b1 and b2

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_live.sh
. "${BASH_SOURCE[0]%/*}/lib_live.sh"

SLOW=3000 FAST=100 N=50
ktap_plan 13
load_modules slb relay
topology clients=1 servers=2 balancers=3
topology_config "any $VIP4" "any $VIP6"
ctl r relay balancer del b3
steady_servers s1 s2
check "1,000 TCP connections and 200 UDP flows are up" \
	steady_begin "$SLOW" "$FAST" "$N" "$VIP4" 500 100 "$VIP6" 500 100 || exit 1

# during TEXT COMMAND...: no flow notices.
during() {
	local text=$1
	shift
	steady mark
	"$@" || note "$text: failed: $*"
	steady "settle 20000"
	steady_whole "$text"
	note "$text: longest pause ${STEADY[pause]} ms"
}

add_b3() {
	printf '%s\n' "relay balancer add b3" \
		"relay link add b3 l1 dev b3l1 via 100.64.3.18 return 10.3.1.1-10.3.1.4 \
			via 2001:db8:b:31::2 return 2001:db8:a:31::1-2001:db8:a:31::4" \
		"relay link add b3 l2 dev b3l2 via 100.64.3.34 return 10.3.2.1-10.3.2.4 \
			via 2001:db8:b:32::2 return 2001:db8:a:32::1-2001:db8:a:32::4" |
		tr -d '\t' | ctl r -b -
}

sessions() {
	ctl "$1" -j session show | jq --arg state "${2:-}" \
		'[.[] | select(.vip_port == 7000 and ($state == "" or .state == $state))] | length'
}

# connects N: that many new connections, one after the other.
connects() {
	local i
	for ((i = 0; i < $1; i++)); do
		on c1 timeout 5 bash -c "exec 3<>/dev/tcp/$VIP4/$STEADY_PORT" || return 1
	done
}

has_more() {
	connects 3
	[ "$(sessions "$1")" -gt "$2" ]
}

during "nothing happens" true
during "a balancer is added" add_b3
check "the new balancer is given new connections" wait_for 20 has_more b3 0
during "a weight is changed" ctl r relay balancer set b1 weight 5
during "a balancer is drained" ctl r relay balancer set b2 weight 0
drained=$(sessions b2 tcp-established)
check "the drained one is given no new connections" connects 12
check_eq "the drained one has the flows that it had" "$drained" "$(sessions b2 tcp-established)"
during "a balancer is removed" ctl r relay balancer del b3
ctl r relay balancer set b2 weight 1
during "the drained one is used again" true

# ---- b2 dies: all of its links fall silent at once

tcp=$(sessions b2 tcp-established)
steady mark
for dev in b2l1 b2l2; do
	silence r "$dev"
	silence b2 "${dev#b2}"
done
links_up() {
	[ "$(ctl r -j relay balancer show b2 | jq '.[0].links_up')" = "$1" ]
}
check "a balancer dies: the relay finds it" wait_for 10 links_up 0
begin=${EPOCHREALTIME/./}
check "a balancer dies: all new connections work" connects 6
note "six new connections took $(((${EPOCHREALTIME/./} - begin) / 1000)) ms"
steady "settle 20000"
note "a balancer dies: ${STEADY[line]}"
check_eq "a balancer dies: its $tcp connections are reset, all other flows go on" "$tcp $tcp" \
	"${STEADY[lost]} ${STEADY[reset]}"

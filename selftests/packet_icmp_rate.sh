#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A flood of packets whose TTL expires never suppresses errors about the path MTU: these have their own
# budget, on the relay and on the balancer.
#
#   c1 --- r --- b1              the drawing with all addresses is in lib_topology.sh
#          |
#          s1
#
# Three places send errors: the relay on the way to the balancer (TTL 1), the balancer (TTL 2), and the relay on the
# way to the server (TTL 3). Each has a smaller MTU than the one before.

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_relay.sh
. "${BASH_SOURCE[0]%/*}/lib_relay.sh"

PORT=7000 RATE=5 FLOOD=60 SPORT=4000

ktap_plan 18
load_modules slb relay
topology clients=1 servers=1 balancers=1 links=1
topology_config "udp $VIP4:$PORT" "udp [$VIP6]:$PORT"
C4=${ADDR4[c1]} C6=${ADDR6[c1]}
LIB_SNAPLEN=96

setting() {
	ctl "$1" "${@:2}" setting show | awk '$1 == "icmp-rate" { print $2 }'
}

# Where the way gets narrower, and by how much: see the drawing.
narrow() {
	printf 'route replace %s\n' "100.64.1.16/28 dev b1l1 mtu 1360" \
		"2001:db8:b:11::/64 dev b1l1 metric 256 mtu 1360" | ip -n "${NS[r]}" -batch - &&
		printf 'route replace %s\n' "100.64.1.16/28 dev l1 mtu 1350" \
			"2001:db8:b:11::/64 dev l1 metric 256 mtu 1350" | ip -n "${NS[b1]}" -batch - &&
		topology_route s1 mtu 1300
}

# packet FAMILY WORD...: a packet of a new flow to the VIP
packet() {
	SPORT=$((SPORT + 1))
	if [ "$1" = 4 ]; then
		echo "udp $C4@$SPORT $VIP4@$PORT df=1 ${*:2}"
	else
		echo "udp $C6@$SPORT $VIP6@$PORT ${*:2}"
	fi
}

# flood FAMILY TTL SIZE: packets that expire, and in their midst one that is too large
flood() {
	local i header=28
	[ "$1" = 4 ] || header=48
	for ((i = 0; i < FLOOD; i++)); do
		packet "$1" "ttl=$2"
	done >"$TMP/flood"
	packet "$1" "len=$(($3 - header))" >>"$TMP/flood"
	packet "$1" "ttl=$2" >>"$TMP/flood"
	send c1 <"$TMP/flood"
}

heard() { # N NAME FILTER
	[ "$(capture_count "$2" "$3")" -ge "$1" ]
}

# silences TEXT FAMILY TTL SIZE MTU MOST
silences() {
	local name=flood$2$3 big expired
	if [ "$2" = 4 ]; then
		big="icmp[0] == 3 and icmp[1] == 4 and icmp[6:2] == $5" expired="icmp[0] == 11"
	else
		big="ip6[40] == 2 and ip6[44:4] == $5" expired="ip6[40] == 3"
	fi
	capture "$name" c1 eth0 "icmp or icmp6"
	# forget a path MTU that the sender has learned before
	ip -n "${NS[c1]}" -6 route flush cache
	flood "$2" "$3" "$4"
	check "IPv$2, $1: the sender gets every error about the MTU" wait_for 3 heard 1 "$name" "$big"
	capture_stop "$name"
	# a flood may fall into two seconds
	check "IPv$2, $1: the sender gets some errors about expired packets, but not all" \
		between 1 "$(capture_count "$name" "$expired")" "$6"
}

between() {
	[ "$1" -le "$2" ] && [ "$2" -le "$3" ]
}

check_eq "the rate of the relay is 1000" 1000 "$(setting r relay)"
check "icmp-rate can be set" ctl r relay setting set icmp-rate $RATE
check_eq "the new icmp-rate is shown" $RATE "$(setting r relay)"
check_not "an icmp-rate above 1000000 is refused" ctl r relay setting set icmp-rate 1000001
check "the balancer has the same setting" ctl b1 setting set icmp-rate $RATE
check "the path MTU gets smaller" narrow
for family in 4 6; do
	# this one is the kernel's own limit, of one address
	silences "from the relay to the balancer" "$family" 1 1370 1360 $((FLOOD / 2))
	silences "on the balancer" "$family" 2 1355 1350 $((2 * RATE))
	silences "from the relay to the server" "$family" 3 1320 1300 $((2 * RATE))
done

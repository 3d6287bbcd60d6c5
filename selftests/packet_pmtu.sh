#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Path MTU discovery: the sender of a packet that is too large gets the right MTU, wherever on the path the
# limit is. No transfer hangs.
#
#   c1, c2 --- r === b1, b2     ordinary hosts, until they are made mute; the links' MTUs are 1400
#              |                and 1300. The relay has no default route: what it owes to VIPs and
#              s1               local addresses must find its way without

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_packet.sh
. "${BASH_SOURCE[0]%/*}/lib_packet.sh"

# path_mtu HOST BYTES: of the relay's route to a client or server.
path_mtu() {
	topology_route "$1" mtu lock "$2"
}

env_needs_ethernet
ktap_plan 42
load_modules slb relay
topology clients=2 servers=1 balancers=2 link_mtu=1400,1300
topology_config "any $VIP4" "any $VIP6"
# No rate limit for ICMP errors of routers.
on r sysctl -qw net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0

packet_run packet_pmtu real 1300 1300 "the smaller of both links"
path_mtu c1 1290
packet_run packet_pmtu real 1300 1290 "less behind the relay, towards the client"
path_mtu s1 1280
packet_run packet_pmtu real 1280 1290 "less behind the relay, towards the server, too"

# A device with an MTU below 1280 has no IPv6: its packets all take the other link. Then b2 is drained.
narrow() {
	ctl r relay balancer set b1 weight 0 && ip -n "${NS[r]}" link set b2l2 mtu 1200 &&
		ip -n "${NS[b2]}" link set l2 mtu 1200
}

check "a link of b2 has less than IPv6 needs, and b1 is drained" narrow
packet_run packet_pmtu real 1200,1280 1200,1290 "a link that is too narrow for IPv6"
ctl r relay balancer set b1 weight 1

# Single packets are tested on one balancer.
for link in l1 l2; do
	ctl r relay link del b2 "$link"
done
ctl r relay balancer del b2
packet_mute c1 s1
packet_run packet_pmtu raw

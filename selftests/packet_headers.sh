#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# IP headers: options and extension headers are carried or refused by rule, each hop costs one of
# the TTL and says so when none is left, sources that are no host are dropped, all else is kept.
#
#   c1, c2 --- r === b1     s1 serves both VIPs, all ports; c1 and s1 are mute: what is on their
#              |            wire is what tools/packet_headers.py sends; c2 stands for the rest of
#              s1           the world, where the relay's default route leads

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_packet.sh
. "${BASH_SOURCE[0]%/*}/lib_packet.sh"

ktap_plan 39
load_modules slb relay
topology clients=2 servers=1 balancers=1
topology_config "any $VIP4" "any $VIP6"
packet_mute c1 c2 s1
ip -n "${NS[r]}" -batch - <<-END
	route add default via ${ADDR4[c2]} dev c2
	route add default via ${ADDR6[c2]} dev c2
END
# The kernel of the relay tells every sender, not one a second.
on r sysctl -qw net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0
packet_run packet_headers

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Packets that are cut at each byte of their headers are dropped and counted. Packets of any form that the
# modules do not handle are left to the host's routing unchanged.
#
#   c1 --- r === b1     s1 serves the first VIP, all ports, and of the second one TCP port 80 alone;
#          |            c1 and s1 are mute: what is on their wire, tools/packets/packet_cut.py has sent
#          s1

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_packet.sh
. "${BASH_SOURCE[0]%/*}/lib_packet.sh"

ktap_plan 32
load_modules slb relay
topology clients=1 servers=1 balancers=1
topology_config "any $VIP4" "any $VIP6" "tcp 203.0.113.82:80" "tcp [2001:db8:f::82]:80"
packet_mute c1 s1
# What the modules leave alone shows where routing takes it: the relay's to s1, the balancer's back.
ctl r relay setting set unmatched route
ctl b1 setting set unmatched route
for vip in $VIP4 203.0.113.82 $VIP6 2001:db8:f::82; do
	case $vip in
	*:*) echo "route add $vip via ${ADDR6[s1]} dev s1" ;;
	*) echo "route add $vip via ${ADDR4[s1]} dev s1 onlink" ;;
	esac
done | ip -n "${NS[r]}" -batch -
ip -n "${NS[b1]}" -batch - <<-END
	route add 203.0.113.0/24 via 100.64.1.17
	route add 198.18.0.0/24 via 100.64.1.17
	route add 2001:db8:f::/64 via 2001:db8:b:11::1
	route add 2001:db8:99::/64 via 2001:db8:b:11::1
END
packet_run packet_cut

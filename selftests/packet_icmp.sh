#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The balancer translates ICMP errors in both directions. Each error quotes the packet as its receiver sent
# it. Errors that belong to no session are dropped and counted.
#
#   c1, c2 --- r === b1     s1 serves the first VIP, s2 the second; c1 and s1 are mute: what is on
#             / \           their wire, tools/packets/packet_icmp.py has sent; c2 and s2 are ordinary hosts
#           s1   s2

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_packet.sh
. "${BASH_SOURCE[0]%/*}/lib_packet.sh"

env_needs_ethernet
ktap_plan 38
load_modules slb relay
topology clients=2 servers=2 balancers=1
topology_config servers=s1 "any $VIP4" "any $VIP6"
packet_second_vip s2 || fail "cannot configure the second VIP"
packet_mute c1 s1
packet_run packet_icmp
# Addresses of the first link's range that the balancer has itself, too, and its own way to the server.
own=lo table=main
[ "$LIB_ENV" != vrf-links ] || own=vrf0 table=$LIB_ENV_ALL
ip -n "${NS[b1]}" -batch - <<-END || fail "cannot give the balancer addresses"
	address add 10.1.1.4/32 dev $own
	address add 2001:db8:a:11::4/128 dev $own nodad
	route add ${ADDR4[s1]} via 100.64.1.17 table $table
	route add ${ADDR6[s1]} via 2001:db8:b:11::1 table $table
END
packet_run packet_icmp own "$own"

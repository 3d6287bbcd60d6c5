#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Fragments: all fragments of a handled datagram go to one server, independently of order, size and link.
# Fragments of other datagrams pass unchanged.
#
#   c1 --- r === b1       s1 serves the first VIP, s2 the second; these hosts are mute:
#         / \             what is on the wire is what tools/packets/packet_fragments.py sends
#       s1   s2

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_packet.sh
. "${BASH_SOURCE[0]%/*}/lib_packet.sh"

ktap_plan 30
load_modules slb relay
topology clients=1 servers=2 balancers=1
topology_config servers=s1 "any $VIP4" "any $VIP6"
packet_second_vip s2 || fail "cannot configure the second VIP"
packet_mute c1 s1 s2
# What is not for a VIP, the balancer host routes like any other.
ip -n "${NS[b1]}" -batch - <<-END
	route add 198.18.0.0/24 via 100.64.1.17
	route add 2001:db8:99::/64 via 2001:db8:b:11::1
END
# Incomplete datagrams must not expire while the test runs: set a long timeout on the hosts.
for host in r b1; do
	on "$host" sysctl -qw net.ipv4.ipfrag_time=600 net.netfilter.nf_conntrack_frag6_timeout=600
done
packet_run packet_fragments

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# IP headers: options and extension headers are kept or refused by rule. Each hop decrements the TTL and sends
# an error when it expires. Sources that are not a unicast address, or are a VIP, are dropped. Frames that a
# bridge passes on to other hosts are left alone; frames that it passes up are handled. Everything else is
# unchanged.
#
#   c1, c2 --- r === b1     s1 serves both VIPs, all ports; c1 and s1 are mute: what is on their
#              |            wire is what tools/packets/packet_headers.py sends; c2 stands for the rest of
#              s1           the world, where the relay's default route leads

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_packet.sh
. "${BASH_SOURCE[0]%/*}/lib_packet.sh"

# One bridge on the relay has c1 and c2 as ports. Another one is a link of the balancer, between r and c2.
bridges() {
	local host
	modprobe -q br_netfilter && defer modprobe -r br_netfilter
	[ -d /proc/sys/net/bridge ] || return 1
	ip -batch - <<-END
		link add x netns ${NS[c1]} type veth peer name xc1 netns ${NS[r]}
		link add x netns ${NS[c2]} type veth peer name xc2 netns ${NS[r]}
		link add xb1 netns ${NS[r]} type veth peer name xr netns ${NS[b1]}
		link add xb netns ${NS[c2]} type veth peer name xc2 netns ${NS[b1]}
	END
	for host in "r xc1 xc2" "b1 xr xc2"; do
		# shellcheck disable=SC2086
		set -- $host
		ip -n "${NS[$1]}" -batch - <<-END
			link add br0 up type bridge
			link set $2 up master br0
			link set $3 up master br0
		END
	done
	ip -n "${NS[r]}" link add vm link br0 up address 02:00:00:00:00:63 type macvlan mode private
	ip -n "${NS[c1]}" link set x up
	ip -n "${NS[r]}" link set xb1 up
	ip -n "${NS[c2]}" link set x up
	ip -n "${NS[c2]}" link set xb up
	ctl b1 link add l3 dev br0 via 100.64.1.49 local 10.1.3.1 \
		via 2001:db8:b:13::1 local 2001:db8:a:13::1 interval 0 weight 0
}

ktap_plan 45
load_modules slb relay
topology clients=2 servers=1 balancers=1
topology_config "any $VIP4" "any $VIP6" "udp 203.0.113.81:7" "udp [2001:db8:f::81]:7"
packet_mute c1 c2 s1
ip -n "${NS[r]}" -batch - <<-END
	route add default via ${ADDR4[c2]} dev c2
	route add default via ${ADDR6[c2]} dev c2
END
# No rate limit for ICMP errors of the relay's kernel.
on r sysctl -qw net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0
packet_run packet_headers
# Bridges come last, as they send packets of their own.
if bridges; then
	packet_run packet_headers bridges
else
	packet_run packet_headers no-bridges
fi

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Packets to a virtual address that match no VIP: the sender gets an error, and nothing is routed. If the host
# also has the address, the host receives the packet.
#
#   c1 --- r === b1     s1      r's default route leads to c2, which would send it back
#          |
#          c2                   the drawing with all addresses is in lib_topology.sh

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_relay.sh
. "$SLB_SELFTESTS/lib_relay.sh"
# shellcheck source=selftests/lib_share.sh
. "$SLB_SELFTESTS/lib_share.sh"

PORT=9999
N=0

# told TEXT WANTED PROTO FAMILY: which error does a client get for a port without a VIP?
told() {
	local vip=VIP$4 got
	N=$((N + 1))
	# not in a subshell, whose end would lose the list of processes to end
	talk_begin "t$N" c1 "$3" "${!vip}" "$PORT"
	got=$(talk "t$N" open 1 0 1500)
	if [ "$3" = tcp ]; then
		got=$(awk '{ print !$4 ? "open" : $6 < 1500 ? "refused at once" : "silence" }' <<<"$got")
	else
		got=$(talk "t$N" say 1500 | awk '{ print $4 ? "refused at once" : "silence" }')
	fi
	check_eq "$1" "$2" "$got"
}

# told_protocol: number of "protocol unreachable" errors for protocol 47
told_protocol() {
	capture proto c1 eth0 "(icmp[0] == 3 and icmp[1] == 2) or (icmp6 and ip6[40] == 4 and ip6[41] == 1)" >/dev/null
	send c1 "47 ${ADDR4[c1]} $VIP4 len=20 ; 47 ${ADDR6[c1]} $VIP6 len=20"
	wait_for 2 both_told
	capture_stop proto
	capture_count proto
}

both_told() {
	[ "$(capture_count proto)" -ge 2 ]
}

dropped() {
	ctl "$@" drop show | awk '$1 == "unmatched" { print $2 }'
}

by() { # HOST
	local v
	for v in 4 6; do
		told "$1: TCP over IPv$v is refused" "refused at once" tcp $v
		told "$1: UDP over IPv$v is refused" "refused at once" udp $v
	done
	check_eq "$1: another protocol gets 'protocol unreachable'" 2 "$(told_protocol)"
}

ktap_plan 21
load_modules slb relay
topology clients=2 servers=1 balancers=1
topology_forward c2
on r ip -batch - <<-END
	route add default via ${ADDR4[c2]} dev c2 onlink
	route add default via ${ADDR6[c2]} dev c2 onlink
END
# not limited, so that every error is seen
on r sysctl -qw net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0
topology_config "tcp $VIP4:80" "tcp [$VIP6]:80"
check "a server runs" http_server s1
check "the server is reached" on c1 curl -fs -m 5 "http://$VIP4/"

capture routed r c2 "dst host $VIP4 or dst host $VIP6"
by relay
check "the relay counts each dropped packet" [ "$(dropped r relay)" -ge 6 ]
ctl r relay setting set unmatched drop
told "unmatched drop: nobody is told" "silence" udp 4
capture_stop routed
check_eq "no packet was routed" 0 "$(capture_count routed)"
ctl r relay setting set unmatched route
capture routed r c2 "dst host $VIP4 or dst host $VIP6"
told "unmatched route: nobody is told" "silence" udp 4
capture_stop routed
check "with unmatched route, the packet is routed" [ "$(capture_count routed)" -gt 0 ]
ctl r relay setting set unmatched reject

# The host itself has the address, too.
for host in r b1; do
	printf 'address add %s dev lo\n' "$VIP4/32" "$VIP6/128 nodad" | on $host ip -batch -
done
check "a service of the relay itself runs" http_server r $PORT
check_eq "IPv4: the relay's own service answers at a virtual address" r "$(on c1 curl -fs -m 5 "http://$VIP4:$PORT/")"
check_eq "IPv6: the relay's own service answers at a virtual address" r "$(on c1 curl -fs -m 5 "http://[$VIP6]:$PORT/")"
for host in r b1; do
	printf 'address del %s dev lo\n' "$VIP4/32" "$VIP6/128" | on $host ip -batch -
done

# The relay has a VIP that the balancer has not.
printf 'relay vip add any %s\n' "$VIP4" "$VIP6" | ctl r -b -
by balancer
check "the balancer counts each dropped packet" [ "$(dropped b1)" -ge 4 ]

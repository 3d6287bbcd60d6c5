#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Two relays behind a router that shares flows between them (BIRD, BGP, ECMP by layer 4): one is killed, and the
# flows that are established go on over the other, to the balancers and addresses that they had.
#
#        c1 --- x --- s1        x router: takes VIPs and local ranges from both relays by BGP
#              / \
#            r     q            relays with one key and one configuration
#            |\   /|
#         two bridges, each one link of both balancers; the next hop .1 on each is the address of one
#            |     |            relay, which the other takes over
#           b1    b2

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_live.sh
. "${BASH_SOURCE[0]%/*}/lib_live.sh"

KEY=00112233445566778899aabbccddeeff
VIP=$VIP4
ktap_plan 8
load_modules slb relay
printf -v LIB_ID '%06x' "$((SRANDOM & 0xffffff))"
ADDR4[c1]=198.51.100.11 ADDR4[s1]=192.0.2.11
topology_netns c1 s1 x r q b1 b2 w
topology_forward x r q b1 b2
on x sysctl -qw net.ipv4.fib_multipath_hash_policy=1

# wire HOST DEV ADDR HOST DEV [ADDR]: a line between two hosts
wire() {
	ip link add "$2" netns "${NS[$1]}" type veth peer name "$5" netns "${NS[$4]}"
	ip -n "${NS[$1]}" link set "$2" up
	ip -n "${NS[$4]}" link set "$5" up
	ip -n "${NS[$1]}" address add "$3" dev "$2"
	[ -z "${6:-}" ] || ip -n "${NS[$4]}" address add "$6" dev "$5"
}

build() {
	local h n l
	for h in c1 s1 x r q b1 b2 w; do
		ip -n "${NS[$h]}" link set lo up
	done
	wire c1 eth0 198.51.100.11/24 x c1 198.51.100.254/24
	wire s1 eth0 192.0.2.11/24 x s1 192.0.2.254/24
	ip -n "${NS[c1]}" route add default via 198.51.100.254
	ip -n "${NS[s1]}" route add default via 192.0.2.254
	wire r x0 10.99.1.2/30 x r 10.99.1.1/30
	wire q x0 10.99.2.2/30 x q 10.99.2.1/30
	for l in 1 2; do
		ip -n "${NS[w]}" link add "br$l" type bridge
		ip -n "${NS[w]}" link set "br$l" up
		n=10
		for h in r q b1 b2; do
			wire "$h" "l$l" "100.64.$l.$n/24" w "$h-l$l"
			ip -n "${NS[w]}" link set "$h-l$l" master "br$l"
			n=$((n + 1))
		done
		ip -n "${NS[r]}" address add "100.64.$l.1/24" dev "l$l"
	done
}

# Probes are off: a session has two ends, and here a link has three.
configure() {
	local r b l
	for b in 1 2; do
		for l in 1 2; do
			echo "link add l$l dev l$l via 100.64.$l.1 local 10.$b.$l.1-10.$b.$l.4 interval 0"
		done >"$TMP/b"
		printf '%s\n' "group add web" "server add web ${ADDR4[s1]}" "vip add any $VIP group web" >>"$TMP/b"
		ctl "b$b" -b - <"$TMP/b" || return 1
	done
	for r in r q; do
		ctl "$r" relay setting set hash-key "$KEY" || return 1
		{
			echo "relay vip add any $VIP"
			for b in 1 2; do
				echo "relay balancer add b$b"
				for l in 1 2; do
					echo "relay link add b$b l$l dev l$l via 100.64.$l.$((11 + b))" \
						"return 10.$b.$l.1-10.$b.$l.4 interval 0"
				done
			done
		} | ctl "$r" -b - || return 1
	done
}

# bird HOST ROUTER-ID NEIGHBOURS...: what the relays tell, x takes; it tells them of clients and servers.
start_bird() {
	local host=$1 id=$2 n neighbour
	shift 2
	{
		echo "router id $id;"
		echo "protocol device {}"
		echo "protocol kernel { merge paths on; ipv4 { export where source = RTS_BGP; }; }"
		if [ "$host" = x ]; then
			echo "protocol direct { ipv4; }"
			n=65000
		else
			n=65001
			echo "protocol static told { ipv4;"
			for neighbour in "$VIP/32" 10.1.1.0/29 10.1.2.0/29 10.2.1.0/29 10.2.2.0/29; do
				echo "route $neighbour blackhole;"
			done
			echo "}"
		fi
		for neighbour in "$@"; do
			echo "protocol bgp { local as $n; neighbor $neighbour as $((130001 - n)); hold time 9;"
			echo "ipv4 { import all; export where source ~ [ RTS_STATIC, RTS_DEVICE ]; next hop self; }; }"
		done
	} >"$TMP/bird-$host.conf"
	spawn on "$host" bird -f -c "$TMP/bird-$host.conf" -s "$TMP/bird-$host.ctl" >"$TMP/bird-$host.log" 2>&1
}

shares() {
	[ "$(ip -n "${NS[x]}" route show "$VIP" | grep -c nexthop)" -eq 2 ] &&
		[ "$(ip -n "${NS[x]}" route show 10.2.2.0/29 | grep -c nexthop)" -eq 2 ] &&
		[ -n "$(ip -n "${NS[q]}" route show 198.51.100.0/24)" ] &&
		[ -n "$(ip -n "${NS[r]}" route show 192.0.2.0/24)" ]
}

packets() {
	on x cat "/sys/class/net/$1/statistics/tx_packets"
}

# The relay falls silent on all its lines at once; the other takes over the address that balancers send to, and the
# router learns it from its carrier, as it would by BFD.
kill_r() {
	local l
	ip -n "${NS[x]}" link set r down
	for l in 1 2; do
		ip -n "${NS[w]}" link set "r-l$l" down
		ip -n "${NS[q]}" address add "100.64.$l.1/24" dev "l$l"
		on q arping -q -c 1 -U -I "l$l" "100.64.$l.1" 2>/dev/null ||
			for b in b1 b2; do
				ip -n "${NS[$b]}" neigh flush to "100.64.$l.1"
			done
	done
}

one_left() {
	ip -n "${NS[x]}" route show "$VIP" | grep -q "via 10.99.2.2 dev q"
}

build
check "balancers and relays are configured" configure || exit 1
start_bird x 10.99.1.1 10.99.1.2 10.99.2.2
start_bird r 10.99.1.2 10.99.1.1
start_bird q 10.99.2.2 10.99.2.1
check "the router shares VIP and local ranges between both relays" wait_for 20 shares ||
	note "$(ip -n "${NS[x]}" route; cat "$TMP"/bird-*.log; ip -n "${NS[q]}" route)"
steady_servers s1
check "200 TCP connections and 40 UDP flows are up" steady_begin 1000 100 20 "$VIP" 200 40 || exit 1
steady mark
before=("$(packets r)" "$(packets q)")
steady "settle 20000"
steady_whole "both relays at work"
now=("$(packets r)" "$(packets q)")
check "both relays carry packets" [ "$((now[0] - before[0]))" -gt 100 -a "$((now[1] - before[1]))" -gt 100 ]
steady mark
kill_r
check "one relay is killed: the router uses the other" wait_for 20 one_left
steady "settle 20000"
steady_whole "one relay is killed"
note "one relay is killed: longest pause ${STEADY[pause]} ms"
steady end
check "the client found nothing wrong from beginning to end" wait "$STEADY_PID"

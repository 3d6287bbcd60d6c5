# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Two relays behind a router that distributes flows over them (BIRD, BGP, ECMP by layer 4), and two balancers.
#
#        c1 --- x --- s1        x router: takes VIPs and local ranges from both relays by BGP
#              / \
#            r     q            relays with one key, KEY, and one configuration
#            |\   /|
#         two bridges, each one link of both balancers
#            |     |
#           b1    b2
#
# ecmp_begin, ecmp_build             the hosts; their lines. r, q, b1, b2 have the addresses .10 to .13 on each link
# ecmp_wire RELAY N                  the lines of one relay: r is 1, q is 2
# ecmp_bird HOST                     starts BIRD on r, q or x; SPAWNED is its process
# ecmp_route                         starts all, and waits for the routes: 2 results
# packets RELAY                      prints how many packets the router has sent to it
# one_left RELAY                     does the router send to this relay only?

# shellcheck disable=SC2034
KEY=00112233445566778899aabbccddeeff

ecmp_begin() {
	# shellcheck disable=SC2034
	printf -v LIB_ID '%06x' "$((SRANDOM & 0xffffff))"
	# shellcheck disable=SC2034,SC2154
	ADDR4[c1]=198.51.100.11 ADDR4[s1]=192.0.2.11 ADDR6[c1]=2001:db8:c::11 ADDR6[s1]=2001:db8:5::11
	topology_netns c1 s1 x r q b1 b2 w
	topology_forward x r q b1 b2
	on x sysctl -qw net.ipv4.fib_multipath_hash_policy=1 net.ipv6.fib_multipath_hash_policy=1
}

# wire HOST DEV ADDR4 ADDR6 HOST DEV [ADDR4 ADDR6]: a line between two hosts
wire() {
	ip link add "$2" netns "${NS[$1]}" type veth peer name "$6" netns "${NS[$5]}"
	printf '%s\n' "link set $2 up" "address add $3 dev $2" "address add $4 dev $2 nodad" |
		ip -n "${NS[$1]}" -batch -
	ip -n "${NS[$5]}" link set "$6" up
	[ -z "${7:-}" ] || printf '%s\n' "address add $7 dev $6" "address add $8 dev $6 nodad" |
		ip -n "${NS[$5]}" -batch -
}

ecmp_build() {
	local h l
	for h in c1 s1 x r q b1 b2 w; do
		ip -n "${NS[$h]}" link set lo up
	done
	wire c1 eth0 198.51.100.11/24 2001:db8:c::11/64 x c1 198.51.100.254/24 2001:db8:c::fe/64
	wire s1 eth0 192.0.2.11/24 2001:db8:5::11/64 x s1 192.0.2.254/24 2001:db8:5::fe/64
	ip -n "${NS[c1]}" route add default via 198.51.100.254
	ip -n "${NS[c1]}" route add default via 2001:db8:c::fe
	ip -n "${NS[s1]}" route add default via 192.0.2.254
	ip -n "${NS[s1]}" route add default via 2001:db8:5::fe
	for l in 1 2; do
		ip -n "${NS[w]}" link add "br$l" type bridge
		ip -n "${NS[w]}" link set "br$l" up
	done
	ecmp_wire r 1
	ecmp_wire q 2
	ecmp_join b1 12
	ecmp_join b2 13
}

# ecmp_wire RELAY N: to the router and to both links
ecmp_wire() {
	wire "$1" x0 "10.99.$2.2/30" "2001:db8:99:$2::2/64" x "$1" "10.99.$2.1/30" "2001:db8:99:$2::1/64"
	ecmp_join "$1" "$((9 + $2))"
}

# ecmp_join HOST N: to both links, with this address
ecmp_join() {
	local l
	for l in 1 2; do
		wire "$1" "l$l" "100.64.$l.$2/24" "2001:db8:b:$l::$2/64" w "$1-l$l"
		ip -n "${NS[w]}" link set "$1-l$l" master "br$l"
	done
}

# Routes that a relay announces, by family
TOLD[4]="$VIP4/32 10.1.1.0/29 10.1.2.0/29 10.2.1.0/29 10.2.2.0/29"
TOLD[6]="$VIP6/128 2001:db8:a:11::/64 2001:db8:a:12::/64 2001:db8:a:21::/64 2001:db8:a:22::/64"

# ecmp_start HOST ROUTER-ID NEIGHBOUR...: x imports the relays' routes, and exports clients and servers.
ecmp_start() {
	local host=$1 id=$2 n=65001 family word
	shift 2
	[ "$host" != x ] || n=65000
	{
		echo "router id $id;"
		echo "protocol device {}"
		[ "$host" != x ] || echo 'protocol direct { ipv4; ipv6; interface "c1", "s1"; }'
		for family in 4 6; do
			echo "protocol kernel { merge paths on; ipv$family { export where source = RTS_BGP; }; }"
			[ "$host" != x ] || continue
			echo "protocol static told$family { ipv$family;"
			# shellcheck disable=SC2086
			printf 'route %s blackhole;\n' ${TOLD[$family]}
			echo "}"
		done
		for word in "$@"; do
			[[ $word = *:* ]] && family=6 || family=4
			echo "protocol bgp { local as $n; neighbor $word as $((130001 - n)); hold time 9; ipv$family {"
			echo "import all; export where source ~ [ RTS_STATIC, RTS_DEVICE ]; next hop self; }; }"
		done
	} >"$TMP/bird-$host.conf"
	spawn on "$host" bird -f -c "$TMP/bird-$host.conf" -s "$TMP/bird-$host.ctl" >"$TMP/bird-$host.log" 2>&1
}

# shares FAMILY VIP RANGE CLIENTS SERVERS
shares() {
	[ "$(ip "-$1" -n "${NS[x]}" route show "$2" | grep -c nexthop)" -eq 2 ] &&
		[ "$(ip "-$1" -n "${NS[x]}" route show "$3" | grep -c nexthop)" -eq 2 ] &&
		[ -n "$(ip "-$1" -n "${NS[q]}" route show "$4")" ] &&
		[ -n "$(ip "-$1" -n "${NS[r]}" route show "$5")" ]
}

packets() {
	on x cat "/sys/class/net/$1/statistics/tx_packets"
}

# one_left RELAY: the router sends to this relay only. For wait_for
one_left() {
	ip -n "${NS[x]}" route show "$VIP4" | grep -q "via 10.99.[12].2 dev $1" &&
		[[ $(ip -6 -n "${NS[x]}" route show "$VIP6" | xargs) =~ ^[^\ ]*\ via\ [^\ ]*\ dev\ $1\ [^:]*$ ]]
}

ecmp_bird() {
	case $1 in
	x) ecmp_start x 10.99.1.1 10.99.1.2 10.99.2.2 2001:db8:99:1::2 2001:db8:99:2::2 ;;
	r) ecmp_start r 10.99.1.2 10.99.1.1 2001:db8:99:1::1 ;;
	q) ecmp_start q 10.99.2.2 10.99.2.1 2001:db8:99:2::1 ;;
	esac
}

# ecmp_shared FAMILY: has the router two ways to VIP and local ranges, and has each relay the routes that it needs?
ecmp_shared() {
	case $1 in
	4) shares 4 "$VIP4" 10.2.2.0/29 198.51.100.0/24 192.0.2.0/24 ;;
	6) shares 6 "$VIP6" 2001:db8:a:22::/64 2001:db8:c::/64 2001:db8:5::/64 ;;
	esac
}

ecmp_route() {
	local host family
	for host in x r q; do
		ecmp_bird "$host"
	done
	for family in 4 6; do
		check "IPv$family: the router shares VIP and local ranges between both relays" \
			wait_for 20 ecmp_shared "$family" ||
			note "$(ip "-$family" -n "${NS[x]}" route; cat "$TMP"/bird-*.log; ip "-$family" -n "${NS[q]}" route)"
	done
}

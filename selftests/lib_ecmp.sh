# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Two relays behind a router that distributes flows over them (BIRD, BGP, ECMP by layer 4), and LIB_BALANCERS (2) balancers.
#
#        c1 --- x --- s1        x router: takes VIPs and local ranges from both relays by BGP; ECMP_SERVERS (1) servers
#              / \
#            r     q            relays with one key, KEY, and one configuration
#            |\   /|
#         two bridges, each one link of all balancers
#            |     |
#           b1    b2
#
# ecmp_begin, ecmp_build             the hosts; their lines. r, q, b1, b2 ... have the addresses .10, .11, .12 ... on each link
# ecmp_wire RELAY                    the lines of one relay
# ecmp_join HOST                     the lines of a relay or balancer to both links
# ecmp_bird HOST                     starts BIRD on r, q or x, with fixed routes; SPAWNED is its process
# ecmp_route                         starts all, and waits for the routes: 2 results
# packets RELAY                      prints how many packets the router has sent to it
# one_left RELAY                     does the router send to this relay only?
#
# Both relays are next hops of each link of the balancers, and no address moves:
# ecmp_vias LINK                     the words of the next hops
# ecmp_balancer B, ecmp_relay RELAY  configures one; ECMP_WORDS[B] is added to what both say of the links of B
#
# Routes that slb-routed keeps, and BIRD announces:
# ecmp_learn HOST                    starts BIRD on r or q for these routes, on x for these relays; SPAWNED is its process
# ecmp_routed RELAY                  starts slb-routed there with the file $TMP/routes.conf; SPAWNED is its process
# ways ADDR                          by which relays the router reaches it: "q r"

# shellcheck disable=SC2034
KEY=00112233445566778899aabbccddeeff
ECMP_SERVERS=1
case $LIB_ENV in
plain | firewalld | docker | rp-* | vip-*) ;;
*) ktap_skip_all "two relays are not tested in the environment $LIB_ENV" ;;
esac
declare -gA ECMP_WORDS=() ECMP_NUMBER=([r]=1 [q]=2)

ecmp_begin() {
	local i servers=() balancers=()
	env_choose "$LIB_ENV"
	# shellcheck disable=SC2034
	printf -v LIB_ID '%06x' "$((SRANDOM & 0xffffff))"
	# shellcheck disable=SC2034,SC2154
	ADDR4[c1]=198.51.100.11 ADDR6[c1]=2001:db8:c::11
	for ((i = 1; i <= ECMP_SERVERS; i++)); do
		ADDR4["s$i"]=192.0.2.$((10 + i)) ADDR6["s$i"]=2001:db8:5::$((10 + i))
		servers+=("s$i")
	done
	for ((i = 1; i <= LIB_BALANCERS; i++)); do
		balancers+=("b$i")
		ECMP_NUMBER["b$i"]=$((2 + i))
	done
	topology_netns c1 "${servers[@]}" x r q "${balancers[@]}" w
	topology_forward x r q "${balancers[@]}"
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
	for h in "${!NS[@]}"; do
		ip -n "${NS[$h]}" link set lo up
	done
	wire c1 eth0 198.51.100.11/24 2001:db8:c::11/64 x c1 198.51.100.254/24 2001:db8:c::fe/64
	ip -n "${NS[c1]}" route add default via 198.51.100.254
	ip -n "${NS[c1]}" route add default via 2001:db8:c::fe
	printf '%s\n' "link add servers up type bridge" "address add 192.0.2.254/24 dev servers" \
		"address add 2001:db8:5::fe/64 dev servers nodad" | ip -n "${NS[x]}" -batch -
	for ((h = 1; h <= ECMP_SERVERS; h++)); do
		wire "s$h" eth0 "${ADDR4[s$h]}/24" "${ADDR6[s$h]}/64" x "s$h"
		ip -n "${NS[x]}" link set "s$h" master servers
		ip -n "${NS[s$h]}" route add default via 192.0.2.254
		ip -n "${NS[s$h]}" route add default via 2001:db8:5::fe
	done
	for l in 1 2; do
		ip -n "${NS[w]}" link add "br$l" up type bridge
	done
	ecmp_wire r
	ecmp_wire q
	for ((h = 1; h <= LIB_BALANCERS; h++)); do
		ecmp_join "b$h"
	done
	LIB_ENV_RELAYS=(r q)
	env_surround
}

# ecmp_wire RELAY: to the router and to both links
ecmp_wire() {
	local n=${ECMP_NUMBER[$1]}
	wire "$1" x0 "10.99.$n.2/30" "2001:db8:99:$n::2/64" x "$1" "10.99.$n.1/30" "2001:db8:99:$n::1/64"
	ecmp_join "$1"
}

# ecmp_join HOST: to both links
ecmp_join() {
	local l n=$((9 + ECMP_NUMBER[$1]))
	for l in 1 2; do
		wire "$1" "l$l" "100.64.$l.$n/24" "2001:db8:b:$l::$n/64" w "$1-l$l"
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
		[ "$host" != x ] || echo 'protocol direct { ipv4; ipv6; interface "c1", "servers"; }'
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

# ---- next hops

ecmp_vias() {
	echo "via 100.64.$1.10,100.64.$1.11 via 2001:db8:b:$1::10,2001:db8:b:$1::11"
}

ecmp_balancer() {
	local b=$1 l i n=${1#b}
	{
		for l in 1 2; do
			echo "link add l$l dev l$l $(ecmp_vias "$l") local 10.$n.$l.1-10.$n.$l.4" \
				"local 2001:db8:a:$n$l::1-2001:db8:a:$n$l::4 ${ECMP_WORDS[$b]:-}"
		done
		echo "group add web"
		for ((i = 1; i <= ECMP_SERVERS; i++)); do
			printf 'server add web %s\n' "${ADDR4[s$i]}" "${ADDR6[s$i]}"
		done
		printf '%s\n' "vip add any $VIP4 group web" "vip add any $VIP6 group web"
	} | ctl "$b" -b -
}

ecmp_relay() {
	local l n
	ctl "$1" relay setting set hash-key "$KEY" || return 1
	{
		echo "relay vip add any $VIP4"
		echo "relay vip add any $VIP6"
		for ((n = 1; n <= LIB_BALANCERS; n++)); do
			echo "relay balancer add b$n"
			for l in 1 2; do
				echo "relay link add b$n l$l dev l$l via 100.64.$l.$((11 + n))" \
					"return 10.$n.$l.1-10.$n.$l.4 ${ECMP_WORDS[b$n]:-}" \
					"via 2001:db8:b:$l::$((11 + n))" \
					"return 2001:db8:a:$n$l::1-2001:db8:a:$n$l::4"
			done
		done
	} | ctl "$1" -b -
}

# ---- slb-routed

ECMP_ROUTED=$SLB_DIR/tools/slb-routed/slb-routed

# The router: as a router of the operator might have it.
ecmp_learn_router() {
	local word family
	echo "router id 10.99.1.1;"
	echo "protocol device {}"
	echo 'protocol direct { ipv4; ipv6; interface "c1", "servers"; }'
	for family in 4 6; do
		echo "protocol kernel { merge paths on; ipv$family { export where source = RTS_BGP; }; }"
	done
	for word in 10.99.1.2 10.99.2.2 2001:db8:99:1::2 2001:db8:99:2::2; do
		[[ $word = *:* ]] && family=6 || family=4
		echo "protocol bgp { local as 65000; neighbor $word as 65001; hold time 9;"
		echo "connect retry time 2; connect delay time 1; error wait time 1, 2; ipv$family {"
		echo "import all; export where source = RTS_DEVICE; next hop self; }; }"
	done
}

# ecmp_learn_relay N: as Documentation/routes.rst says
ecmp_learn_relay() {
	local n=$1 family word
	echo "router id 10.99.$n.2;"
	echo "protocol device {}"
	for family in 4 6; do
		echo "protocol kernel { ipv$family { export where source = RTS_BGP; }; }"
		echo "ipv$family table slb$family;"
		echo "protocol kernel slb_routes$family {"
		echo "kernel table 180; learn; ipv$family { table slb$family; import all; export none; }; }"
		echo "protocol pipe { table slb$family; peer table master$family; import none; export all; }"
	done
	for word in "10.99.$n.1" "2001:db8:99:$n::1"; do
		[[ $word = *:* ]] && family=6 || family=4
		echo "protocol bgp { local as 65001; neighbor $word as 65000; hold time 9;"
		echo "connect delay time 1; error wait time 1, 2; ipv$family {"
		echo "import all; export where source = RTS_INHERIT; next hop self; }; }"
	done
}

ecmp_learn() {
	if [ "$1" = x ]; then
		ecmp_learn_router
	else
		ecmp_learn_relay "${ECMP_NUMBER[$1]}"
	fi >"$TMP/bird-$1.conf"
	spawn on "$1" bird -f -c "$TMP/bird-$1.conf" -s "$TMP/bird-$1.ctl" >"$TMP/bird-$1.log" 2>&1
}

ecmp_routed() {
	spawn on "$1" "$ECMP_ROUTED" -f "$TMP/routes.conf" 2>>"$TMP/routed-$1.log"
}

ways() {
	local family=4
	[[ $1 != *:* ]] || family=6
	ip "-$family" -n "${NS[x]}" route show "$1" | grep -oE 'dev [rq]( |$)' | sort -u | awk '{ print $2 }' | xargs
}

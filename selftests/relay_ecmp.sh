#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Two relays behind a router that distributes flows over them (BIRD, BGP, ECMP by layer 4). One is killed, and
# the established flows of both families continue over the other, with the same balancers and addresses. Links
# are probed although several hosts share them: silence is detected by the hosts that it affects.
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
ktap_plan 15
load_modules slb relay
printf -v LIB_ID '%06x' "$((SRANDOM & 0xffffff))"
ADDR4[c1]=198.51.100.11 ADDR4[s1]=192.0.2.11 ADDR6[c1]=2001:db8:c::11 ADDR6[s1]=2001:db8:5::11
topology_netns c1 s1 x r q b1 b2 w
topology_forward x r q b1 b2
on x sysctl -qw net.ipv4.fib_multipath_hash_policy=1 net.ipv6.fib_multipath_hash_policy=1
# Announces an address that the other relay takes over, as arping does for IPv4.
on q sysctl -qw net.ipv6.conf.all.ndisc_notify=1

# wire HOST DEV ADDR4 ADDR6 HOST DEV [ADDR4 ADDR6]: a line between two hosts
wire() {
	ip link add "$2" netns "${NS[$1]}" type veth peer name "$6" netns "${NS[$5]}"
	printf '%s\n' "link set $2 up" "address add $3 dev $2" "address add $4 dev $2 nodad" |
		ip -n "${NS[$1]}" -batch -
	ip -n "${NS[$5]}" link set "$6" up
	[ -z "${7:-}" ] || printf '%s\n' "address add $7 dev $6" "address add $8 dev $6 nodad" |
		ip -n "${NS[$5]}" -batch -
}

build() {
	local h n l
	for h in c1 s1 x r q b1 b2 w; do
		ip -n "${NS[$h]}" link set lo up
	done
	wire c1 eth0 198.51.100.11/24 2001:db8:c::11/64 x c1 198.51.100.254/24 2001:db8:c::fe/64
	wire s1 eth0 192.0.2.11/24 2001:db8:5::11/64 x s1 192.0.2.254/24 2001:db8:5::fe/64
	ip -n "${NS[c1]}" route add default via 198.51.100.254
	ip -n "${NS[c1]}" route add default via 2001:db8:c::fe
	ip -n "${NS[s1]}" route add default via 192.0.2.254
	ip -n "${NS[s1]}" route add default via 2001:db8:5::fe
	wire r x0 10.99.1.2/30 2001:db8:99:1::2/64 x r 10.99.1.1/30 2001:db8:99:1::1/64
	wire q x0 10.99.2.2/30 2001:db8:99:2::2/64 x q 10.99.2.1/30 2001:db8:99:2::1/64
	for l in 1 2; do
		ip -n "${NS[w]}" link add "br$l" type bridge
		ip -n "${NS[w]}" link set "br$l" up
		n=10
		for h in r q b1 b2; do
			wire "$h" "l$l" "100.64.$l.$n/24" "2001:db8:b:$l::$n/64" w "$h-l$l"
			ip -n "${NS[w]}" link set "$h-l$l" master "br$l"
			n=$((n + 1))
		done
		take_address r "$l"
	done
}

# take_address RELAY LINK: from now on it is the next hop of the balancers on that link
take_address() {
	printf '%s\n' "address add 100.64.$2.1/24 dev l$2" "address add 2001:db8:b:$2::1/64 dev l$2" |
		ip -n "${NS[$1]}" -batch -
}

# Long detection times: a slow machine must not miss probes.
configure() {
	local r b l probes='shared yes misses 10 hold 100'
	for b in 1 2; do
		for l in 1 2; do
			echo "link add l$l dev l$l via 100.64.$l.1 local 10.$b.$l.1-10.$b.$l.4 $probes" \
				"via 2001:db8:b:$l::1 local 2001:db8:a:$b$l::1-2001:db8:a:$b$l::4"
		done >"$TMP/b"
		printf '%s\n' "group add web" "server add web ${ADDR4[s1]}" "server add web ${ADDR6[s1]}" \
			"vip add any $VIP4 group web" "vip add any $VIP6 group web" >>"$TMP/b"
		ctl "b$b" -b - <"$TMP/b" || return 1
	done
	for r in r q; do
		ctl "$r" relay setting set hash-key "$KEY" || return 1
		{
			echo "relay vip add any $VIP4"
			echo "relay vip add any $VIP6"
			for b in 1 2; do
				echo "relay balancer add b$b"
				for l in 1 2; do
					echo "relay link add b$b l$l dev l$l via 100.64.$l.$((11 + b))" \
						"return 10.$b.$l.1-10.$b.$l.4 $probes" \
						"via 2001:db8:b:$l::$((11 + b))" \
						"return 2001:db8:a:$b$l::1-2001:db8:a:$b$l::4"
				done
			done
		} | ctl "$r" -b - || return 1
	done
}

# Routes that a relay announces, by family
TOLD[4]="$VIP4/32 10.1.1.0/29 10.1.2.0/29 10.2.1.0/29 10.2.2.0/29"
TOLD[6]="$VIP6/128 2001:db8:a:11::/64 2001:db8:a:12::/64 2001:db8:a:21::/64 2001:db8:a:22::/64"

# start_bird HOST ROUTER-ID NEIGHBOUR...: x imports the relays' routes, and exports clients and servers.
start_bird() {
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

# Of all links at all four ends, "HOST [BALANCER] LINK STATE PROBE" each
views() {
	local h
	for h in b1 b2; do
		ctl "$h" -s -j link show | json name state probe | sed "s/^/$h /"
	done
	for h in r q; do
		ctl "$h" -s -j relay link show | json balancer name state probe | sed "s/^/$h /"
	done
}

# all_up N: so many are up, as they know by probes
all_up() {
	[ "$(views | grep -c " up up$")" -eq "$1" ]
}

only_q() {
	[ "$(views | grep -v " up up$" | xargs)" = "q b1 l1 silent down q b2 l1 silent down" ]
}

# What slbctl check says of probes
checked() {
	{ ctl b1 check && ctl b2 check && ctl r relay check && ctl q relay check; } | grep -E "probe|far end"
}

answers() {
	{ ctl b1 -s -j link show && ctl b2 -s -j link show; } | json state probes_in
}

# answered_since ANSWERS: all links of the balancers are up, and have been answered three times since then
answered_since() {
	paste -d ' ' <(echo "$1") <(answers) | awk '$3 == "up" && $4 > $2 + 2 { n++ } END { exit n != 4 }'
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
		take_address q "$l"
		on q arping -q -c 1 -U -I "l$l" "100.64.$l.1" 2>/dev/null ||
			for b in b1 b2; do
				ip -n "${NS[$b]}" neigh flush to "100.64.$l.1"
			done
	done
}

one_left() {
	ip -n "${NS[x]}" route show "$VIP4" | grep -q "via 10.99.2.2 dev q" &&
		[[ $(ip -6 -n "${NS[x]}" route show "$VIP6" | xargs) =~ ^[^\ ]*\ via\ [^\ ]*\ dev\ q\ [^:]*$ ]]
}

build
check "balancers and relays are configured" configure || exit 1
start_bird x 10.99.1.1 10.99.1.2 10.99.2.2 2001:db8:99:1::2 2001:db8:99:2::2
start_bird r 10.99.1.2 10.99.1.1 2001:db8:99:1::1
start_bird q 10.99.2.2 10.99.2.1 2001:db8:99:2::1
check "IPv4: the router shares VIP and local ranges between both relays" \
	wait_for 20 shares 4 "$VIP4" 10.2.2.0/29 198.51.100.0/24 192.0.2.0/24 ||
	note "$(ip -n "${NS[x]}" route; cat "$TMP"/bird-*.log; ip -n "${NS[q]}" route)"
check "IPv6: the router shares VIP and local ranges between both relays" \
	wait_for 20 shares 6 "$VIP6" 2001:db8:a:22::/64 2001:db8:c::/64 2001:db8:5::/64 ||
	note "$(ip -6 -n "${NS[x]}" route; cat "$TMP"/bird-*.log; ip -6 -n "${NS[q]}" route)"
check "each relay and each balancer probes both links, and is answered" wait_for 40 all_up 12 || note "$(views)"
check_eq "slbctl check finds no fault on any host" "" "$(checked)"
steady_servers s1
check "of each family 200 TCP connections and 40 UDP flows are up" \
	steady_begin 2000 100 20 "$VIP4" 200 40 "$VIP6" 200 40 || exit 1
steady mark
before=("$(packets r)" "$(packets q)")
steady "settle 20000"
steady_whole "both relays at work"
now=("$(packets r)" "$(packets q)")
check "both relays carry packets" [ "$((now[0] - before[0]))" -gt 100 -a "$((now[1] - before[1]))" -gt 100 ]
steady mark
silence q l1
check "one relay is silent on one link: it finds that out, and nobody else is concerned" wait_for 40 only_q ||
	note "$(views)"
steady "settle 20000"
steady_whole "one relay is silent on one link"
note "one relay is silent on one link: longest pause ${STEADY[pause]} ms"
speak q l1
check "the silent link is back: all links of both relays are up" wait_for 40 all_up 12 || note "$(views)"
steady mark
kill_r
check "one relay is killed: the router uses the other" wait_for 20 one_left
check "the balancers' links are back: the other relay answers" wait_for 40 answered_since "$(answers)" ||
	note "$(views)"
steady "settle 20000"
steady_whole "one relay is killed"
note "one relay is killed: longest pause ${STEADY[pause]} ms"
steady end
check "the client found nothing wrong from beginning to end" wait "$STEADY_PID"

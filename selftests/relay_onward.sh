#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The relay forwards packets from balancers itself. Flows work whatever the host's settings for sources that
# are in no routing table. Routing tables, IPsec policies and chains apply nevertheless.
#
#   c1, c2 --- r === b1, b2      the drawing with all addresses is in lib_topology.sh; r has no
#              |                 default route
#              s1

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_relay.sh
. "${BASH_SOURCE[0]%/*}/lib_relay.sh"
# shellcheck source=selftests/lib_talk.sh
. "$SLB_SELFTESTS/lib_talk.sh"

PORT=7000
LAN4=172.31.0.80 LAN6=2001:db8:1a::80
ktap_plan 48
load_modules slb relay
topology clients=2 servers=1
# No probes: the captures must contain only packets of flows.
# shellcheck disable=SC2034
LIB_LINK_WORDS="interval 0"
ctl r relay setting set hash-key 00112233445566778899aabbccddeeff
topology_config "any $VIP4" "any $VIP6" "any $LAN4" "any $LAN6"
C4=${ADDR4[c1]} C6=${ADDR6[c1]} S4=${ADDR4[s1]} S6=${ADDR6[s1]}
talk_name s1 $PORT

# asks [ADDR]...: are new flows through these VIPs answered, several of each protocol?
asks() {
	local vip
	for vip in "${@:-$VIP4}"; do
		on c1 "$TALK" ask tcp "$vip" $PORT 4 &&
			on c1 "$TALK" ask udp "$vip" $PORT 4 || return 1
	done >/dev/null
}

both() {
	asks "$VIP4" "$VIP6"
}

# A first packet of a new flow, of each family.
knock() {
	SPORT=$((${SPORT:-6000} + 1))
	send c1 "udp $C4@$SPORT $VIP4@$PORT len=4 ; udp $C6@$SPORT $VIP6@$PORT len=4"
}

# dropped_more HOST REASON BEFORE N
dropped_more() {
	[ "$(dropped "$1" "$2")" -ge $(($3 + $4)) ]
}

# dropped HOST REASON
dropped() {
	local noun=(drop)
	[ "$1" != r ] || noun=(relay drop)
	ctl "$1" "${noun[@]}" show | awk -v reason="$2" '$1 == reason { n = $2 } END { print n + 0 }'
}

# Both run ip(8) commands on the relay, for IPv4 and IPv6.
r4() {
	ip -n "${NS[r]}" -4 -batch -
}
r6() {
	ip -n "${NS[r]}" -6 -batch -
}

check_eq "the relay has no default route" "" "$(r4 <<<"route show default"; r6 <<<"route show default")"
check "flows of both families work" both

for mode in 1 2; do
	on r sysctl -qw "net.ipv4.conf.all.rp_filter=$mode"
	check "IPv4: flows work when rp_filter is $mode" asks "$VIP4"
done
check "relay check finds no fault" ctl r relay check
on r sysctl -qw net.ipv4.conf.all.rp_filter=0

on r nft -f - <<-END
	table inet fw {
		chain pre {
			type filter hook prerouting priority filter + 10
			fib saddr . mark . iif oif missing drop
		}
	}
END
check "a firewall drops packets without a route back" both
on r nft delete table inet fw

ip -n "${NS[r]}" -batch - <<-END
	address add $VIP4/32 dev lo
	address add $VIP6/128 dev lo
END
check "the VIPs are addresses of the relay" both
check "the VIPs on the relay answer echo requests" on c1 ping -n -q -c 2 -i 0.05 -W 2 "$VIP4"
ip -n "${NS[r]}" -batch - <<-END
	address del $VIP4/32 dev lo
	address del $VIP6/128 dev lo
END

# ---- a VIP in the clients' own subnet, as README says

ip -n "${NS[c1]}" -batch - <<-END
	address add 172.31.0.11/24 dev eth0
	address add 2001:db8:1a::11/64 dev eth0 nodad
END
ip -n "${NS[r]}" -batch - <<-END
	address add 172.31.0.254/24 dev c1
	address add 2001:db8:1a::fe/64 dev c1 nodad
	address add $LAN4/32 dev c1
	address add $LAN6/128 dev c1 nodad
END
check "clients find a VIP in their own subnet" asks "$LAN4" "$LAN6"
carrier() {
	ip -n "${NS[c1]}" link set eth0 "$1"
}
carrier down
carrier up
ip -n "${NS[c1]}" -batch - <<-END
	address replace 2001:db8:1a::11/64 dev eth0 nodad
	address replace $C6/128 dev eth0 nodad
	route replace default via $RELAY4 dev eth0 onlink
	route replace default via $RELAY6 dev eth0 onlink
END
check "clients find the VIP in their own subnet after the carrier was lost" asks "$LAN4" "$LAN6"

# ---- routing tables

# c1 and s1 are in other tables only; the table is chosen by the address that the packet comes from, and by a
# mark of the firewall.
policy() {
	r4 <<-END
		rule $1 from $VIP4 lookup 77
		rule $1 fwmark 7 lookup 78
	END
	r6 <<-END
		rule $1 from $VIP6 lookup 77
		rule $1 fwmark 7 lookup 78
	END
}
tables() {
	local verb=$1 main=$2
	ip -n "${NS[r]}" -batch - <<-END
		route $verb $C4/32 dev c1 table 77
		route $verb $C6/128 dev c1 table 77
		route $verb $S4/32 dev s1 table 78
		route $verb $S6/128 dev s1 table 78
		route $main $C4/32 dev c1
		route $main $C6/128 dev c1
		route $main $S4/32 dev s1
		route $main $S6/128 dev s1
	END
}
on r nft -f - <<-END
	table inet marks {
		chain pre {
			type filter hook prerouting priority raw
			iifname "b*" ip daddr $S4 meta mark set 7
			iifname "b*" ip6 daddr $S6 meta mark set 7
		}
	}
END
policy add
tables add del
check "policy routing by source and by mark works" both
tables del add
policy del
on r nft delete table inet marks
check "flows work again without policy routing" both

# Flows are shared between two next hops by the packet's own addresses.
ip -n "${NS[r]}" route replace "$S4/32" nexthop dev s1 weight 1 nexthop dev s1 weight 3
check "IPv4: flows over a route with two next hops are answered" asks "$VIP4"
ip -n "${NS[r]}" route replace "$S4/32" dev s1

# hops6 ROUTE...: do flows to the server take both next hops of its route?
hops6() {
	ip -n "${NS[r]}" route del "$S6/128" && ip -n "${NS[r]}" route add "$S6/128" "$@" &&
		ip -6 -n "${NS[r]}" neigh flush dev s1 && wait_for 10 hops6_known
}

hops6_known() {
	asks "$VIP6" && [ "$(ip -6 -n "${NS[r]}" neigh show dev s1 | grep -cE '^fe80::1[12] .*lladdr')" -eq 2 ]
}
on r sysctl -qw net.ipv6.fib_multipath_hash_policy=1
ip -n "${NS[s1]}" -batch - <<-END
	address add fe80::11/64 dev eth0 nodad
	address add fe80::12/64 dev eth0 nodad
END
ip -n "${NS[r]}" -batch - <<-END
	nexthop add id 11 via fe80::11 dev s1
	nexthop add id 12 via fe80::12 dev s1
	nexthop add id 13 group 11/12
END
check "IPv6: a route with two next hops shares flows out" hops6 nexthop via fe80::11 dev s1 nexthop via fe80::12 dev s1
check "IPv6: a group of next hops shares flows out" hops6 nhid 13
ip -n "${NS[r]}" -batch - <<-END
	route del $S6/128
	nexthop flush
	route add $S6/128 dev s1
END

# The relay sends an error for packets without a route. The error is translated on its way to the client.
unreachable() {
	local before4
	before4=$(dropped r no-route)
	ip -n "${NS[r]}" -batch - <<-END
		route replace unreachable $S4/32
		route del $S6/128 dev s1
	END
	capture unreachable c1 eth0 "icmp[0] == 3 or (icmp6 and ip6[40] == 1)"
	knock
	wait_for 3 dropped_more r no-route "$before4" 2
	capture_stop unreachable
	ip -n "${NS[r]}" -batch - <<-END
		route del unreachable $S4/32
		route replace $S4/32 dev s1
		route replace $S6/128 dev s1
	END
	BEFORE=$before4
}
unreachable
check "IPv4: the client gets an error when the relay has no route to the server" \
	[ "$(capture_count unreachable "icmp")" -ge 1 ]
check "IPv6: the client gets an error when the relay has no route to the server" \
	[ "$(capture_count unreachable "icmp6")" -ge 1 ]
check "packets without a route are counted as no-route" [ "$(dropped r no-route)" -ge $((BEFORE + 2)) ]

# A server does not answer ARP and ND any more. The kernel has no route to a return address, so the relay sends the error:
# first about the packets that wait for the answer, then about each further one.
told() {
	[ "$(capture_count silent icmp)" -ge "$1" ] && [ "$(capture_count silent icmp6)" -ge "$1" ]
}
silent() {
	knock
	told 2
}
on r sysctl -qw net.ipv4.neigh.s1.{mcast_solicit=1,retrans_time_ms=100} net.ipv6.neigh.s1.{mcast_solicit=1,retrans_time_ms=100}
on s1 nft "add table netdev deaf; add chain netdev deaf in { type filter hook ingress device eth0 priority 0; policy drop; }"
ip -n "${NS[r]}" neigh flush dev s1
capture silent c1 eth0 "(icmp[0] == 3 and icmp[1] == 1) or (icmp6 and ip6[40] == 1 and ip6[41] == 3)"
knock
check "clients get an error about the first packets to a server that answers neither ARP nor neighbour discovery" \
	wait_for 10 told 1
check "clients get an error about further packets to such a server" wait_for 10 silent
capture_stop silent
on s1 nft delete table netdev deaf
check "flows work again when the server answers" wait_for 5 both

# The third hop is the relay again, on the way from the balancer to the server.
capture hops c1 eth0 "icmp[0] == 11 or (icmp6 and ip6[40] == 3)"
send c1 "udp $C4@5001 $VIP4@$PORT ttl=3 ; udp $C6@5001 $VIP6@$PORT ttl=3"
hops() {
	[ "$(capture_count hops "$1")" -ge 1 ]
}
check "IPv4: the relay's hop behind the balancer answers" wait_for 3 hops icmp
check "IPv6: the relay's hop behind the balancer answers" wait_for 3 hops icmp6
capture_stop hops

# ---- clients in a VRF

ip -n "${NS[r]}" -batch - <<-END
	link add red type vrf table 10
	link set red up
	link set c1 master red
	address replace $RELAY6/128 dev c1 nodad
	route add $C4/32 dev c1 table 10
	route add $C6/128 dev c1 table 10
END
r4 <<<"rule add to $C4 lookup 10 pref 500"
r6 <<<"rule add to $C6 lookup 10 pref 500"
check "flows of clients in a VRF work" both
# The ingress device of packets selects the table.
iif_rules() {
	local dev
	for dev in b1l1 b1l2 b2l1 b2l2; do
		echo "rule add iif $dev lookup 10 pref 500"
	done
}
r4 <<-END
	rule del to $C4 lookup 10 pref 500
	$(iif_rules)
	route add $S4/32 dev s1 table 10
END
r6 <<-END
	rule del to $C6 lookup 10 pref 500
	$(iif_rules)
	route add $S6/128 dev s1 table 10
END
check "the ingress device selects the routing table" both
links() {
	printf "link set %s $1\n" b1l1 b1l2 b2l1 b2l2 | ip -n "${NS[r]}" -batch -
}
# reset_seen ADDR: is a connection reset whose balancer cannot be reached any more?
reset_seen() {
	local said
	talk_idle "client$1" c1 7 "$1" 1
	said=$(talk "client$1" say)
	links down
	said+=", $(talk "client$1" say 12000)"
	links up
	[ "$said" = "answered 1 reset 0 silent 0, answered 0 reset 1 silent 0" ]
}
talk_idle server s1 7
check "IPv4: a client in a VRF is reset when its balancer is gone" reset_seen "$VIP4"
check "IPv6: a client in a VRF is reset when its balancer is gone" reset_seen "$VIP6"
for family in -4 -6; do
	while ip -n "${NS[r]}" $family rule del pref 500 2>/dev/null; do
		:
	done
done
ip -n "${NS[r]}" -batch - <<-END
	link del red
	address replace $RELAY6/128 dev c1 nodad
	route replace $C4/32 dev c1
	route replace $C6/128 dev c1
END
check "flows work again without the VRF" both

# ---- IPsec

# blocked HOST DIRECTION SRC DST: packets that a policy forbids are dropped and counted.
blocked() {
	local before
	before=$(dropped "$1" policy)
	ip -n "${NS[$1]}" xfrm policy add src "$3" dst "$4" dir "$2" action block && knock &&
		wait_for 3 dropped_more "$1" policy "$before" 1 && ip -n "${NS[$1]}" xfrm policy flush
}
# guarded TEXT HOST DIRECTION SRC DST
guarded() {
	if on r ip xfrm policy list >/dev/null 2>&1; then
		check "$1" blocked "${@:2}"
	else
		skip "$1" "this kernel has no IPsec"
	fi
}
ctl r relay balancer set b2 weight 0
for dir in fwd out; do
	guarded "IPv4: an IPsec policy of r for dir $dir" r $dir "$VIP4" "$C4"
	guarded "IPv6: an IPsec policy of r for dir $dir" r $dir "$VIP6" "$C6"
done
guarded "IPv4: a policy of a balancer for what it has translated" b1 out "$VIP4" "$C4"
guarded "IPv6: a policy of a balancer for what it has translated" b1 out "$VIP6" "$C6"
check "flows work without IPsec policies" both

# ---- the chains

# closed HOST: FORWARD drops everything.
closed() {
	local before noun=(check)
	[ "$1" != r ] || noun=(relay check)
	before=$(dropped "$1" chain)
	on "$1" nft "add table inet fw; add chain inet fw f { type filter hook forward priority 0; policy drop; }"
	knock
	check "$1: packets that FORWARD drops are counted" wait_for 3 dropped_more "$1" chain "$before" 2
	ctl "$1" "${noun[@]}" >"$TMP/told"
	check "$1: relay check reports them" grep -q "FORWARD or POSTROUTING" "$TMP/told"
	on "$1" nft delete table inet fw
	before=$(dropped "$1" chain)
	on "$1" nft "add table inet fw; add chain inet fw f { type filter hook postrouting priority 0; policy drop; }"
	knock
	check "$1: packets that POSTROUTING drops are counted" wait_for 3 dropped_more "$1" chain "$before" 2
	on "$1" nft delete table inet fw
}
closed b1
closed r
check "flows work without these rules" both

# ---- forged packets

# Return addresses of b1 from the link of b2; b1 itself may use them on either of its links.
ip -n "${NS[b2]}" -batch - <<-END
	route add $S4/32 via 100.64.2.17
	route add $S6/128 via 2001:db8:b:21::1
END
ip -n "${NS[b1]}" -batch - <<-END
	route add $S4/32 via 100.64.1.33
	route add $S6/128 via 2001:db8:b:12::1
END
capture forged s1 eth0 "udp port 4444"
send b2 "udp 10.1.1.1@4444 $S4@4444 ; udp 2001:db8:a:11::1@4444 $S6@4444"
send b1 "udp 10.1.1.1@4444 $S4@4444 ; udp 2001:db8:a:11::1@4444 $S6@4444"
arrived() {
	[ "$(capture_count forged)" -ge 2 ]
}
check "a balancer uses its own addresses on any of its links" wait_for 3 arrived
capture_stop forged
check_eq "a balancer cannot use addresses of another one" 2 "$(capture_count forged)"
check_eq "packets with such an address are counted as spoofed" 2 "$(dropped r spoofed)"

# A forged path MTU for a link's next hop, and a change of routes, after which the path MTU is read.
send c1 "error $C4 100.64.1.17 type=3 code=4 mtu=68 quote reply 100.64.1.17@7 100.64.1.18 len=40"
send c1 "error $C4 100.64.1.33 type=3 code=4 mtu=68 quote reply 100.64.1.33@7 100.64.1.34 len=40"
send c1 "error $C6 2001:db8:b:11::1 type=2 code=0 mtu=1280 quoted=64 \
	quote reply 2001:db8:b:11::1@7 2001:db8:b:11::2 len=40"
send c1 "error $C6 2001:db8:b:12::1 type=2 code=0 mtu=1280 quoted=64 \
	quote reply 2001:db8:b:12::1@7 2001:db8:b:12::2 len=40"
learned() {
	ip -n "${NS[r]}" route get 100.64.1.18 | grep -q "mtu"
}
check "the host accepts a forged path MTU" wait_for 3 learned
ip -n "${NS[r]}" -batch - <<-END
	route add blackhole 192.0.2.200
	route add blackhole 2001:db8:dead::1
END
capture large s1 eth0 "udp port $PORT and greater 1400"
send c1 "udp $C4@5002 $VIP4@$PORT df=1 len=1400 ; udp $C6@5002 $VIP6@$PORT len=1400"
large() {
	[ "$(capture_count large)" -ge 2 ]
}
check "links ignore the forged path MTU" wait_for 3 large
capture_stop large

# ---- next hops without a route

ip -n "${NS[r]}" -batch - <<-END
	address del 100.64.1.17/28 dev b1l1
	address add 100.64.1.17/32 dev b1l1
	address del 100.64.1.33/28 dev b1l2
	address add 100.64.1.33/32 dev b1l2
END
check "IPv4: a link needs no route to its next hop" asks "$VIP4"

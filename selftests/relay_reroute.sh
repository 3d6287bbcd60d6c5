#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Flows from balancers on the relay's fast path follow every change of routes, rules, next hops, MTUs, devices
# and IPsec policies. The first packet passes the chains, and so does the first one after the route changes.
#
#   c1, c2 --- r --- b1           nothing runs on b1; the drawing with all addresses is in lib_topology.sh
#
# A host X is reached through c1 or c2. All packets of a family belong to one flow and differ in length.

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_relay.sh
. "${BASH_SOURCE[0]%/*}/lib_relay.sh"

FAST=yes
[ "${SLB_MODULE_WORDS:-}" != fast_path=0 ] || FAST=no
X4=198.51.100.99 X6=2001:db8:c::99 LEN=100

ktap_plan 46
load_modules relay
# shellcheck disable=SC2034
LIB_LINK_WORDS="interval 0"
topology clients=2 servers=0 balancers=1 links=1
topology_config_relay "any $VIP4" "any $VIP6"
C4=([1]=${ADDR4[c1]} [2]=${ADDR4[c2]}) C6=([1]=${ADDR6[c1]} [2]=${ADDR6[c2]})

# relay_ip LINE...: ip(8) commands on the relay
relay_ip() {
	printf '%s\n' "$@" | ip -n "${NS[r]}" -batch -
}

# route VERB N [WORD...]: for both families
route() {
	relay_ip "route $1 $X4/32 via ${C4[$2]} dev c$2 onlink ${*:3}" \
		"route $1 $X6/128 via ${C6[$2]} dev c$2 onlink ${*:3}"
}

# One more packet of each flow, whose length no packet had before.
next() {
	LEN=$((LEN + 1))
	send b1 "${PROTO:-udp} $VIP4@80 $X4@5001 df=1 len=$LEN ${PROTO:+flags=A}" ";" \
		"${PROTO:-udp} $VIP6@80 $X6@5001 len=$LEN ${PROTO:+flags=A}"
}

# came N [FILTER]: has the last packet of both families come out at cN? In IPv4 the header is in the length, too.
came() {
	local header=8
	[ -z "${PROTO:-}" ] || header=20
	[ "$(capture_count "c$1" "(ip[2:2] == $((LEN + header + 20)) or (ip6 and ip6[4:2] == $((LEN + header)))) and
		(${2:-ip or ip6})")" = 2 ]
}

# goes N TEXT [FILTER]
goes() {
	next
	check "$2" wait_for 3 came "$1" "${3:-}"
}

# asked N TEXT: the FORWARD chain was asked so often since; without the fast path for every packet
asked() {
	local text want=$1
	[ "$FAST" = yes ] || want=$((LEN - SINCE))
	SINCE=$LEN
	text=$(on r nft reset counters table inet seen)
	[[ $text =~ packets\ ([0-9]+) ]]
	check_eq "$2" $((2 * want)) "${BASH_REMATCH[1]:-}"
}

# drops_by REASON TEXT COMMAND...: after the command the next packet is dropped for that reason, and the one after
drops_by() {
	local before=$(($(drops "$1") + 4))
	"${@:3}"
	next
	next
	check "$2" wait_for 3 dropped_all "$1" "$before"
}

dropped_all() {
	[ "$(drops "$1")" -eq "$2" ]
}

on r nft -f - <<-END
	table inet seen {
		counter n { }
		chain f {
			type filter hook forward priority 0
			iifname "b1l1" counter name n
		}
	}
END
ip -n "${NS[b1]}" -batch - <<-END
	route add $X4/32 via 100.64.1.17
	route add $X6/128 via 2001:db8:b:11::1
END
# A route in both tables; one is used when the other one is deleted.
relay_ip "route add 198.51.100.0/24 via ${C4[1]} dev c1 onlink" "route add 2001:db8:c::/64 via ${C6[1]} dev c1 onlink"
LIB_SNAPLEN=96
capture c1 c1 eth0 "src $VIP4 or src $VIP6"
capture c2 c2 eth0 "src $VIP4 or src $VIP6"
SINCE=$LEN
goes 1 "a first packet arrives"
asked 1 "a first packet passes the chain"
goes 1 "a second packet arrives"
goes 1 "a third packet arrives"
asked 0 "later packets pass no chain on the fast path, and one each without (fast: $FAST)"

route add 2
goes 2 "a longer prefix: the next packet takes the new route"
asked 1 "a longer prefix: the next packet passes the chain"
goes 2 "a longer prefix: a second packet takes the new route"
asked 0 "a longer prefix: a second packet does not pass the chain"
route del 2
goes 1 "the longer prefix is deleted: the next packet takes the old route"
asked 1 "the longer prefix is deleted: the next packet passes the chain"
relay_ip "route add 192.0.2.77/32 dev c2" "route add 2001:db8:5::77/128 dev c2"
goes 1 "a route of another destination does not change the way of packets"
asked 0 "a route of another destination makes no packet pass the chain"

route add 1 metric 20
route add 2 metric 10
goes 2 "packets take the route with the lower metric"
route del 2 metric 10
goes 1 "the route with the lower metric is deleted: packets take the other one"
route del 1 metric 20
goes 1 "both routes are deleted: packets take the shorter prefix"
route replace 2
goes 2 "a route is replaced: packets take the new one"
route replace 1
goes 1 "a route is replaced back: packets take the old one"
route del 1

rules() {
	ip -n "${NS[r]}" rule "$1" from "$VIP4" lookup 77
	ip -n "${NS[r]}" -6 rule "$1" from "$VIP6" lookup 77
}
route add 2 table 77
rules add
goes 2 "a rule is added: packets take its table"
rules del
goes 1 "the rule is deleted: packets take the main table"
SINCE=$LEN
on r nft reset counters table inet seen >/dev/null

relay_ip "neigh replace ${C4[1]} lladdr 02:00:00:00:00:99 dev c1 nud permanent" \
	"neigh replace ${C6[1]} lladdr 02:00:00:00:00:99 dev c1 nud permanent"
goes 1 "the next hop changes its link-layer address: packets go there" "ether dst 02:00:00:00:00:99"
relay_ip "neigh del ${C4[1]} dev c1" "neigh del ${C6[1]} dev c1"
goes 1 "the next hop has its own link-layer address again: packets go there" "not ether dst 02:00:00:00:00:99"
next_hop_asks=1
[ "$FAST" = yes ] || next_hop_asks=2
SINCE=$((LEN - next_hop_asks))
asked 1 "without a neighbour, a packet takes the ordinary path"

smaller() {
	LEN=1350
	relay_ip "link set c1 mtu 1300"
}
drops_by too-big "a device's MTU gets smaller: larger packets are dropped" smaller
relay_ip "link set c1 mtu 1500"
goes 1 "a device's MTU gets larger: packets arrive"
route_mtu() {
	route add 1 mtu 1300
}
drops_by too-big "a route's MTU gets smaller: larger packets are dropped" route_mtu
route del 1
goes 1 "a route's MTU gets larger: packets arrive"

route add 2 metric 4000
relay_ip "route add 198.51.100.99/32 via ${C4[1]} dev c1 onlink metric 10" \
	"route add 2001:db8:c::99/128 via ${C6[1]} dev c1 onlink metric 10"
goes 1 "of two routes, packets take the better one"
relay_ip "link set c1 down"
goes 2 "the device of the better route goes down: packets take the other route"
relay_ip "link set c1 up" "address replace $RELAY6/128 dev c1 nodad"
route add 1 metric 10
goes 1 "the device of the better route is up: packets take this route"
route del 1 metric 10
route del 2 metric 4000
relay_ip "route add 198.51.100.0/24 via ${C4[1]} dev c1 onlink" \
	"route replace 2001:db8:c::/64 via ${C6[1]} dev c1 onlink"
goes 1 "both routes are deleted again: packets take the shorter prefix"

no_route() {
	relay_ip "route add blackhole $X4/32" "route add blackhole $X6/128"
}
drops_by no-route "a blackhole is added: packets are dropped" no_route
relay_ip "route del blackhole $X4/32" "route del blackhole $X6/128"
goes 1 "the blackhole is deleted: packets arrive"

closes() {
	on r nft "add table inet fw; add chain inet fw f { type filter hook forward priority 0; };
		add rule inet fw f oifname c2 drop"
	route add 2
}
drops_by chain "the route changes to a device that FORWARD forbids: packets are dropped" closes
route del 2
goes 1 "the route changes to a device that FORWARD allows: packets arrive"
on r nft delete table inet fw

forbids() {
	local dir
	for dir in out fwd; do
		on r ip xfrm policy add src "$VIP4" dst "$X4" dir $dir action block
		on r ip xfrm policy add src "$VIP6" dst "$X6" dir $dir action block
	done
}
if on r ip xfrm policy list >/dev/null 2>&1; then
	drops_by policy "an IPsec policy is added: packets are dropped" forbids
	on r ip xfrm policy flush
else
	skip "an IPsec policy is added: packets are dropped" "this kernel has no IPsec"
fi
goes 1 "all IPsec policies are deleted: the next packet arrives"
goes 1 "all IPsec policies are deleted: a second packet arrives"
SINCE=$LEN
on r nft reset counters table inet seen >/dev/null
goes 1 "all IPsec policies are deleted: a third packet arrives"
asked 0 "all IPsec policies are deleted: packets take the fast path again"

# In doubt is a flow that the relay met in its middle: other flows go on as they are.
PROTO=tcp
goes 1 "TCP: a first packet arrives"
send c1 "tcp ${C4[1]}@6001 $VIP4@80 flags=A ; tcp ${C6[1]}@6001 $VIP6@80 flags=A"
asked 1 "TCP: a first packet passes the chain"
goes 1 "TCP: another flow is in doubt: the next packet arrives"
asked 0 "TCP: another flow is in doubt: the next packet takes the fast path"
capture_stop c1
capture_stop c2

# ---- packets to a return address that looks like a virtual one

# twins ADDRESS...: for each one another address with the same bit in the prefilter of virtual addresses
# (relay/packet/prefilter.h: hash_32() of all words)
twins() {
	python3 -S - "$@" <<-'END'
		import ipaddress, struct, sys

		def bit(addr):
		    fold = 0
		    for word in struct.unpack("=%dI" % (len(addr.packed) // 4), addr.packed):
		        fold ^= word
		    return (fold * 0x61C88647 & 0xFFFFFFFF) >> 18

		for text in sys.argv[1:]:
		    mine = ipaddress.ip_address(text)
		    first = ipaddress.ip_address({4: "198.18.0.0", 6: "2001:db8:f00d::"}[mine.version])
		    print(next(first + n for n in range(1, 1 << 20) if bit(first + n) == bit(mine)))
	END
}

R4=10.1.1.1 R6=2001:db8:a:11::1
twins $R4 $R6 | sed 's/^/relay vip add any /' | ctl r -b -
on r nft "add table inet back; add counter inet back n; add chain inet back f { type filter hook forward priority 0; };
	add rule inet back f oifname b1l1 counter name n"
capture back b1 l1 "dst $R4 or dst $R6"
returned() {
	[ "$(capture_count back)" -eq "$1" ]
}
for n in 2 4 6; do
	send c1 "udp ${C4[1]}@53 $R4@4000 ; udp ${C6[1]}@53 $R6@4000"
	wait_for 3 returned $n
done
check "a return address looks like a virtual one: packets arrive" returned 6
capture_stop back
[ "$FAST" = yes ] && want=2 || want=6
[[ $(on r nft list counters table inet back) =~ packets\ ([0-9]+) ]]
check_eq "a return address looks like a virtual one: packets take the fast path (fast: $FAST)" "$want" "${BASH_REMATCH[1]:-}"

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The relay's configuration: settings are shown as they were set. A conflicting change is refused with a text
# that names the conflict, and changes nothing.
#
#   r       a relay with a dummy device; no packets

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

ktap_plan 83
load_modules relay
topology clients=0 servers=0 balancers=0
ip -n "${NS[r]}" link add d0 type dummy

rel() {
	ctl r relay "$@"
}

# hooked: are the relay's hooks there?
hooked() {
	on r nft list hooks 2>/dev/null | grep -q rly_hook
}

printf 'relay %s show\n' vip balancer link >"$TMP/show"
# settle: saves the present configuration; refused commands must not change it.
settle() {
	SETTLED=$(ctl r -batch "$TMP/show")
}

# refuses WORDS REGEX: the command fails, says something that matches, and nothing changes.
refuses() {
	local words=$1 after said
	# shellcheck disable=SC2086
	if said=$(rel $words 2>&1); then
		fail "refused: $words"
		return
	fi
	after=$(ctl r -batch "$TMP/show")
	if [[ $said =~ $2 && $SETTLED == "$after" && $said != *$'\n'* ]]; then
		ok "refused: $words"
	else
		fail "refused: $words"
		note "said: $said"
		[ "$SETTLED" = "$after" ] || note "but something changed"
	fi
}

# warns REGEX WORD...: the command succeeds, and says something on stderr that matches.
warns() {
	local regex=$1 said
	shift
	if said=$(rel "$@" 2>&1) && [[ $said =~ warning:.*$regex ]]; then
		ok "warns: $*"
	else
		fail "warns: $*"
		note "said: $said"
	fi
}

hooked && on_at_start=yes || on_at_start=no
check_eq "without a VIP there is no hook" no "$on_at_start"

check "a VIP with one port is added" rel vip add tcp 203.0.113.80:80
if on r nft list hooks >/dev/null 2>&1; then
	check "with a VIP there are hooks" hooked
else
	skip "with a VIP there are hooks" "nft cannot list hooks"
fi
check "a VIP with a port range around it for another protocol is added" rel vip add udp 203.0.113.80:50-100
check "a VIP with a port range around it for any protocol is added" rel vip add any 203.0.113.80:50-100
check "a VIP with one port inside it for any protocol is added" rel vip add any 203.0.113.80:60
check "a VIP with all ports is added" rel vip add tcp 203.0.113.80
check "a VIP with the first port is added" rel vip add sctp 203.0.113.80:1
check "a VIP with the last port is added" rel vip add sctp 203.0.113.80:65535
check "a VIP with an IPv6 address is added" rel vip add any 2001:db8:f::80
check "a VIP with an IPv6 address and ports is added" rel vip add udp "[2001:db8:f::80]:1000-65535"
check_eq "VIPs are shown as they were added, in the same order" "tcp 203.0.113.80:80
udp 203.0.113.80:50-100
any 203.0.113.80:50-100
any 203.0.113.80:60
tcp 203.0.113.80
sctp 203.0.113.80:1
sctp 203.0.113.80:65535
any 2001:db8:f::80
udp [2001:db8:f::80]:1000-65535" "$(rel vip show | grep -v '^ ')"

settle
refuses "vip add tcp 203.0.113.80:80" "tcp 203.0.113.80:80 already exists"
refuses "vip add tcp 203.0.113.80" "exists"
refuses "vip add any 203.0.113.80:90-110" "partly overlaps.*203.0.113.80:50-100"
refuses "vip add udp 203.0.113.80:40-60" "partly overlaps.*udp 203.0.113.80:50-100"
refuses "vip add udp [2001:db8:f::80]:999-1000" "partly overlaps.*\[2001:db8:f::80\]:1000-65535"
refuses "vip add tcp 224.0.0.1:80" "unicast"
refuses "vip add tcp 0.0.0.0:80" "unicast"
refuses "vip add tcp [fe80::1]:80" "unicast"
refuses "vip add tcp 127.0.0.1:80" "unicast"
refuses "vip del tcp 203.0.113.80:81" "VIP tcp 203.0.113.80:81 does not exist"
refuses "vip del udp 203.0.113.80:50" "VIP .* does not exist"

check "a balancer is added" rel balancer add b1
check "a balancer with a weight is added" rel balancer add b2 weight 65535
check "a drained balancer is added" rel balancer add b-3.x:y_z weight 0
check_eq "balancers are shown as they were added" "b1 weight 1
b2 weight 65535
b-3.x:y_z weight 0" "$(rel balancer show | grep -v '^ ')"
settle
refuses "balancer add b1" "b1 already exists"
refuses "balancer add -b" "start|begin"
refuses "balancer add b/1" "letters, digits"
refuses "balancer add abcdefghijklmnopqrstuvwxyz012345" "."
refuses "balancer add b4 weight 65536" "."
refuses "balancer set b4 weight 1" "balancer b4 does not exist"
refuses "balancer set b1" "."
refuses "balancer del b4" "balancer b4 does not exist"
check "the weight of a balancer is changed" rel balancer set b1 weight 7
check_eq "the new weight is shown" "b1 weight 7" "$(rel balancer show b1 | grep -v '^ ')"

check "a link with both families is added" rel link add b1 l1 dev d0 via 100.64.1.2 return 10.1.1.1-10.1.1.4 \
	via 2001:db8:b::2 return 2001:db8:a::1-2001:db8:a::4 weight 3
check "a link with one family is added, whose device does not exist" rel link add b1 l2 dev nothere via fe80::2 \
	return 2001:db8:a::5
check "a link of another balancer on the same device is added" rel link add b2 l1 dev d0 via 100.64.1.3 return 10.1.1.5
check_eq "links are shown as they were added" \
	"b1 l1 dev d0 via 100.64.1.2 return 10.1.1.1-10.1.1.4 via 2001:db8:b::2 return 2001:db8:a::1-2001:db8:a::4 weight 3
    state admin-down
b1 l2 dev nothere via fe80::2 return 2001:db8:a::5 weight 1
    state no-device
b2 l1 dev d0 via 100.64.1.3 return 10.1.1.5 weight 1
    state admin-down" "$(rel link show)"
settle
refuses "link add b1 l1 dev d0 via 100.64.1.9 return 10.9.9.9" "b1 already has l1"
refuses "link add b9 l1 dev d0 via 100.64.1.9 return 10.9.9.9" "balancer b9 does not exist"
refuses "link add b2 l2 dev d0 via 100.64.1.9 return 10.1.1.4-10.1.1.9" "overlaps b1 l1"
refuses "link add b2 l2 dev d0 via 100.64.1.9 return 10.0.0.0-10.2.0.0" "65536|most"
refuses "link add b2 l2 dev d0 via 100.64.1.9 return 10.9.9.9-10.9.9.8" "."
refuses "link add b2 l2 dev d0 via 100.64.1.9 return 203.0.113.70-203.0.113.90" "203.0.113.80"
refuses "link add b2 l2 dev d0 via 100.64.1.9 return 100.64.1.0-100.64.1.3" "via.* b1 l1"
refuses "link add b2 l2 dev d0 via 10.1.1.3 return 10.9.9.9" "return.* b1 l1"
refuses "link add b2 l2 dev d0 via 203.0.113.80 return 10.9.9.9" "203.0.113.80"
refuses "link add b2 l2 dev d0 via 10.9.9.9 return 10.9.9.1-10.9.9.20" "own next hop"
refuses "link add b2 l2 dev d0 via 100.64.1.2 return 10.9.9.9" "dev and via of b1 l1"
refuses "link add b1 l3 dev d0 via 2001:db8:b::2 return 2001:db8:a::9" "dev and via of b1 l1"
refuses "link set b2 l1 via 100.64.1.2" "dev and via of b1 l1"
refuses "link set b1 l2 dev d0 via 2001:db8:b::2" "dev and via of b1 l1"
if ip -n "${NS[r]}" link add iv0 link d0 type ipvlan mode l2; then
	refuses "link add b2 l2 dev iv0 via 100.64.1.9 return 10.9.9.9" "ipvlan"
	refuses "link set b2 l1 dev iv0" "ipvlan"
	ip -n "${NS[r]}" link del iv0
else
	skip "refused: link add: ipvlan" "this kernel has no ipvlan"
	skip "refused: link set: ipvlan" "this kernel has no ipvlan"
fi
for own in 10.9.9.1 2001:db8:a:9::1; do
	ip -n "${NS[r]}" address add "$own" dev d0
	refuses "link add b2 l2 dev d0 via 100.64.1.9 return 10.9.9.0-10.9.9.4 via fe80::9 return 2001:db8:a:9::-2001:db8:a:9::9" \
		"this host itself has $own on d0"
	refuses "link set b1 l1 return ${own%1}0-${own%1}3" "this host itself has $own on d0"
	ip -n "${NS[r]}" address del "$own" dev d0
done
# Hosts of another device's subnet would lose their packets. A smaller subnet of the link's own device is right.
ip -n "${NS[r]}" link add d1 type dummy
ip -n "${NS[r]}" link set d1 arp on
for subnet in 10.7.0.1/16 2001:db8:7::1/48; do
	ip -n "${NS[r]}" address add "$subnet" dev d1
done
refuses "link add b2 l2 dev d0 via 100.64.1.9 return 10.7.3.1-10.7.3.4" "10.7.0.0/16 on d1 overlaps the range"
refuses "link add b2 l2 dev d0 via 100.64.1.9 return 10.6.255.254-10.7.0.0" "10.7.0.0/16 on d1 overlaps the range"
refuses "link add b2 l2 dev d0 via fe80::9 return 2001:db8:7:1::1-2001:db8:7:1::4" "2001:db8:7::/48 on d1 overlaps the range"
refuses "link set b1 l1 return 10.7.3.1" "10.7.0.0/16 on d1"
refuses "link set b1 l2 return 2001:db8:7::8" "2001:db8:7::/48 on d1"
for subnet in 10.7.3.9/24 2001:db8:7:1::9/64; do
	ip -n "${NS[r]}" address add "$subnet" dev d0
done
check "a range in a subnet of the link is accepted, inside a larger subnet of another device" \
	rel link add b2 l2 dev d0 via 10.7.3.7 return 10.7.3.1-10.7.3.4 via 2001:db8:7:1::7 return 2001:db8:7:1::1-2001:db8:7:1::4
ip -n "${NS[r]}" address add 10.7.3.200/24 dev d1
check "a range is accepted in a subnet of the link that another device has, too" rel link set b2 l2 return 10.7.3.1-10.7.3.4
ip -n "${NS[r]}" address del 10.7.3.200/24 dev d1
ip -n "${NS[r]}" address add 10.7.3.6/29 dev d1
settle
refuses "link set b2 l2 return 10.7.3.1-10.7.3.4" "10.7.3.0/29 on d1 overlaps the range"
ip -n "${NS[r]}" address del 10.7.3.6/29 dev d1
settle
refuses "link set b2 l2 dev d2" "on d. overlaps the range"
warns "the next hop 100.64.1.9 is in no subnet of d0" link set b2 l2 via 100.64.1.9
warns "this host itself has 2001:db8:7:1::9 on d0" link set b2 l2 via 2001:db8:7:1::9
warns "the next hop 100.64.1.10 is in no subnet of d0" \
	link replace b2 l2 dev d0 via 100.64.1.10 return 10.7.3.1-10.7.3.4
rel link del b2 l2
ip -n "${NS[r]}" link del d1
for subnet in 10.7.3.9/24 2001:db8:7:1::9/64; do
	ip -n "${NS[r]}" address del "$subnet" dev d0
done
settle
refuses "vip add tcp 10.1.1.2:80" "return.* b1 l1"
refuses "vip add tcp 100.64.1.2:80" "via.* b1 l1"

rel link set b1 l1 weight 5
rel link set b1 l1 via 100.64.1.7 return 10.1.1.3-10.1.1.4
check_eq "set changes only the given attributes" \
	"b1 l1 dev d0 via 100.64.1.7 return 10.1.1.3-10.1.1.4 via 2001:db8:b::2 return 2001:db8:a::1-2001:db8:a::4 weight 5
    state admin-down" \
	"$(rel link show b1 l1)"
settle
refuses "link set b1 l1 weight 9 via 100.64.1.7 return 10.1.1.3-10.1.1.5" "overlaps b2 l1"
check "a link gets a second family" rel link set b1 l2 via 100.64.2.2 return 10.1.2.1
settle
refuses "link del b1 l3" "no link l3"

for ((i = 1; i <= 10000; i++)); do
	echo "relay vip add tcp 198.18.$((i >> 8)).$((i & 255)):80"
done >"$TMP/many"
start=${EPOCHREALTIME/./}
check "10,000 more VIPs are added" ctl r -batch "$TMP/many"
note "in $(((${EPOCHREALTIME/./} - start) / 1000)) ms"
check_eq "all 10,009 VIPs are shown" 10009 "$(rel vip show | grep -vc '^ ')"
rel vip flush
check_eq "after a flush there is no VIP" "" "$(rel vip show)"
# Links need hooks, too, for probes.
rel balancer flush >/dev/null
hooked && still=yes || still=no
check_eq "without VIPs and links there is no hook" no "$still"

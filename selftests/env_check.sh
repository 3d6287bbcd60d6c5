#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# slbctl check and relay check find the host settings that stop packets.
#
#   c1 --- r --- s1      the drawing with all addresses is in lib_topology.sh
#          ||
#          b1

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_talk.sh
. "$SLB_SELFTESTS/lib_talk.sh"

# finds REGEX HOST WORD...: is there a line like this?
finds() {
	local regex=$1 host=$2 said
	shift 2
	said=$(ctl "$host" "$@")
	echo "$said"
	[[ $said =~ $regex ]]
}

clean() {
	ctl b1 check && ctl r relay check
}

connects() {
	talk_connects c1 tcp "$1" 80 10000
}

refused() {
	! talk_connects c1 tcp "$1" 80 2000
}

# Docker's rules in FORWARD, without the administrator's rules.
forward_drops() {
	on "$1" nft -f - <<-END
		table inet docker {
			chain FORWARD {
				type filter hook forward priority filter; policy drop
			}
		}
	END
}

synproxy() {
	on r nft -f - <<-END
		table inet proxy {
			chain raw {
				type filter hook prerouting priority raw
				tcp dport 80 tcp flags syn notrack
			}
			chain forward {
				type filter hook forward priority filter
				tcp dport 80 ct state invalid,untracked synproxy mss 1460 wscale 7 timestamp sack-perm
				ct state invalid drop
			}
		}
	END
}

# neighbours FAMILY LIMIT: all network namespaces share the table.
neighbours() {
	sysctl -qw "net.$1.neigh.default.gc_thresh3=$2"
}

# warns REGEX HOST WORD...: the command succeeds, and says something like this on stderr.
warns() {
	local regex=$1 host=$2
	shift 2
	ctl "$host" "$@" 2>"$TMP/said" || return 1
	cat "$TMP/said"
	[[ $(<"$TMP/said") =~ warning:.*$regex ]]
}

# quietly HOST WORD...: the command succeeds without a warning.
quietly() {
	local said
	said=$(ctl "$@" 2>&1) && [ -z "$said" ]
}

# serves ADDRESS: does the relay's own service answer at an address of it?
serves() {
	[ "$(on c1 curl -s --max-time 5 "http://$1:8080/")" = r ]
}

# own FAMILY: hosts themselves have addresses that VIPs and local addresses need.
own() {
	local host at_relay at_b1 at_lo relay=$RELAY4 of_b1=100.64.1.18 lo=203.0.113.99 local=10.1.1. at=%s
	local vip=$VIP4 subnet=10.1.1.100/24
	[ "$1" = IPv4 ] || relay=$RELAY6 of_b1=2001:db8:b:11::2 lo=2001:db8:f::99 local=2001:db8:a:11:: at="[%s]"
	[ "$1" = IPv4 ] || vip=$VIP6 subnet=2001:db8:a:11::100/64
	# shellcheck disable=SC2059
	printf -v at_relay "$at" "$relay" && printf -v at_b1 "$at" "$of_b1" && printf -v at_lo "$at" "$lo"
	check "$1: a VIP that the relay has on a device: add warns" warns "has $relay on (c1|s1)" r relay vip add tcp "$at_relay:80"
	check "$1: the relay's own service at that address goes on" serves "$at_relay"
	ctl r relay vip del tcp "$at_relay:80"
	check "$1: a VIP that a balancer has on a device: add warns" warns "has $of_b1 on l1" b1 vip add tcp "$at_b1:81" group web
	ctl b1 vip del tcp "$at_b1:81"
	for host in r b1; do
		ip -n "${NS[$host]}" address add "$lo" dev lo
	done
	check "$1: a VIP that the relay has on lo: no warning" quietly r relay vip add tcp "$at_lo:80"
	check "$1: a VIP that a balancer has on lo: no warning" quietly b1 vip add tcp "$at_lo:80" group web
	ip -n "${NS[b1]}" address add "${local}3" dev lo
	check "$1: a local address that the balancer has: set warns" warns "has ${local}3 on lo" b1 link set l1 local "${local}1-${local}4"
	check "$1: check of the balancer reports a local address that the balancer has" finds "has ${local}3 on lo" b1 check
	ip -n "${NS[b1]}" address del "${local}3" dev lo
	check "$1: a server with an address that the balancer has: add warns" warns "has $of_b1 on l1" b1 server add web "$of_b1"
	check "$1: a server with the address of a VIP: add warns" warns "address of a VIP" b1 server add web "$vip"
	check "$1: check of the balancer names both servers" both_servers "$of_b1" "$vip"
	ctl b1 server del web "$of_b1"
	ctl b1 server del web "$vip"
	ip -n "${NS[b1]}" address add "$subnet" dev l2
	check "$1: a subnet of another device in the way of local addresses: check says so" \
		finds "problem: link l1: .*on l2 overlaps the range" b1 check
	ip -n "${NS[b1]}" address del "$subnet" dev l2
	ip -n "${NS[r]}" address add "$subnet" dev s1
	check "$1: a subnet of another device in the way of return addresses: check says so" \
		finds "problem: relay link b1 l1: .*on s1 overlaps the range" r relay check
	ip -n "${NS[r]}" address del "$subnet" dev s1
	ip -n "${NS[r]}" address add "${local}3" dev s1
	check "$1: a return address that the relay has got: check says so" finds "problem: .*has ${local}3 on s1" r relay check
	ip -n "${NS[r]}" address del "${local}3" dev s1
}

# both_servers OWN VIP: does check name servers with these addresses?
both_servers() {
	finds "note: server web .*$1.*: this host itself has it on l1" b1 check &&
		finds "problem: server web .*$2.*: it has the address of a VIP" b1 check
}

# ipvlan: an ipvlan device takes the place of the relay's device for a link.
ipvlan() {
	ip -n "${NS[r]}" link set b1l1 down name under
	ip -n "${NS[r]}" link add b1l1 link under type ipvlan mode l2
}

ktap_plan 42
load_modules slb relay
topology clients=1 servers=1 balancers=1
topology_config "any $VIP4" "any $VIP6"
http_server s1
check "check finds no fault at first" clean

for host in b1 r; do
	noun=(check)
	[ "$host" != r ] || noun=(relay check)
	forward_drops "$host"
	check "$host: FORWARD drops: IPv4 does not connect" refused "$VIP4"
	check "$host: FORWARD drops: IPv6 does not connect" refused "$VIP6"
	check "$host: FORWARD drops: check says so" finds "FORWARD" "$host" "${noun[@]}"
	on "$host" nft flush ruleset
done
check "without these rules IPv4 connects" connects "$VIP4"
check "without these rules IPv6 connects" connects "$VIP6"

if synproxy; then
	# SYNPROXY answers by itself: the client is connected without the server
	refused "$VIP4"
	check "SYNPROXY on the relay: check says so" finds "SYNPROXY" r relay check
	on r nft flush ruleset
else
	skip "SYNPROXY on the relay: check says so" "this kernel has no SYNPROXY"
fi

for family in ipv4 ipv6; do
	defer neighbours "$family" "$(sysctl -n "net.$family.neigh.default.gc_thresh3")"
	neighbours "$family" 3
	check "a table of 3 neighbours: check of the balancer names the sysctl of $family" \
		finds "net\.$family\.neigh\.default\.gc_thresh3 is 3" b1 check
done
check "a table of 3 neighbours: check of the relay names the sysctl" finds "gc_thresh3 is 3" r relay check

# A bond has the feature even without a device below it. The module switches it off when it gets the device.
if on b1 ip link add merge type bond && ctl b1 link add l3 dev merge via 100.64.9.1 local 10.1.9.1 &&
	on b1 ethtool -K merge lro on && grep -q '^large-receive-offload: on' <(on b1 ethtool -k merge); then
	check "a device with LRO: check says so before a packet is dropped" \
		finds "problem: link l3: LRO is on: merge .*ethtool -K merge lro off" b1 check
	on b1 ethtool -K merge lro off
	check_not "LRO is off: check does not name it" finds "LRO" b1 check
else
	skip "a device with LRO: check says so before a packet is dropped" "no device has LRO"
	skip "LRO is off: check does not name it" "no device has LRO"
fi
ctl b1 link del l3
on b1 ip link del merge

http_server r 8080
for family in IPv4 IPv6; do
	own "$family"
done

if ipvlan; then
	check "a device of ipvlan that came after its link: check says so" finds "problem.*b1l1 is an ipvlan device" r relay check
else
	skip "a device of ipvlan that came after its link: check says so" "this kernel has no ipvlan"
fi

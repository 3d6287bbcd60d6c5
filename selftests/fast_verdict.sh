#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The fast path bypasses no verdict on a new flow: if a chain drops a flow, every packet of it is dropped, in
# either direction, on balancer and relay. Packets of a flow that has passed bypass the chains, unless the
# fast path is off.
#
#   c1 --- r --- s1             the drawing with all addresses is in lib_topology.sh
#         | |
#         b1                    rules of nft on r and b1 count, and drop

# shellcheck source=selftests/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=selftests/lib_share.sh
. "$SLB_SELFTESTS/lib_share.sh"

FLOWS_N=10 ROUNDS=5 PORT=20000
FAST=yes
[ "${SLB_MODULE_WORDS:-}" != fast_path=0 ] || FAST=no

# Counts packets that leave over the links (on a balancer: all packets) in both chains after routing.
count_chains() { # HOST "DEVICE, ..."
	on "$1" nft -f - <<-END
		table inet seen {
			counter n_forward { }
			counter n_postrouting { }
			chain f {
				type filter hook forward priority 0;
				oifname { $2 } meta l4proto { tcp, udp } counter name n_forward
			}
			chain p {
				type filter hook postrouting priority 0;
				oifname { $2 } meta l4proto tcp counter name n_postrouting
				oifname { $2 } udp dport != 3784 counter name n_postrouting
			}
		}
	END
}

# seen HOST: sets SEEN_FORWARD and SEEN_POSTROUTING. One call of nft for both, as nft starts slowly.
seen() {
	local text
	SEEN_FORWARD='' SEEN_POSTROUTING=''
	text=$(on "$1" nft list counters table inet seen)
	[[ $text =~ n_forward[^p]*packets\ ([0-9]+) ]] && SEEN_FORWARD=${BASH_REMATCH[1]}
	[[ $text =~ n_postrouting[^p]*packets\ ([0-9]+) ]] && SEEN_POSTROUTING=${BASH_REMATCH[1]}
}

# forwarded: packets that passed FORWARD on b1 and on r
forwarded() {
	seen b1
	printf '%s ' "$SEEN_FORWARD"
	seen r
	echo "$SEEN_FORWARD"
}

nothing_seen() {
	on b1 nft reset counters >/dev/null
	on r nft reset counters >/dev/null
}

# drop HOST HOOK RULE [PRIORITY]: packets that match are dropped, and counted; drop_end HOST
drop() {
	on "$1" nft -f - <<-END
		table inet drops {
			counter dropped { }
			chain c {
				type filter hook $2 priority ${4:-10};
				$3 counter name dropped drop
			}
		}
	END
}

dropped() {
	on "$1" nft list counter inet drops dropped | sed -n 's/.*packets \([0-9]*\) .*/\1/p'
}

drop_end() {
	on "$1" nft delete table inet drops
}

# rounds NAME N [MS]: all flows say N times; prints how many answers came
rounds() {
	local i n all=0
	for ((i = 0; i < $2; i++)); do
		read -r _ n _ < <(talk "$1" say "${3:-}")
		all=$((all + n))
	done
	echo "$all"
}

# begin NAME PROTO FAMILY N: each flow from a port of its own: a flow from an earlier port may have passed already
begin() {
	local vip=VIP$3
	talk_begin "$1" c1 "$2" "${!vip}" 7
	talk "$1" open "$4" "$PORT" >/dev/null
	PORT=$((PORT + $4))
}

# No flow has passed the relay any more: the balancer may choose a local port again.
forget_passed() {
	[ "$FAST" = no ] || printf 'relay setting set fast-path %s\n' no yes | ctl r -batch -
}

# A flow's first packets ask every chain, in each direction; then none, with the fast path.
test_passed() { # FAMILY PROTO
	local text="IPv$1 $2" all=$((FLOWS_N * ROUNDS)) hosts=(b1 r) host least most
	nothing_seen
	begin "passed$1$2" "$2" "$1" "$FLOWS_N"
	rounds "passed$1$2" 1 >/dev/null
	for host in "${hosts[@]}"; do
		seen "$host"
		check "$text: the first packets pass the chains on $host" [ "$SEEN_FORWARD" -ge $((2 * FLOWS_N)) ]
	done
	rounds "passed$1$2" 2 >/dev/null
	nothing_seen
	check_eq "$text: all $all are answered" "$all" "$(rounds "passed$1$2" "$ROUNDS")"
	least=$((2 * all)) most=1000000
	[ "$FAST" = no ] || least=0 most=0
	for host in "${hosts[@]}"; do
		seen "$host"
		check "$text: later packets pass no chain on $host with the fast path, and all without (fast: $FAST)" \
			between "$least" "$SEEN_FORWARD" "$most"
		check "$text: later packets do not pass POSTROUTING on $host" between "$least" "$SEEN_POSTROUTING" "$most"
	done
	talk "passed$1$2" close >/dev/null
}

between() {
	[ "$1" -le "$2" ] && [ "$2" -le "$3" ]
}

# refused TEXT FAMILY HOST HOOK RULE [PRIORITY]: UDP flows; a rule drops each packet of one direction
refused() {
	local name=refused$((++REFUSED)) all=$((3 * FLOWS_N))
	forget_passed
	drop "$3" "$4" "$5" "${6:-}"
	begin "$name" udp "$2" "$FLOWS_N"
	check_eq "$1: all packets are dropped in every round, and the rule counts each packet" \
		"0 $all" "$(rounds "$name" 3 300) $(dropped "$3")"
	drop_end "$3"
	check_eq "$1: without the rule all packets are answered" "$FLOWS_N" "$(rounds "$name" 1)"
	talk "$name" close >/dev/null
	ctl b1 session flush >/dev/null
}

# A flow that has passed is checked again after the fast path was off.
test_setting() {
	local all=$((2 * FLOWS_N))
	ctl b1 setting set fast-path yes
	ctl r relay setting set fast-path yes
	begin setting udp 4 "$FLOWS_N"
	rounds setting 3 >/dev/null
	nothing_seen
	rounds setting 1 >/dev/null
	check_eq "fast path on: the flows pass no chain" "0 0" "$(forwarded)"
	ctl b1 setting set fast-path no
	ctl r relay setting set fast-path no
	rounds setting 1 >/dev/null
	check_eq "fast path off: each packet passes the chains" "$all $((2 * all))" "$(forwarded)"
	drop b1 forward "udp dport 7"
	check_eq "fast path off: a new rule takes effect" "0 $FLOWS_N" "$(rounds setting 1 300) $(dropped b1)"
	ctl b1 setting set fast-path yes
	ctl r relay setting set fast-path yes
	check_eq "fast path on again: the rule still takes effect" "0 $all" "$(rounds setting 1 300) $(dropped b1)"
	drop_end b1
	check_eq "without the rule all packets are answered again" "$all" "$(rounds setting 2)"
	nothing_seen
	rounds setting 1 >/dev/null
	check_eq "without the rule the flows pass no chain again" "0 0" "$(forwarded)"
}

# Rules at ingress of the devices come before all other hooks.
test_netdev() {
	on b1 nft -f - <<-END
		table netdev first {
			chain c {
				type filter hook ingress devices = { l1, l2 } priority 0;
				udp dport 7 drop
			}
		}
	END
	check_eq "a rule at ingress of the links' devices takes effect at once" 0 "$(rounds setting 1 300)"
	on b1 nft delete table netdev first
	check_eq "a removed rule at ingress has no effect" "$FLOWS_N" "$(rounds setting 1)"
	talk setting close >/dev/null
}

# begun_on_l1 NAME FAMILY: how many of 20 new flows begin at link l1; not all of them are answered
begun_on_l1() {
	ctl b1 session flush >/dev/null
	begin "$1" udp "$2" 20
	rounds "$1" 1 300 >/dev/null
	talk "$1" close >/dev/null
	sessions b1 | awk "$SESSION_FIELDS"'$INGRESS == "l1"' | wc -l
}

# Packets that IP never gets from a device begin no session there.
test_device() {
	# no probe reports the state to the relay
	ctl r relay link set b1 l1 interval 0
	ctl b1 link set l1 interval 0
	check "sessions begin at both links, over IPv4" [ "$(begun_on_l1 both4 4)" -gt 0 ]
	check "sessions begin at both links, over IPv6" [ "$(begun_on_l1 both6 6)" -gt 0 ]
	on b1 ip link add br0 up type bridge
	on b1 ip link set l1 master br0
	check_eq "a link's device belongs to a bridge: no session begins there" 0 "$(begun_on_l1 bridged 4)"
	on b1 ip link del br0
	on b1 sysctl -qw net.ipv6.conf.l1.disable_ipv6=1
	check_eq "a link's device has no IPv6: no session begins there" 0 "$(begun_on_l1 without 6)"
}

ktap_plan 76
load_modules slb relay
topology clients=1 servers=1 balancers=1
for proto in udp tcp; do
	talk_serve s1 "$proto" :: 7
done
topology_config servers=s1 "any $VIP4" "any $VIP6"
count_chains b1 "l1, l2"
count_chains r "b1l1, b1l2, c1, s1"
for family in 4 6; do
	for proto in udp tcp; do
		test_passed "$family" "$proto"
	done
done
REFUSED=0
for family in 4 6; do
	refused "IPv$family, balancer, requests" "$family" b1 forward "udp dport 7"
	refused "IPv$family, balancer, replies" "$family" b1 forward "udp sport 7"
	refused "IPv$family, balancer, POSTROUTING" "$family" b1 postrouting "udp dport 7"
	refused "IPv$family, balancer, raw" "$family" b1 prerouting "udp dport 7" -300
	refused "IPv$family, balancer, raw, replies" "$family" b1 prerouting "udp sport 7" -300
	refused "IPv$family, relay, to the VIP" "$family" r forward 'oifname "b1l*" udp dport 7'
	refused "IPv$family, relay, to the return address" "$family" r forward 'oifname "b1l*" udp sport 7'
	refused "IPv$family, relay, to the server" "$family" r forward 'iifname "b1l*" udp dport 7'
	refused "IPv$family, relay, to the client" "$family" r postrouting 'oifname "c1" udp sport 7'
done
test_setting
test_netdev
test_device

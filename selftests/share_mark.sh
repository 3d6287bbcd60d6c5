#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The firewall mark of a VIP: which packets have it, what sees it, that a change is followed, and that rules of policy
# routing choose the link by it.
#
#   c1 --- r --- s1             the drawing with all addresses is in lib_topology.sh
#         | |
#         b1                    rules of nft at egress of its links count by mark

# shellcheck source=selftests/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=selftests/lib_share.sh
. "$SLB_SELFTESTS/lib_share.sh"

PLAIN4=203.0.113.81 PLAIN6=2001:db8:f::81
N=8 PORT=20000

# count MARK: counts packets of conversations that leave b1, and those with this mark: at egress, which the fast path does
# not bypass, and in the chains; errors, too
count() {
	local link
	on b1 nft -f - <<-END
		table netdev out
		delete table netdev out
		table netdev out {
			counter requests { }
			counter replies { }
			counter errors { }
			counter marked_requests { }
			counter marked_replies { }
			counter marked_errors { }
			chain each {
				meta l4proto { tcp, udp, sctp } th dport 7 counter name requests
				meta l4proto { tcp, udp, sctp } th sport 7 counter name replies
				icmp type { destination-unreachable, time-exceeded } counter name errors
				icmpv6 type { destination-unreachable, time-exceeded } counter name errors
				meta mark $1 jump with_mark
			}
			chain with_mark {
				meta l4proto { tcp, udp, sctp } th dport 7 counter name marked_requests
				meta l4proto { tcp, udp, sctp } th sport 7 counter name marked_replies
				icmp type { destination-unreachable, time-exceeded } counter name marked_errors
				icmpv6 type { destination-unreachable, time-exceeded } counter name marked_errors
			}
			$(for link in l1 l2; do
				echo "counter on_$link { }"
				echo "chain $link {"
				echo "	type filter hook egress device $link priority 0;"
				echo "	meta l4proto { tcp, udp, sctp } th dport 7 counter name on_$link"
				echo "	meta l4proto { tcp, udp, sctp } th sport 7 counter name on_$link"
				echo "	jump each"
				echo "}"
			done)
		}
		table inet chains
		delete table inet chains
		table inet chains {
			counter forward { }
			counter postrouting { }
			counter marked_forward { }
			counter marked_postrouting { }
			chain f {
				type filter hook forward priority 0;
				meta l4proto { tcp, udp, sctp } counter name forward
				meta l4proto { tcp, udp, sctp } meta mark $1 counter name marked_forward
			}
			chain p {
				type filter hook postrouting priority 0;
				meta l4proto { tcp, udp, sctp } th dport 7 counter name postrouting
				meta l4proto { tcp, udp, sctp } th dport 7 meta mark $1 counter name marked_postrouting
				meta l4proto { tcp, udp, sctp } th sport 7 counter name postrouting
				meta l4proto { tcp, udp, sctp } th sport 7 meta mark $1 counter name marked_postrouting
			}
		}
	END
}

# counted: sets an entry of COUNTED for each counter
declare -A COUNTED=()
counted() {
	local name packets
	COUNTED=()
	while read -r name packets; do
		COUNTED[$name]=$packets
	done < <(on b1 nft -j list counters | jq -r '.nftables[].counter | select(.) | "\(.name) \(.packets)"')
}

# says NAME [ROUNDS]: all connections say something; prints how many were answered
says() {
	local i n all=0
	for ((i = 0; i < ${2:-3}; i++)); do
		read -r _ n _ < <(talk "$1" say)
		all=$((all + n))
	done
	echo $all
}

# opens NAME PROTO VIP
opens() {
	talk_begin "$1" c1 "$2" "$3" 7
	talk "$1" open $N $PORT >/dev/null
	PORT=$((PORT + N))
}

# all_marked NAME...: there are packets, and each of them has the mark; none_marked: and none of them has it
all_marked() {
	local name
	counted
	for name in "$@"; do
		note "$name: ${COUNTED[$name]:-}, with the mark ${COUNTED[marked_$name]:-}"
		[ "${COUNTED[$name]:-0}" -gt 0 ] && [ "${COUNTED[$name]}" = "${COUNTED[marked_$name]:-}" ] || return 1
	done
}

none_marked() {
	local name
	counted
	for name in "$@"; do
		note "$name: ${COUNTED[$name]:-}, with the mark ${COUNTED[marked_$name]:-}"
		[ "${COUNTED[$name]:-0}" -gt 0 ] && [ "${COUNTED[marked_$name]:-}" = 0 ] || return 1
	done
}

# mark FAMILY V/M: changes the mark of the VIP
mark() {
	local vip=VIP$1
	ctl b1 vip set any "${!vip}" mark "$2"
}

# at_ingress MARK: all packets come with this mark; at_ingress_end: with none
at_ingress() {
	on b1 nft -f - <<-END
		table netdev in {
			chain c {
				type filter hook ingress devices = { l1, l2 } priority 0;
				meta mark set $1
			}
		}
	END
}

at_ingress_end() {
	on b1 nft delete table netdev in
}

# Packets of all protocols, in both directions, from the first one on.
test_packets() { # FAMILY PROTO
	local vip=VIP$1 text="IPv$1 $2" name=packets$1$2
	count 0x10
	opens "$name" "$2" "${!vip}"
	check_eq "$text: all packets are answered" $((3 * N)) "$(says "$name")"
	check "$text: requests and replies leave with the mark" all_marked requests replies
	check "$text: FORWARD and POSTROUTING see it" all_marked forward postrouting
	talk "$name" close >/dev/null
	check "$text: so do the last packets" all_marked requests replies
}

# An error about a packet of a session: one that a server sends, and one that the balancer sends.
test_errors() { # FAMILY
	local vip=VIP$1 plain=PLAIN$1 name=errors$1
	count 0x10
	talk_begin "$name" c1 udp "${!vip}" 9
	talk "$name" open 3 >/dev/null
	check_eq "IPv$1: a server's error comes to the client" "answered 0 refused 3 of 3" "$(talk "$name" say 1000)"
	check "IPv$1: it leaves with the mark" all_marked errors
	talk "$name" close >/dev/null
	count 0x10
	on c1 python3 -c '
import socket, sys
v6 = ":" in sys.argv[1]
s = socket.socket(socket.AF_INET6 if v6 else socket.AF_INET, socket.SOCK_DGRAM)
s.connect((sys.argv[1], 7))
s.send(b"x")
s.setsockopt(*((socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS) if v6 else (socket.IPPROTO_IP, socket.IP_TTL)), 2)
for i in range(2):
	try:
		s.send(b"x")
	except OSError:
		pass' "${!vip}"
	check "IPv$1: an error of the balancer has the mark" all_marked errors
	count 0x10
	talk_begin "plain$name" c1 udp "${!plain}" 9
	talk "plain$name" open 3 >/dev/null
	talk "plain$name" say 1000 >/dev/null
	check "IPv$1: errors of a VIP without a mark have none" none_marked errors
	talk "plain$name" close >/dev/null
}

test_mask() { # FAMILY
	local vip=VIP$1 plain=PLAIN$1
	at_ingress 0x1234
	count 0x1210
	opens "mask$1" udp "${!vip}"
	says "mask$1" >/dev/null
	check "IPv$1: bits outside of the mask stay" all_marked requests replies forward
	mark "$1" 0/0xff
	count 0x1200
	says "mask$1" >/dev/null
	check "IPv$1: mark 0/0xff clears the bits of the mask" all_marked requests replies forward
	mark "$1" 0x77
	count 0x77
	says "mask$1" >/dev/null
	check "IPv$1: without a mask all bits are replaced" all_marked requests replies forward
	count 0x1234
	opens "plain$1" udp "${!plain}"
	says "plain$1" >/dev/null
	check "IPv$1: a VIP without a mark leaves packets theirs" all_marked requests replies forward
	talk "mask$1" close >/dev/null
	talk "plain$1" close >/dev/null
	mark "$1" 0x10/0xff
	at_ingress_end
}

# Sessions follow at once, also those that have passed all chains.
test_change() { # FAMILY PROTO
	local vip=VIP$1 text="IPv$1 $2" name=change$1$2
	mark "$1" 0
	count 0x10
	opens "$name" "$2" "${!vip}"
	says "$name" >/dev/null
	check "$text: without a mark no packet has one" none_marked requests replies forward
	mark "$1" 0x10/0xff
	count 0x10
	says "$name" >/dev/null
	check "$text: sessions that began before get the mark" all_marked requests replies
	check "$text: they pass FORWARD with it" all_marked forward
	mark "$1" 0x20/0xff
	count 0x20
	check_eq "$text: all packets are answered" $((3 * N)) "$(says "$name")"
	check "$text: a new mark is in all packets" all_marked requests replies
	check "$text: they pass FORWARD with that, too" all_marked forward
	mark "$1" 0/0
	count 0x20
	says "$name" >/dev/null
	check "$text: mark 0/0 ends it" none_marked requests replies forward
	talk "$name" close >/dev/null
	mark "$1" 0x10/0xff
}

# links: by which links have packets left since count?
links() {
	local link
	counted
	for link in l1 l2; do
		[ "${COUNTED[on_$link]:-0}" = 0 ] || printf '%s ' $link
	done
}

# routed: how packets of a conversation leave
routed() {
	count 0x10
	[ "$(says "$1")" = $((3 * N)) ] || echo "not all are answered"
	links
}

# rule FAMILY add|del WORDS...
rule() {
	ip "-$1" -n "${NS[b1]}" rule "$2" "${@:3}" lookup 100
}

test_routing() { # FAMILY PROTO
	local vip=VIP$1 plain=PLAIN$1 text="IPv$1 $2" name=route$1$2 link
	opens "$name" "$2" "${!vip}"
	opens "plain$name" "$2" "${!plain}"
	check_eq "$text: flows use both links" "l1 l2 " "$(routed "$name")"
	for link in 2 1; do
		if [ "$1" = 4 ]; then
			ip -n "${NS[b1]}" route replace default via "100.64.1.$((16 * link + 1))" dev l$link table 100
		else
			ip -n "${NS[b1]}" route replace default via "2001:db8:b:1$link::1" dev l$link table 100
		fi
		[ $link = 1 ] || rule "$1" add fwmark 0x10/0xff
		check_eq "$text: a rule by the mark sends all packets over link l$link" "l$link " "$(routed "$name")"
		check "$text: they have the mark" all_marked requests replies
		check_eq "$text: packets of another VIP are not concerned" "l1 l2 " "$(routed "plain$name")"
	done
	mark "$1" 0x20/0xff
	check_eq "$text: another mark, another way" "l1 l2 " "$(routed "$name")"
	rule "$1" add fwmark 0x20/0xff
	check_eq "$text: a rule for that" "l1 " "$(routed "$name")"
	rule "$1" del fwmark 0x20/0xff
	mark "$1" 0x10/0xff
	ip "-$1" -n "${NS[b1]}" route replace default dev lo table 100
	check_eq "$text: a route over no link changes nothing" "l1 l2 " "$(routed "$name")"
	ip "-$1" -n "${NS[b1]}" route flush table 100
	check_eq "$text: nor does a table without a route" "l1 l2 " "$(routed "$name")"
	rule "$1" del fwmark 0x10/0xff
	talk "$name" close >/dev/null
	talk "plain$name" close >/dev/null
}

# goes NAME LINKS
goes() {
	[ "$(routed "$1")" = "$2" ]
}

in_step() {
	[ "$(ctl b1 -j status show | json sync_behind)" = 0 ]
}

# A link that does not work is not used, whatever a rule says.
test_broken() {
	ip -n "${NS[b1]}" route replace default via 100.64.1.33 dev l2 table 100
	rule 4 add fwmark 0x10/0xff
	opens broken udp "$VIP4"
	check_eq "a rule chooses link l2" "l2 " "$(routed broken)"
	on r ip link set b1l2 down
	check "without it the flows go on over l1" wait_for 10 goes broken "l1 "
	on r ip link set b1l2 up
	on b1 ip link set l2 up
	ip -n "${NS[b1]}" route replace default via 100.64.1.33 dev l2 table 100
	check "when it is back, they take it" wait_for 20 goes broken "l2 "
	rule 4 del fwmark 0x10/0xff
	ip -n "${NS[b1]}" route flush table 100
	talk broken close >/dev/null
}

# Sessions that come as records of a balancer have the mark, too.
test_copies() {
	local sync=$SLB_SELFTESTS/tools/netlink/nlsync.py
	ctl b1 setting set sync-wait 1 sync-after 0
	wait_for 8 in_step
	ctl b1 session flush >/dev/null
	opens copies udp "$VIP4"
	says copies 1 >/dev/null
	on b1 "$sync" dump "$TMP/all"
	ctl b1 session flush >/dev/null
	check_eq "copies of sessions are taken" "added $N" "$(on b1 "$sync" add "$TMP/all" 7)"
	count 0x10
	check_eq "their packets are answered" $((3 * N)) "$(says copies)"
	check "and have the mark" all_marked requests replies
	talk copies close >/dev/null
	ctl b1 setting set sync-wait 0
}

# refused TEXT WORD: vip set refuses this mark, and changes nothing
refused() {
	! ctl b1 vip set any "$VIP4" mark "$2" 2>"$TMP/refused" && grep -qF "$1" "$TMP/refused" && shows 0x10/0xff
}

# shows MARK: does show print it?
shows() {
	[ "$(ctl b1 vip show any "$VIP4" | grep -o 'mark [^ ]*')" = "${1:+mark $1}" ]
}

test_words() {
	check "show prints the mark as set takes it" shows 0x10/0xff
	check "a mark with bits outside of its mask is refused" refused 'invalid mark "0x100/0xff"' 0x100/0xff
	check "a mark of more than 32 bits is refused" refused 'invalid mark "0x100000000"' 0x100000000
	check "a mask of more than 32 bits is refused" refused 'invalid mark "1/4294967296"' 1/4294967296
	check "no number is refused" refused 'invalid mark "red"' red
	ctl b1 vip set any "$VIP4" mark 255
	check "a decimal mark without a mask has all bits" shows 0xff
	ctl b1 vip set any "$VIP4" mark 0/0xff
	check "mark 0/0xff is shown" shows 0x0/0xff
	ctl b1 vip set any "$VIP4" mark 0
	check "mark 0 is none" shows ''
	mark 4 0x10/0xff
	check_eq "JSON has both numbers" "16 255" "$(ctl b1 -j vip show any "$VIP4" | jq -r '.[] | "\(.mark) \(.mark_mask)"')"
}

ktap_plan 130
env_needs_ethernet
load_modules slb relay
topology clients=1 servers=1 balancers=1
for proto in udp tcp; do
	talk_serve s1 $proto :: 7
done
topology_config servers=s1 "any $VIP4" "any $VIP6" "any $PLAIN4" "any $PLAIN6"
mark 4 0x10/0xff
mark 6 0x10/0xff
for family in 4 6; do
	for proto in udp tcp; do
		test_packets $family $proto
	done
	test_errors $family
	test_mask $family
	for proto in udp tcp; do
		test_change $family $proto
		test_routing $family $proto
	done
done
if modprobe -q sctp; then
	talk_serve s1 sctp "${ADDR4[s1]}" 7
	test_packets 4 sctp
	test_change 4 sctp
else
	for ((i = 0; i < 11; i++)); do
		skip "SCTP" "the kernel has no SCTP"
	done
fi
test_broken
test_copies
test_words

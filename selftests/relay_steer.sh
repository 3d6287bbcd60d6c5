#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The relay sends each flow to a VIP to one balancer over one link, unchanged except for the TTL. It sends
# packets to return addresses over the link of the address, and does not touch anything else.
#
#   c1 --- r === b1, b2       two links each; nothing runs on the balancers
#          |                  the drawing with all addresses is in lib_topology.sh
#         s1

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_relay.sh
. "${BASH_SOURCE[0]%/*}/lib_relay.sh"

ktap_plan 32
load_modules relay
topology servers=1
topology_config_relay "tcp $VIP4:80" "udp $VIP4:53" "sctp $VIP4:5000-5010" "any $VIP6"
C4=${ADDR4[c1]} C6=${ADDR6[c1]} S4=${ADDR4[s1]} S6=${ADDR6[s1]}
ip -n "${NS[b1]}" route add "$C4" via 100.64.1.17
ip -n "${NS[b1]}" route add "$S6" via 2001:db8:b:12::1

{
	for port in 1001 1002 1003; do
		echo "tcp $C4@$port $VIP4@80 len=10"
		echo "udp $C4@$port $VIP4@53 len=10"
		echo "sctp $C4@$port $VIP4@5005"
		echo "tcp $C6@$port $VIP6@80 len=10"
		echo "udp $C6@$port $VIP6@53 len=10"
		echo "sctp $C6@$port $VIP6@5005"
	done
	# ICMP errors about the second half of the first of those, from the client and from a router
	echo "error $C4 $VIP4 type=3 code=3 quote tcp $VIP4@80 $C4@1001"
	echo "error 198.51.100.99 $VIP4 type=11 quote udp $VIP4@53 $C4@1002"
	echo "error $C6 $VIP6 type=1 code=4 quote tcp $VIP6@80 $C6@1001"
	echo "error 2001:db8:c::99 $VIP6 type=2 quote udp $VIP6@53 $C6@1003"
	# what only looks like that
	echo "error $C4 $VIP4 type=3 code=3 quote tcp 203.0.113.81@80 $C4@1001"
	echo "error $C4 $VIP4 type=3 code=3 quote tcp $VIP4@81 $C4@1001"
	echo "reply $C4@7 $VIP4"
	echo "tcp $C4@1001 $VIP4@81"
	echo "udp $C4@1001 $VIP4@80"
	echo "sctp $C4@1001 $VIP4@5011"
	echo "47 $C4 $VIP4 len=20"
	echo "tcp $C4@1001 203.0.113.81@80"
	for id in $(seq 20); do
		echo "echo $C4@$id $VIP4"
		echo "echo $C6@$id $VIP6 len=8"
	done
	echo "udp $C4@1004 $VIP4@53 len=3000 frag=0,1480,2960 id=1"
	echo "udp $C4@1005 $VIP4@53 len=3000 frag=2960,0,1480 id=2"
	echo "udp $C6@1004 $VIP6@53 len=3000 frag=0,1448,2896 id=1"
	echo "udp 2001:db8:c::99@1005 $VIP6@53 len=3000 frag=2896,1448,0 id=1"
	echo "tcp $C6@1006 $VIP6@80 ext=0,60"
	echo "tcp $C4@1006 $VIP4@80 options=01010101"
} >"$TMP/from-client"
{
	echo "udp $S4@53 10.1.1.1@4000 len=10"
	echo "udp $S4@53 10.1.2.4@4000 len=10"
	echo "tcp $S4@53 10.2.1.2@4000"
	echo "udp $S6@53 2001:db8:a:22::3@4000 len=10"
	echo "udp $S4@53 10.2.1.4@4000 len=3000 frag=1480,0,2960"
	echo "error 192.0.2.99 10.1.2.2 type=3 code=1 quote tcp 10.1.2.2@4000 $S4@80"
	echo "udp $S4@53 10.1.2.5@4000 len=10"
	echo "udp $S4@53 10.1.2.0@4000 len=10"
} >"$TMP/from-server"

check "captures on all balancers start" watch_balancers
send c1 <"$TMP/from-client"
send s1 <"$TMP/from-server"
check "the client reaches the server itself" on c1 ping -n -c 1 -W 2 "$S4"
watch_end

# told PROTO CLIENT VIP:PORT: paths of the three flows from ports 1001 to 1003, as the relay shows them
told() {
	printf "$1 $2:%d $3\n" 1001 1002 1003 | ways | awk '{ print 1000 + NR, $0 }'
}

# took REGEX: the ways that their packets took
took() {
	grep -E -- "$1" "$TMP/seen" | sed -E 's/^(b[0-9]+ l[0-9]+) .*\.(100[0-9]) > .*/\2 \1/' | sort
}

for proto in tcp udp sctp; do
	case $proto in tcp) port=80 ;; udp) port=53 ;; sctp) port=5005 ;; esac
	check_eq "IPv4: $proto goes where the relay says, with one hop less" \
		"$(told "$proto" "$C4" "$VIP4:$port")" \
		"$(took "ttl 63,.*\) $C4\.100[123] > $VIP4\.$port: ")"
	check_eq "IPv6: $proto goes where the relay says, with one hop less" \
		"$(told "$proto" "[$C6]" "[$VIP6]:$port")" \
		"$(took "hlim 63,.*\) $C6\.100[123] > $VIP6\.$port: ")"
done

check_eq "IPv4: an ICMP error goes where its flow goes" "$(way tcp "$C4:1001" "$VIP4:80")" \
	"$(seen " $C4 > $VIP4: ICMP $C4 tcp port 1001 unreachable")"
check_eq "IPv4: an ICMP error of a router on the way goes where its flow goes" "$(way udp "$C4:1002" "$VIP4:53")" \
	"$(seen " 198.51.100.99 > $VIP4: ICMP time exceeded")"
check_eq "IPv6: an ICMP error goes where its flow goes" "$(way tcp "[$C6]:1001" "[$VIP6]:80")" \
	"$(seen " $C6 > $VIP6: .*unreachable port")"
check_eq "IPv6: an ICMP error of a router on the way goes where its flow goes" "$(way udp "[$C6]:1003" "[$VIP6]:53")" \
	"$(seen " 2001:db8:c::99 > $VIP6: .*packet too big")"

check_eq "a port of the address without a VIP is left alone" "" "$(seen "> $VIP4\.(81|5011|80: UDP)")"
check_eq "another address is left alone" "" "$(seen "> 203.0.113.81")"
check_eq "another protocol is left alone" "" "$(seen "proto GRE")"
check_eq "an echo reply to a virtual address is left alone" "" "$(seen "echo reply")"
check_eq "an ICMP error about another address is left alone" "" "$(seen "ICMP .* 203.0.113.81.80 > ")"

check_eq "IPv4: every echo request goes to a balancer" 20 "$(seen "> $VIP4: ICMP echo request" | wc -l)"
check_eq "IPv6: every echo request goes to a balancer" 20 \
	"$(seen "> $VIP6: \[.*ICMP6, echo request" | wc -l)"
check "echo requests go to more than one link" \
	[ "$(seen "> $VIP4: ICMP echo request" | sort -u | wc -l)" -ge 3 ]

check_eq "IPv4: the fragments of a datagram go one way" "$(way udp "$C4:1004" "$VIP4:53")" \
	"$(seen "id 1, .*proto UDP" | sort -u)"
check_eq "IPv4: fragments out of order go one way" "$(way udp "$C4:1005" "$VIP4:53")" \
	"$(seen "id 2, .*proto UDP" | sort -u)"
check_eq "IPv6: the fragments of a datagram go one way" "$(way udp "[$C6]:1004" "[$VIP6]:53")" \
	"$(seen "next-header Fragment.*\) $C6 " | sort -u)"
check_eq "IPv6: fragments out of order go one way" "$(way udp "[2001:db8:c::99]:1005" "[$VIP6]:53")" \
	"$(seen "next-header Fragment.*\) 2001:db8:c::99 " | sort -u)"
check_eq "IPv4: both fragmented datagrams arrive as a whole" $((2 * 3008)) "$(grep -E "id [12], .*proto UDP" "$TMP/seen" |
	sed 's/.*(17), length \([0-9]*\)).*/\1/' | awk '{ n += $1 - 20 } END { print n }')"
check_eq "a packet with extension headers goes where its flow goes" "$(way tcp "[$C6]:1006" "[$VIP6]:80")" \
	"$(seen "next-header Options.*$C6.* > $VIP6")"
check_eq "a packet with IP options goes where its flow goes" "$(way tcp "$C4:1006" "$VIP4:80")" "$(seen "$C4.1006 > $VIP4.80:")"

check_eq "IPv4: return addresses lead to the links that they are tied to" "b1 l1 b1 l2 b2 l1 " \
	"$(seen "ttl 63,.* $S4.53 > 10.(1.1.1|1.2.4|2.1.2).4000" | tr '\n' ' ')"
check_eq "IPv6: return addresses lead to the links that they are tied to" "b2 l2" "$(seen "hlim 63,.* $S6.53 > 2001:db8:a:22::3.4000")"
check_eq "a return address gets fragments as they are" "b2 l1 b2 l1 b2 l1 " \
	"$(seen "> 10.2.1.4" | tr '\n' ' ')"
check_eq "a return address gets ICMP errors" "b1 l2" "$(seen "192.0.2.99 > 10.1.2.2: ICMP")"
check_eq "addresses next to the range are left alone" "" "$(seen "> 10.1.2.[50]\.")"

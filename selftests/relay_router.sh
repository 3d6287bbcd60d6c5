#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The relay acts as a router for packets that it steers: TTL, MTU, fragments, the FORWARD chain, martians.
#
#   c1 --- r === b1       two links, the first one with an MTU of 1500 and the second one with 1400
#          |              the drawing with all addresses is in lib_topology.sh
#         s1

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_relay.sh
. "${BASH_SOURCE[0]%/*}/lib_relay.sh"

ktap_plan 26
load_modules relay
topology servers=1 balancers=1 link_mtu=1500,1400
# No probes: no host answers them.
# shellcheck disable=SC2034
LIB_LINK_WORDS="interval 0"
topology_config_relay "tcp $VIP4:80" "udp $VIP4:53" "tcp [$VIP6]:80"
C4=${ADDR4[c1]} C6=${ADDR6[c1]} S4=${ADDR4[s1]} S6=${ADDR6[s1]}
# All flows take the link with the larger MTU; nevertheless the smaller MTU applies.
ctl r relay link set b1 l2 weight 0

# Counts packets in the FORWARD chain by their state in conntrack.
on r nft -f - <<-END
	table inet t {
		chain prerouting {
			type filter hook prerouting priority filter
			ct state untracked counter comment "untracked"
			ct state invalid counter comment "invalid"
		}
		chain forward {
			type filter hook forward priority filter
			iifname c1 oifname b1l1 ct state untracked counter comment "forwarded"
			tcp sport 6666 drop
		}
		chain output {
			type filter hook output priority filter
		}
	}
END
counted() {
	on r nft list table inet t | sed -n "s/.*counter packets \([0-9]*\) .*comment \"$1\".*/\1/p"
}

check "captures start" watch_balancers
check "the client's capture starts" capture client c1 eth0 "icmp or icmp6"
check "the server's capture starts" capture server s1 eth0
{
	echo "tcp $C4@3001 $VIP4@80 ttl=2"
	echo "tcp $C6@3001 $VIP6@80 ttl=2"
	echo "tcp $C4@3002 $VIP4@80 ttl=1"
	echo "tcp $C6@3002 $VIP6@80 ttl=1"
	echo "tcp $C4@3003 $VIP4@80 df=1 len=1360"
	echo "tcp $C4@3004 $VIP4@80 df=1 len=1361"
	echo "tcp $C6@3003 $VIP6@80 len=1340"
	echo "tcp $C6@3004 $VIP6@80 len=1341"
	# without DF a router fragments, and only to what its own link needs
	echo "udp $C4@3005 $VIP4@53 len=1472 id=5"
	# fragments that fit are never too big as a whole, even with DF
	echo "udp $C4@3006 $VIP4@53 len=2600 df=1 frag=0,1304 id=6"
	echo "tcp 127.0.0.5@3007 $VIP4@80"
	echo "tcp 224.0.0.5@3007 $VIP4@80"
	echo "tcp ff02::5@3007 $VIP6@80"
	echo "tcp $C4@6666 $VIP4@80"
	echo "tcp $C4@3008 $VIP4@80 options=830704$(printf '%02x%02x%02x%02x' 10 1 1 1)"
	echo "tcp $C6@3008 $VIP6@80 ext=43"
	echo "tcp $C4@3009 $VIP4@80 cut=36"
} >"$TMP/from-client"
{
	echo "tcp $S4@80 10.1.1.1@4000 df=1 len=1361"
	echo "tcp $S6@80 2001:db8:a:11::1@4000 ttl=1"
} >"$TMP/from-server"
send c1 <"$TMP/from-client"
send s1 <"$TMP/from-server"
watch_end
capture_stop client
capture_stop server

check_eq "IPv4: the last but one hop arrives with a TTL of 1" "b1 l1" "$(seen "ttl 1,.*$C4.3001 > $VIP4.80")"
check_eq "IPv6: the last but one hop arrives with a TTL of 1" "b1 l1" "$(seen "hlim 1,.*$C6.3001 > $VIP6.80")"
check_eq "a packet whose TTL expires at the relay does not arrive" "" "$(seen "\.3002 > ")"
check "IPv4: the relay sends the client 'time exceeded'" [ "$(capture_count client \
	"icmp[0] == 11 and icmp[1] == 0 and src $RELAY4 and icmp[28:2] == 3002")" -eq 1 ]
check "IPv6: the relay sends the client 'time exceeded'" [ "$(capture_count client \
	"icmp6 and ip6[40] == 3 and ip6[41] == 0 and src $RELAY6 and ip6[88:2] == 3002")" -eq 1 ]
check "the relay sends the server 'time exceeded'" \
	[ "$(capture_count server "icmp6 and ip6[40] == 3 and ip6[41] == 0")" -eq 1 ]
check_eq "packets with an expired TTL are counted as ttl" 3 "$(drops ttl)"

check_eq "IPv4: a packet of the smaller MTU arrives" "b1 l1" "$(seen "$C4.3003 > $VIP4.80")"
check_eq "IPv6: a packet of the smaller MTU arrives" "b1 l1" "$(seen "$C6.3003 > $VIP6.80")"
check_eq "packets above the smaller MTU do not arrive" "" "$(seen "\.3004 > ")"
check "IPv4: the client gets 'fragmentation needed' with the smaller MTU" [ "$(capture_count client \
	"icmp[0] == 3 and icmp[1] == 4 and icmp[6:2] == 1400 and icmp[28:2] == 3004")" -eq 1 ]
check "IPv6: the client gets 'packet too big' with the smaller MTU" [ "$(capture_count client \
	"icmp6 and ip6[40] == 2 and ip6[44:4] == 1400 and ip6[88:2] == 3004")" -eq 1 ]
check "the server gets the smaller MTU, too" \
	[ "$(capture_count server "icmp[0] == 3 and icmp[1] == 4 and icmp[6:2] == 1400")" -eq 1 ]
check_eq "packets above the MTU are counted as too-big" 3 "$(drops too-big)"
check_eq "IPv4: a packet without DF is fragmented and arrives" 1508 "$(grep "id 5,.*proto UDP" "$TMP/seen" |
	sed 's/.*(17), length \([0-9]*\)).*/\1/' | awk '{ n += $1 - 20 } END { print n + 28 }')"
check_eq "IPv4: a fragmented datagram is fragmented again, to the same size" "1324 1324 " \
	"$(grep "id 6,.*proto UDP" "$TMP/seen" | sed 's/.*(17), length \([0-9]*\)).*/\1/' | tr '\n' ' ')"

check_eq "martians are dropped" "" "$(seen "\.3007 > ")"
check "dropped martians are counted" [ "$(drops martian)" -ge 1 ]
check_eq "source routes are dropped and counted" "2 " "$(drops source-route) $(seen "\.3008 > ")"
check_eq "headers cut short are dropped and counted" 1 "$(drops short)"

check_eq "the FORWARD chain sees the packets, and can drop them" "" "$(seen "$C4.6666 > ")"
check "the FORWARD chain sees the packets as untracked" [ "$(counted forwarded)" -ge 4 ]
check_eq "conntrack finds no packet invalid" 0 "$(counted invalid)"

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Balancers and links are added, drained and deleted, and fail. Known flows stay at their balancer, flows of a
# lost balancer are reset, and new flows go where the hash says.
#
#   c1 --- r === b1, b2, b3       two links each; nothing runs on the balancers
#                                 the drawing with all addresses is in lib_topology.sh

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_relay.sh
. "${BASH_SOURCE[0]%/*}/lib_relay.sh"

ktap_plan 36
load_modules relay
topology servers=0 balancers=3
ctl r relay setting set hash-key 00112233445566778899aabbccddeeff
# dead-after 0: a balancer whose links fail is dead at once.
ctl r relay setting set dead-after 0
topology_config_relay "tcp $VIP4:80" "udp $VIP4:53" "sctp $VIP4:80" "tcp [$VIP6]:80" "udp [$VIP6]:53"
C4=${ADDR4[c1]} C6=${ADDR6[c1]}
ctl r relay balancer show b3 >"$TMP/b3"
ctl r relay link show b3 >"$TMP/b3-links"
ctl r relay balancer del b3

# packets TTL FLAGS PORT...: one packet of each flow; the hop limit identifies it in captures.
packets() {
	local ttl=$1 flags=$2 p
	shift 2
	for p in "$@"; do
		echo "tcp $C4@$p $VIP4@80 ttl=$ttl flags=$flags"
		echo "tcp $C6@$p $VIP6@80 ttl=$ttl flags=$flags"
		echo "udp $C4@$p $VIP4@53 ttl=$ttl"
		echo "udp $C6@$p $VIP6@53 ttl=$ttl"
	done
}

# went TTL PORTS [_]: where those packets went, "FLOW BALANCER", one a line; or "FLOW BALANCER_LINK"
went() {
	local where='\1'
	[ -z "${3:-}" ] || where='\1_\2'
	grep -E "(ttl|hlim) $(($1 - 1)),.*\.$2 > " "$TMP/seen" |
		sed -E "s/^(b[0-9]+) ([^ ]+) .*\(.*\) ([^ ]+) > ([^ ]+): .*/\3-\4 $where/" | sort
}

# stayed TTL TTL PORTS [WHERE]: did the packets with the second hop limit go where those with the first went, as
# far as those are the balancers named (or BALANCER_LINK)?
stayed() {
	local links=''
	[[ ${4:-} != *_* ]] || links=_
	went "$1" "$3" $links >"$TMP/first"
	went "$2" "$3" $links >"$TMP/second"
	join "$TMP/first" "$TMP/second" | awk -v re="${4:-.}" '$2 ~ re { n++; if ($2 != $3) { bad++; print } }
		END { print n + 0, "flows,", bad + 0, "of them moved"; exit !n || bad }'
}

total() {
	ctl r relay status show | awk -v name="$1" '$1 == name { print $2 }'
}

# Captures the resets that the client gets. (With whole packets, its buffer would be too small.)
watch_resets() {
	spawn on c1 tcpdump -i eth0 -nn -U -s 160 --immediate-mode -Z root -w "$TMP/resets.pcap" \
		"(src host $VIP4 and tcp[13] & 4 != 0) or (src host $VIP6 and ip6[6] == 6 and ip6[53] & 4 != 0)" \
		2>"$TMP/resets.log"
	wait_for 10 grep -q 'listening on' "$TMP/resets.log"
}

resets() {
	capture_count resets
}

all_reset() {
	[ "$(resets)" -eq "$(drops flow-lost)" ]
}

old='4[0-9]{3}' new='5[0-9]{3}' newer='6[0-9]{3}' last='7[0-9]{3}'
# shellcheck disable=SC2207
olds=($(seq 4001 4030)) news=($(seq 5001 5020)) newers=($(seq 6001 6020)) lasts=($(seq 7001 7020))

check "captures start" watch_balancers
check "the capture of resets starts" watch_resets
{
	packets 40 S "${olds[@]}"
	packets 41 A "${olds[@]}"
} | send c1
check_eq "the relay knows the flows" 120 "$(total flows)"

# b3 is added, and takes over half of the slots.
sed '/^ /d; s/^/relay balancer add /; s/weight 1$/weight 2/' "$TMP/b3" >"$TMP/add"
sed '/^ /d; s/^/relay link add /' "$TMP/b3-links" >>"$TMP/add"
check "a balancer is added" ctl r -batch "$TMP/add"
{
	packets 42 A "${olds[@]}"
	packets 43 S "${news[@]}"
	packets 44 A "${news[@]}"
	# an old flow seems to end, and another one begins with its addresses
	packets 45 FA "${olds[@]:0:10}"
	packets 46 S "${olds[@]:0:10}"
} | send c1

# b1 is drained.
check "a balancer is drained" ctl r relay balancer set b1 weight 0
{
	# with the clients' addresses as sources, from another host
	packets 60 R "${olds[@]:10:10}"
	packets 61 S "${olds[@]:10:10}"
	packets 47 A "${olds[@]:10}" "${news[@]}"
	packets 48 S "${newers[@]}"
	packets 49 A "${newers[@]}"
} | send c1

# A link of b3 is drained for a while.
check "a link is drained" ctl r relay link set b3 l1 weight 0
{
	packets 50 A "${newers[@]}"
	packets 51 S "${lasts[@]}"
} | send c1
ctl r relay link set b3 l1 weight 1

# b3 is cut off, and comes back.
on r ip link set b3l1 down
packets 52 A "${newers[@]}" | grep tcp | send c1
on r ip link set b3l2 down
lost=$(total flows-lost)
{
	packets 53 A "${newers[@]}"
	packets 54 A "${newers[@]}"
	packets 55 S "${newers[@]:0:10}"
} | grep tcp | send c1
lost=$(($(total flows-lost) - lost))
drops=$(drops flow-lost)
ctl r relay setting set dead-reset no
packets 56 A "${newers[@]:10}" | grep tcp | send c1
silent=$(drops no-link)
# UDP flows continue at other balancers
packets 57 A "${newers[@]}" | grep udp | send c1
on r ip link set b3l1 up
on r ip link set b3l2 up
b3_up() {
	[ "$(ctl r relay link show b3 | grep -c "state up")" -eq 2 ]
}
check "a balancer is cut off and comes back" wait_for 5 b3_up
packets 58 A "${newers[@]}" | send c1

# b2 is deleted. As with a balancer that is cut off, its flows wait for dead-after.
ctl r relay setting set dead-reset yes dead-after 3000
check "a balancer is deleted" ctl r relay balancer del b2
packets 58 A "${olds[@]:10}" "${news[@]}" | grep tcp | send c1
kept() {
	[ "$(drops flow-lost)" -eq "$drops" ]
}
# a deleted balancer may be added again at once
check "flows of a deleted balancer get no reset before dead-after" expect_stays 4 kept
packets 59 A "${olds[@]:10}" "${news[@]}" | send c1
check "each lost flow's client got a reset for each packet" wait_for 5 all_reset
note "$(resets) resets, $(drops flow-lost) packets"
watch_end

check_eq "every packet was sent to a balancer" "120 120 120 80 80" \
	"$(for ttl in 40 41 42 43 44; do went $ttl '[45][0-9]*' | wc -l; done | xargs)"
check "the first packets went to more than one balancer" [ "$(went 40 "$old" | cut -d' ' -f2 | sort -u | wc -l)" -eq 2 ]
check "flows stay where they begin" stayed 40 41 "$old"
check "an added balancer takes no flow from others" stayed 41 42 "$old"
check "an added balancer gets new flows" grep -q b3 <(went 43 "$new")
check "new flows stay at the added balancer" stayed 43 44 "$new"
check "a SYN after a FIN goes to the balancer that has the flow" stayed 42 46 '40(0[1-9]|10)'
check "a SYN after a RST goes to the balancer that has the flow, drained or not" stayed 42 61 '40(1[1-9]|20)'
check "a drained balancer keeps its flows" stayed 42 47 "$old" b1
check "the other balancers keep their flows when one is drained" stayed 44 47 "$new" "b[23]"
check_not "a drained balancer gets no new flows" grep -q b1 <(went 48 "$newer")
check "new flows stay at their balancers" stayed 48 49 "$newer"
check "a drained link keeps its flows" stayed 49 50 "$newer" b3_l1
check_not "a drained link gets no new flows" grep -q b3_l1 <(went 51 "$last" _)
check "while a link is down, its flows use the balancer's other link" stayed 50 52 "$newer" b3
check_not "a balancer that is cut off receives no packet" \
	grep -q b3 <(went 53 '[0-9]*'; went 54 '[0-9]*'; went 57 '[0-9]*')
check "flows of other balancers are not affected" stayed 52 53 "$newer" b2
b3_tcp=$(went 52 "$newer" | grep -c b3)
check_eq "flows of the balancer that was cut off count as lost, each once" "$b3_tcp" "$lost"
check_eq "every packet of lost flows is answered with a reset" "$((2 * b3_tcp))" "$drops"
check_eq "lost flows that start again are at another balancer" \
	"20 b2" "$(went 55 "$newer" | cut -d' ' -f2 | sort | uniq -c | xargs)"
check_eq "with dead-reset no, packets of lost flows are dropped without resets" \
	"$(went 52 '60(1[1-9]|20)' | grep -c b3)" "$silent"
check_eq "UDP flows of a lost balancer continue at another balancer" \
	"40 b2" "$(went 57 "$newer" | cut -d' ' -f2 | sort | uniq -c | xargs)"
check "flows that did not start again are at their balancer again" stayed 52 58 '60(1[1-9]|20)' b3
check_eq "TCP flows of a deleted balancer are reset" "$(went 47 '[45][0-9]*' | grep -c '80 b2')" \
	"$(($(drops flow-lost) - 2 * b3_tcp))"
check "no flow of another balancer moved" stayed 47 59 "($old|$new)" "b[13]"
check_not "no packet goes to the deleted balancer" grep -q b2 <(went 59 '[0-9]*')

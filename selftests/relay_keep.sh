#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Balancers are added, drained, deleted, and lose their links: flows of all others stay where they are, and those
# of a drained one, too; new flows go where the hash says.
#
#   c1 --- r === b1, b2, b3       two links each; nothing runs on the balancers
#                                 the drawing with all addresses is in lib_topology.sh

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_relay.sh
. "${BASH_SOURCE[0]%/*}/lib_relay.sh"

ktap_plan 23
load_modules relay
topology servers=0 balancers=3
ctl r relay setting set flow-limit 262144
topology_config_relay "tcp $VIP4:80" "udp $VIP4:53" "sctp $VIP4:80" "tcp [$VIP6]:80" "udp [$VIP6]:53"
C4=${ADDR4[c1]} C6=${ADDR6[c1]}
ctl r relay balancer show b3 >"$TMP/b3"
ctl r relay link show b3 >"$TMP/b3-links"
ctl r relay balancer del b3

# packets TTL FLAGS PORT...: one packet of each flow; the hop limit tells later which packet it was.
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

# went TTL PORTS: where those packets went, "FLOW BALANCER", one a line
went() {
	grep -E "(ttl|hlim) $(($1 - 1)),.*\.$2 > " "$TMP/seen" |
		sed -E 's/^(b[0-9]+) .*\(.*\) ([^ ]+) > ([^ ]+): .*/\2-\3 \1/' | sort
}

# stayed TTL TTL PORTS [BALANCERS]: did the packets with the second hop limit go where those with the first went,
# as far as those are the balancers named?
stayed() {
	went "$1" "$3" >"$TMP/first"
	went "$2" "$3" >"$TMP/second"
	join "$TMP/first" "$TMP/second" | awk -v re="${4:-.}" '$2 ~ re { n++; if ($2 != $3) { bad++; print } }
		END { print n + 0, "flows,", bad + 0, "of them moved"; exit !n || bad }'
}

old='4[0-9]{3}' new='5[0-9]{3}' newer='6[0-9]{3}' last='7[0-9]{3}'
# shellcheck disable=SC2207
olds=($(seq 4001 4040)) news=($(seq 5001 5030)) newers=($(seq 6001 6030)) lasts=($(seq 7001 7030))

check "captures start" watch_balancers
{
	packets 40 S "${olds[@]}"
	packets 41 A "${olds[@]}"
} | send c1

# b3 is added.
sed 's/^/relay balancer add /; s/ links .*//' "$TMP/b3" >"$TMP/add"
sed 's/^/relay link add /; s/ state .*//' "$TMP/b3-links" >>"$TMP/add"
check "a balancer is added" ctl r -batch "$TMP/add"
{
	packets 42 A "${olds[@]}"
	packets 43 S "${news[@]}"
	packets 44 A "${news[@]}"
	# an old flow ends, and another one begins with its addresses
	packets 45 FA 4001 4002 4003 4004 4005 4006 4007 4008 4009 4010
	packets 46 S 4001 4002 4003 4004 4005 4006 4007 4008 4009 4010
} | send c1
check "flows are remembered" [ "$(ctl r relay status show | awk '$1 == "flows" { print $2 }')" -gt 40 ]

# b1 is drained.
check "a balancer is drained" ctl r relay balancer set b1 weight 0
{
	packets 47 A "${olds[@]:10}" "${news[@]}"
	packets 48 S "${newers[@]}"
	packets 49 A "${newers[@]}"
} | send c1

# b2 is deleted.
check "a balancer is deleted" ctl r relay balancer del b2
packets 50 A "${olds[@]:10}" "${news[@]}" "${newers[@]}" | send c1

# b3 is cut off, and comes back.
on r ip link set b3l1 down
on r ip link set b3l2 down
{
	# (UDP flows that go on meanwhile go on elsewhere for good)
	packets 51 A "${newers[@]}" | grep tcp
	packets 52 S "${lasts[@]}"
} | send c1
on r ip link set b3l1 up
on r ip link set b3l2 up
b3_up() {
	[ "$(ctl r relay link show b3 | grep -c "state up")" -eq 2 ]
}
check "a balancer is cut off and comes back" wait_for 5 b3_up
packets 53 A "${newers[@]}" "${lasts[@]}" | send c1

# Too many flows: new ones go where old ones would.
ctl r relay setting set flow-limit 1
ctl r relay balancer set b1 weight 1
{
	packets 54 S 8001 8002 8003 8004 8005 8006 8007 8008
	packets 55 A 8001 8002 8003 8004 8005 8006 8007 8008
} | send c1
watch_end

check_eq "every packet went somewhere" "160 160 160 120 120" \
	"$(for ttl in 40 41 42 43 44; do went $ttl '[45][0-9]*' | wc -l; done | xargs)"
check "to more than one balancer at first" [ "$(went 40 "$old" | cut -d' ' -f2 | sort -u | wc -l)" -eq 2 ]
check "flows stay where they begin" stayed 40 41 "$old"
check "a balancer added takes no flow from others" stayed 41 42 "$old"
check "but new ones" grep -q b3 <(went 43 "$new")
check "which stay there" stayed 43 44 "$new"
check "so do new ones of others" stayed 43 44 "$new" "b[12]"
check "a new flow with the addresses of one that ended is a new one" grep -q "80 b3" <(went 46 "$old")
check "a drained balancer keeps its flows" stayed 42 47 "$old" b1
check "others keep theirs" stayed 44 47 "$new" "b[23]"
check_not "it gets no new ones" grep -q b1 <(went 48 "$newer")
check "new ones stay where they are" stayed 48 49 "$newer"
check "a deleted balancer's flows are elsewhere, others stay" stayed 47 50 "($old|$new)" "b[13]"
check_not "nothing goes to the deleted one" grep -q b2 <(went 50 '[0-9]*')
check "flows of a balancer that comes back are there again" stayed 49 53 "$newer" b3
check "flows that began meanwhile stay" stayed 52 53 "$last"
check "flows that cannot be remembered stay where they began, too" stayed 54 55 '8[0-9]*'

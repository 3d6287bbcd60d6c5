#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Probes of links, including shared links. Forged probes change nothing and are counted. Probes can be
# configured and switched off. A link that one end deletes or unloads is withdrawn at the other end. Different
# ranges are reported. A neighbour that fails affects only its own family. A device may belong to a VRF.
#
#   c1 --- r --- s1             the drawing with all addresses is in lib_topology.sh
#         | |
#         b1

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_live.sh
. "${BASH_SOURCE[0]%/*}/lib_live.sh"
# shellcheck source=selftests/lib_talk.sh
. "$SLB_SELFTESTS/lib_talk.sh"

# The ends of link l1.
R_END=100.64.1.17 B_END=100.64.1.18
LINK=l1
ktap_plan 80
load_modules slb relay
topology clients=1 servers=1 balancers=1
topology_config "any $VIP4" "any $VIP6"
check "a server runs" steady_servers s1

forge() {
	on "$1" "$SLB_SELFTESTS/tools/packets/probes" "${@:2}"
}

relay_links() {
	local l
	for l in l1 l2; do
		ctl r relay link set b1 "$l" "$@" || return 1
	done
}

balancer_links() {
	local l
	for l in l1 l2; do
		ctl b1 link set "$l" "$@" || return 1
	done
}

# What no forged probe may change.
snapshot() {
	{ ctl b1 -s -j link show && ctl r -s -j relay link show; } |
		json name state downs probe range_differs far4_first far6_first
}

probes_up() {
	[ "$(count_up)" -eq 4 ]
}

count_up() {
	{ ctl b1 -s -j link show && ctl r -s -j relay link show; } |
		json state probe | grep -cx "up up"
}

counted() {
	if [ "$1" = r ]; then
		ctl r relay drop show
	else
		ctl "$1" drop show
	fi | awk '$1 ~ /^probe(-source)?$/ { n += $2 } END { print n + 0 }'
}

counted_more() {
	[ "$(counted "$1")" -gt "$2" ]
}

# changes_nothing TEXT AT FROM ARG...: AT drops and counts a forged probe, and nothing changes.
changes_nothing() {
	local text=$1 at=$2 from=$3 before drops
	shift 3
	before=$(snapshot) drops=$(counted "$at")
	forge "$from" "$@"
	check "$text: counted" wait_for 5 counted_more "$at" "$drops"
	check_eq "$text: changes nothing" "$before" "$(snapshot)"
}

# As those before, but unlike any probe of ours: the host may have a use for it.
passes() {
	local text=$1 before
	shift
	before=$(snapshot)
	forge "$@"
	check_eq "$text: changes nothing" "$before" "$(snapshot)"
}

# A slow machine must not miss valid probes while it handles forged ones.
balancer_links misses 20
relay_links misses 20
check "the links are up, and so are the probes" wait_for 20 probes_up

changes_nothing "from the client network, in the balancer's name" r c1 forge "$B_END" "$R_END" 255 admin-down
changes_nothing "from the server network, in the balancer's name" r s1 forge "$B_END" "$R_END" 255 down
changes_nothing "from the client network to the balancer" b1 c1 forge "${ADDR4[c1]}" "$B_END" 255 admin-down
changes_nothing "over the link with another TTL" r b1 forge "$B_END" "$R_END" 254 down
changes_nothing "over the link from another source" r b1 forge 100.64.1.20 "$R_END" 255 down
changes_nothing "over the link with a wrong number" r b1 forge "$B_END" "$R_END" 255 wrong-number
changes_nothing "over the link with a wrong checksum" r b1 forge "$B_END" "$R_END" 255 wrong-sum
passes "over the link, cut" b1 forge "$B_END" "$R_END" 255 cut
passes "over the link, random bytes" b1 forge "$B_END" "$R_END" 255 random

forge r hear b1l1 "$TMP/probe"
ctl r relay link set b1 l1 interval 0
ctl r relay link set b1 l1 interval 100
wait_for 20 probes_up
changes_nothing "a true one of a session that has ended, said again" r b1 say "$B_END" "$R_END" 255 "$TMP/probe"

# ---- the same over IPv6: for a link that has no IPv4

R6_END=2001:db8:b:12::1 B6_END=2001:db8:b:12::2
only_ipv6() {
	ctl b1 link del l2
	ctl r relay link del b1 l2
	ctl b1 link add l2 dev l2 via "$R6_END" local 2001:db8:a:12::1-2001:db8:a:12::4 misses 20
	ctl r relay link add b1 l2 dev b1l2 via "$B6_END" return 2001:db8:a:12::1-2001:db8:a:12::4 misses 20
}

# all_change_nothing TEXT AT FROM SRC DST HOPS KIND... [-- SRC DST HOPS KIND...]: one of each kind
all_change_nothing() {
	local text=$1 at=$2 from=$3 before drops
	shift 3
	before=$(snapshot) drops=$(($(counted "$at") + $# - 3 - 4 * $(printf '%s\n' "$@" | grep -cxe --)))
	forge "$from" forge "$@"
	check "$text: counted, each once" wait_for 5 counted_is "$at" "$drops"
	check_eq "$text: changes nothing" "$before" "$(snapshot)"
}

counted_is() {
	[ "$(counted "$1")" -eq "$2" ]
}

only_ipv6
# A forged source cannot ask for a neighbour.
on c1 ping -n -q -c 1 -W 2 "$RELAY6" >/dev/null
on s1 ping -n -q -c 1 -W 2 "$RELAY6" >/dev/null
check "probes of a link without IPv4 are up" wait_for 20 probes_up
all_change_nothing "IPv6, from the client network, in the balancer's name" r c1 "$B6_END" "$R6_END" 255 \
	admin-down down up wrong-number
all_change_nothing "IPv6, from the server network, in the balancer's name" r s1 "$B6_END" "$R6_END" 255 \
	admin-down down up wrong-number
all_change_nothing "IPv6, from the client network to the balancer" b1 c1 "${ADDR6[c1]}" "$B6_END" 255 admin-down down
all_change_nothing "IPv6, from the client network in the relay's name" b1 c1 "$R6_END" "$B6_END" 255 admin-down down
all_change_nothing "IPv6, over the link with another hop limit" r b1 "$B6_END" "$R6_END" 254 admin-down down up
all_change_nothing "IPv6, over the link from another source" r b1 2001:db8:b:12::4 "$R6_END" 255 admin-down down up
all_change_nothing "IPv6, over the link with a wrong number or checksum" r b1 "$B6_END" "$R6_END" 255 wrong-number wrong-sum
before=$(snapshot)
forge b1 forge "$B6_END" "$R6_END" 255 cut random
check_eq "IPv6, over the link, cut or random bytes: changes nothing" "$before" "$(snapshot)"

# ---- shared links: the far end is asked and keeps no session; l1 is asked over IPv4, l2 over IPv6

balancer_links shared yes misses 10 hold 0
relay_links shared yes misses 10 hold 0
check "shared links: the probes are up" wait_for 20 probes_up
on c1 ping -n -q -c 1 -W 2 "$RELAY6" >/dev/null
all_change_nothing "shared, from the client network, in the balancer's name" r c1 \
	"$B_END" "$R_END" 255 ask answer answer-down -- "$B6_END" "$R6_END" 255 ask answer answer-down
all_change_nothing "shared, from the client network to the balancer" b1 c1 "${ADDR4[c1]}" "$B_END" 255 ask answer-down
all_change_nothing "shared, over the link from another network" b1 r \
	"${ADDR4[c1]}" "$B_END" 255 ask answer-down -- "${ADDR6[c1]}" "$B6_END" 255 ask answer-down
all_change_nothing "shared, over the link: another TTL, another source, not as it should be" r b1 \
	"$B_END" "$R_END" 254 ask answer-down -- 100.64.1.20 "$R_END" 255 ask answer-down -- \
	"$B_END" "$R_END" 255 ask-wrong-number ask-wrong-sum ask-reflector ask-undemanding answer answer-down -- \
	"$B6_END" "$R6_END" 255 ask-wrong-number ask-wrong-sum ask-reflector ask-undemanding answer answer-down
# The packets above are invalid. Valid requests are answered, and nobody has asked for the answers.
drops=$(counted r)
all_change_nothing "shared, asked in one's own name: the answers" b1 b1 \
	"$B_END" "$R_END" 255 ask ask -- "$B6_END" "$R6_END" 255 ask
check_eq "shared, asked in one's own name: the requests are not counted" "$drops" "$(counted r)"

LINK=l2
silence r b1l2
check "shared: silence in one direction is found on both ends" wait_for 10 states silent silent
speak r b1l2
check "shared: the link is back" wait_for 10 states up up

# b1_and_r "STATE PROBE / STATE PROBE": of l1, on both ends
b1_and_r() {
	[ "$(ctl b1 -s -j link show l1 | json state probe) / $(ctl r -s -j relay link show b1 l1 | json state probe)" = "$1" ]
}
ctl b1 link set l1 shared no
check "shared on one end only: that one finds silence, the other knows that it cannot" \
	wait_for 10 b1_and_r "up down / up up"
ctl b1 link set l1 interval 0
check "shared, probes off on one end: the other end learns that" wait_for 10 b1_and_r "up off / up down"
ctl b1 link set l1 interval 100 shared yes
check "shared, probes on again: the links are up" wait_for 20 probes_up
ctl r relay link del b1 l1
LINK=l1
b1_silent() {
	[ "$(state_of b1 l1)" = silent ]
}
check "shared: deleted on one end is silent on the other" wait_for 10 b1_silent
ctl r relay link add b1 l1 dev b1l1 via "$B_END" return 10.1.1.1-10.1.1.4 \
	via 2001:db8:b:11::2 return 2001:db8:a:11::1-2001:db8:a:11::4
balancer_links shared no misses 20 hold 1000
relay_links shared no misses 20 hold 1000
check "shared no more: probes are up" wait_for 20 probes_up

# ---- switched off, and set

ctl b1 link set l1 interval 0
check "switched off on the balancer: the link is in use on both ends" expect_stays 2 states up up
ctl r relay link set b1 l1 interval 0
check "switched off on both: the link is in use" expect_stays 1 states up up
silence b1 l1
check "switched off on both: silence is not found" expect_stays 2 states up up
speak b1 l1
ctl b1 link set l1 interval 50 misses 4 recover 2 hold 100
ctl r relay link set b1 l1 interval 50 misses 4 recover 2 hold 60000
check "switched on again with other settings: probes are up" wait_for 20 probes_up
silence b1 l1
check "switched on again with other settings: silence is found" wait_for 10 states unheard silent
speak b1 l1
check "the hold-down that was set is kept: the relay waits, the balancer does not" wait_for 15 states up held
ctl r relay link set b1 l1 hold 0
check "a hold-down of 0 ends a hold-down at once" wait_for 2 states up up

# ---- taken away on one end

ctl r relay link del b1 l1
b1_is() {
	[ "$(state_of b1 l1)" = "$1" ]
}
check "deleted on the relay: withdrawn on the balancer" wait_for 2 b1_is withdrawn
ctl r relay link add b1 l1 dev b1l1 via "$B_END" return 10.1.1.1-10.1.1.3 \
	via 2001:db8:b:11::2 return 2001:db8:a:11::1-2001:db8:a:11::4
check "added again: in use again" wait_for 15 states up up

differs() {
	[ "$(ctl b1 -j link show l1 | json range_differs)" = true ] &&
		[ "$(ctl r -j relay link show b1 l1 | json range_differs)" = true ]
}
differs_not() {
	! differs
}
check "another range on one end is told on both" wait_for 5 differs
check "slbctl check reports different ranges" grep -q "its range is .* here, but" <<<"$(ctl b1 check)"
ctl r relay link set b1 l1 return 10.1.1.1-10.1.1.4
check "the same range again: both ends agree" wait_for 5 differs_not

# ---- a neighbour of one family only

connects() {
	talk_connects c1 tcp "$1" "$STEADY_PORT" 5000
}
lost6() {
	connects "$VIP6"
	[ "$(ctl r -j relay link show b1 l1 | json state unreachable4 unreachable6)" = "$1" ]
}
on b1 nft -f - <<-END
	table ip6 deaf { chain in { type filter hook input priority 0; iifname l1 icmpv6 type nd-neighbor-solicit drop; }; }
END
ip -n "${NS[r]}" neigh flush dev b1l1
check "a neighbour that answers IPv4 only: the link is in use for that" wait_for 30 lost6 "up null true"
check "IPv6 goes over the other link" connects "$VIP6"
on b1 nft delete table ip6 deaf
check "the neighbour answers again" wait_for 20 lost6 "up null null"

# ---- devices of links that belong to a VRF; l1 is probed over IPv4, l2 over IPv6

# vrf HOST DEV...: also restarts the probes: a link that loses packets for a moment would keep its BFD session
vrf() {
	local dev
	ip -n "${NS[$1]}" link add red up type vrf table 10 || return 1
	balancer_links interval 0
	relay_links interval 0
	for dev in "${@:2}"; do
		ip -n "${NS[$1]}" link set "$dev" master red
	done
	balancer_links interval 100 misses 20 hold 0
	relay_links interval 100 misses 20 hold 0
}

own_answer() {
	on r ping -n -q -c 1 -W 5 10.1.1.1 >/dev/null && on r ping -n -q -c 1 -W 5 2001:db8:a:11::1 >/dev/null
}

if vrf b1 l1 l2; then
	check "a VRF on the balancer: probes are up" wait_for 20 probes_up
	check "a VRF on the balancer: clients connect" connects "$VIP4"
	ip -n "${NS[b1]}" addr add 10.1.1.1/32 dev l1
	ip -n "${NS[b1]}" addr add 2001:db8:a:11::1/128 dev l1 nodad
	ip -n "${NS[r]}" route add 10.1.1.1 via "$B_END" dev b1l1
	ip -n "${NS[r]}" route add 2001:db8:a:11::1 via 2001:db8:b:11::2 dev b1l1
	check "a VRF on the balancer: the host's own addresses in the ranges answer" own_answer
	vrf r b1l1 b1l2
	check "VRFs on both ends: probes are up" wait_for 20 probes_up
	balancer_links shared yes
	relay_links shared yes
	check "VRFs on both ends, shared links: probes are up" wait_for 20 probes_up
	balancer_links shared no
	relay_links shared no
	ip -n "${NS[b1]}" link del red
	ip -n "${NS[r]}" link del red
else
	for text in "a VRF on the balancer" "clients connect" "addresses answer" "one on the relay" "shared links"; do
		skip "$text" "there is no VRF"
	done
fi

# ---- taken away on the balancer: the relay learns it at once, not after a detection time of 20 seconds

balancer_links interval 500 misses 40
relay_links interval 500 misses 40
check "with a detection time of 20 seconds: probes are up" wait_for 20 probes_up
LINK=l2
relay_is() {
	[ "$(state_of r "b1/$1")" = "$2" ]
}
ctl b1 link del l1
check "deleted on the balancer: withdrawn on the relay" wait_for 2 relay_is l1 withdrawn
check_eq "deleted on the balancer: the other link stays" "up up" "$(state_of b1 l2) $(state_of r b1/l2)"
rmmod slb
LIB_LOADED=(relay)
check "the balancer's module is unloaded: withdrawn on the relay" wait_for 2 relay_is l2 withdrawn
check_eq "the balancer's module is unloaded: the relay has no balancer" 0 \
	"$(ctl r -j relay balancer show b1 | json links_up)"

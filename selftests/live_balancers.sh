#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A balancer is added, reweighted, drained and removed, and one dies, under 1,000 TCP connections and 200 UDP
# flows. Flows of the other balancers are not affected.
#
#   c1 --- r --- s1, s2         the drawing with all addresses is in lib_topology.sh
#         |||
#      b1, b2, b3               b3 is added later: all flows that are held are on b1 and b2

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_live.sh
. "${BASH_SOURCE[0]%/*}/lib_live.sh"
# shellcheck source=selftests/lib_talk.sh
. "$SLB_SELFTESTS/lib_talk.sh"

SLOW=3000 FAST=100 N=20
ktap_plan 14
load_modules slb relay
topology clients=1 servers=2 balancers=3
topology_config "any $VIP4" "any $VIP6"
ctl r relay setting set dead-after 500
ctl r relay balancer del b3
steady_servers s1 s2
check "1,000 TCP connections and 200 UDP flows are up" \
	steady_begin "$SLOW" "$FAST" "$N" "$VIP4" 500 100 "$VIP6" 500 100 || exit 1

# during TEXT COMMAND...: no flow is disturbed.
during() {
	local text=$1
	shift
	steady mark
	"$@" || note "$text: failed: $*"
	steady "settle 20000"
	steady_whole "$text"
	note "$text: longest pause ${STEADY[pause]} ms"
}

add_b3() {
	printf '%s\n' "relay balancer add b3" \
		"relay link add b3 l1 dev b3l1 via 100.64.3.18 return 10.3.1.1-10.3.1.4 \
			via 2001:db8:b:31::2 return 2001:db8:a:31::1-2001:db8:a:31::4" \
		"relay link add b3 l2 dev b3l2 via 100.64.3.34 return 10.3.2.1-10.3.2.4 \
			via 2001:db8:b:32::2 return 2001:db8:a:32::1-2001:db8:a:32::4" |
		tr -d '\t' | ctl r -b -
}

sessions() {
	ctl "$1" -j session show | json vip_port state | grep -cE "^7000 ${2:-}"
}

# connects N: opens N connections, one after the other.
connects() {
	local i
	for ((i = 0; i < $1; i++)); do
		talk_connects c1 tcp "$VIP4" "$STEADY_PORT" 5000 || return 1
	done
}

has_more() {
	connects 3
	[ "$(sessions "$1")" -gt "$2" ]
}

during "nothing happens" true
during "a balancer is added" add_b3
check "the new balancer gets new connections" wait_for 20 has_more b3 0
during "a weight is changed" ctl r relay balancer set b1 weight 5
during "a balancer is drained" ctl r relay balancer set b2 weight 0
drained=$(sessions b2 tcp-established)
check "the drained balancer gets no new connections" connects 12
check_eq "the drained balancer keeps its flows" "$drained" "$(sessions b2 tcp-established)"
during "a balancer is removed" ctl r relay balancer del b3
ctl r relay balancer set b2 weight 1
during "the drained one is used again" true

# ---- b2 dies: all of its links fall silent at once

# arrive VIP: opens 25 connections a second. Those begun a second after the death must be served within a second.
declare -A arrive_in=() arrive_pid=()
arrive() {
	local second=$((1000 * SLB_SLOWNESS)) in
	mkfifo "$TMP/arrive-$1"
	exec {in}<>"$TMP/arrive-$1"
	ip netns exec "${NS[c1]}" "$SLB_SELFTESTS/tools/traffic/steady" arrive "$STEADY_PORT" "$1" 40 "$second" "$second" \
		$((3000 * SLB_SLOWNESS)) <&"$in" >"$TMP/arrived-$1" 2>&1 &
	arrive_in[$1]=$in arrive_pid[$1]=$!
	LIB_SPAWNED+=("$!")
	wait_for 10 grep -q arriving "$TMP/arrived-$1"
}

# Both ends at once: a dead balancer neither sends nor receives.
die() {
	printf 'qdisc replace dev %s root netem loss 100%%\n' l1 l2 | on b2 tc -batch - &
	printf 'qdisc replace dev %s root netem loss 100%%\n' b2l1 b2l2 | on r tc -batch -
	wait "$!"
}

links_up() {
	[ "$(ctl r -j relay balancer show b2 | json links_up)" = "$1" ]
}

# Without the drain it would get as many new connections as the others.
ctl r relay balancer set b1 weight 1
tcp=$(sessions b2 tcp-established)
for vip in "$VIP4" "$VIP6"; do
	arrive "$vip" || note "no connections to $vip: $(cat "$TMP/arrived-$vip")"
done
steady mark
die
for vip in "$VIP4" "$VIP6"; do
	echo dead >&"${arrive_in[$vip]}"
done
check "a balancer dies: the relay finds it" wait_for 10 links_up 0
for vip in "$VIP4" "$VIP6"; do
	check "a balancer dies: after a second all new connections to $vip work, at the first SYN" \
		wait "${arrive_pid[$vip]}"
	note "$(tail -n 1 "$TMP/arrived-$vip")"
done
steady "settle 20000"
note "a balancer dies: ${STEADY[line]}"
check_eq "a balancer dies: its $tcp connections are reset, all other flows go on" "$tcp $tcp" \
	"${STEADY[lost]} ${STEADY[reset]}"

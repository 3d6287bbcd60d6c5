#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A relay and a balancer die at once, without a word: the flows of both go on at the other relay and at the heir. Both
# come back. A relay is drained. No address moves between hosts: routers learn routes, and balancers have both relays as
# next hops. Real connections over both families, with messages all the time.
#
#   c1 --- x --- s1, s2     the drawing is in lib_ecmp.sh; relays r and q announce what slb-routed says, by BIRD
#         / \
#        r   q              with slb-syncd, which tells the other one of flows
#        |\ /|
#      b1, b2, b3           with slb-syncd: lib_sync.sh; the heir of b1 is b2
#
# SLB_SYNC_TCP=10000 SLB_SYNC_UDP=1000: so many flows of each family. One in a thousand may be lost when both die.

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_steady.sh
. "$SLB_SELFTESTS/lib_steady.sh"
# shellcheck source=selftests/lib_ecmp.sh
. "$SLB_SELFTESTS/lib_ecmp.sh"
# The router is x.
SYNC_HUB=w
# shellcheck source=selftests/lib_sync.sh
. "$SLB_SELFTESTS/lib_sync.sh"

[ -x "$ECMP_ROUTED" ] || ktap_skip_all "slb-routed is not built"
# shellcheck disable=SC2034
LIB_BALANCERS=3 ECMP_SERVERS=2
BALANCERS=(b1 b2 b3)
# Long detection times: a slow machine must not miss probes.
PROBES='misses 10 hold 100'
# shellcheck disable=SC2034
ECMP_WORDS=([b1]="shared no $PROBES" [b2]="shared yes $PROBES" [b3]="shared no $PROBES")
declare -A BIRD=() ROUTED=()
sync_sizes 100 25
# Half of the flows send nothing until a relay and a balancer have been found dead.
[ $FLOWS -gt 400 ] || SLOW=5000 N=$((FLOWS / 2))

# Its first probe must say that it lacks its sessions.
balancer() {
	ctl "$1" setting set sync-wait $((20 + MORE)) && ecmp_balancer "$1" && sync_join "$1" "${1#b}"
}

relay() {
	ecmp_relay "$1" && sync_join "$1" "$((10 + ECMP_NUMBER[$1]))" || return 1
	# Emulated hosts with very many flows need more than half a minute from one datagram of a flow to the next.
	[ $FLOWS -le 400 ] || ctl "$1" relay setting set udp-new-timeout 300
}

relay_daemons() {
	local other=q
	[ "$1" = r ] || other=r
	sync_relay "$1" "$((10 + ECMP_NUMBER[$1]))" "$other" "$((10 + ECMP_NUMBER[$other]))"
	ecmp_routed "$1"
	ROUTED[$1]=$SPAWNED
	ecmp_learn "$1"
	BIRD[$1]=$SPAWNED
}

configure() {
	local h
	for h in "${BALANCERS[@]}"; do
		balancer "$h" || return 1
	done
	relay r && relay q
}

links_up() {
	local b
	for b in "${BALANCERS[@]}"; do
		[ "$(ctl "$b" -s link show | grep -c '^ *next-hop .* state up')" -eq 4 ] || return 1
	done
	for b in r q; do
		[ "$(ctl "$b" -s -j relay link show | json state probe | grep -cx 'up up')" -eq $((2 * LIB_BALANCERS)) ] ||
			return 1
	done
}

all_ready() {
	local b
	for b in "${BALANCERS[@]}"; do
		sync_ready "$b" || return 1
	done
}

relays_ready() {
	[[ $(sync_show r) == *"state in-sync"* && $(sync_show q) == *"state in-sync"* ]]
}

all_copied() {
	sync_copied b1 b2 && sync_copied b2 b3 && sync_copied b3 b1
}

# reached RELAYS: the router uses these, for VIPs and local ranges
reached() {
	local to
	for to in "$VIP4" "$VIP6" 10.2.2.2/31 2001:db8:a:22::2/127; do
		[ "$(ways "$to")" = "$1" ] || return 1
	done
}

flows() {
	note "flows at b1, b2, b3: by r $(flows_of r), by q $(flows_of q)"
	note "sessions of b1, b2, b3: $(for b in "${BALANCERS[@]}"; do sync_sessions "$b"; done | xargs)"
}

flows_of() {
	local b
	for b in "${BALANCERS[@]}"; do
		ctl "$1" relay flow show balancer "$b" | wc -l
	done | xargs
}

# All lines of both fall silent at once. Only the router notices one of them by its carrier, as it would by BFD.
kill_both() {
	local pid h
	for h in r b1; do
		# what is left of the daemons' connections goes soon, and the namespace with it
		on "$h" sysctl -qw net.ipv4.tcp_orphan_retries=1
	done
	printf 'link set %s down\n' b1-l1 b1-l2 b1 r-l1 r-l2 r | ip -n "${NS[w]}" -batch -
	ip -n "${NS[x]}" link set r down
	for pid in "${SYNC_PID[r]}" "${SYNC_PID[b1]}" "${ROUTED[r]}" "${BIRD[r]}"; do
		end_process "$pid" KILL
	done
	unset 'SYNC_PID[r]' 'SYNC_PID[b1]'
	for h in r b1; do
		ip netns del "${NS[$h]}"
	done
}

gone() {
	! ip -n "${NS[w]}" link show "$1-l1" && ! ip -n "${NS[w]}" link show "$1"
}

# revive HOST: with its lines and addresses
revive() {
	wait_for 20 gone "$1" || return 1
	ip netns add "${NS[$1]}" && topology_forward "$1" && ip -n "${NS[$1]}" link set lo up || return 1
	if [ "$1" = b1 ]; then
		ecmp_join b1 && balancer b1 && sync_adopt && sync_daemon b1
	else
		ecmp_wire "$1" && relay "$1" && relay_daemons "$1"
	fi
}

back() {
	! sync_away r b1 && ! sync_away q b1
}

ktap_plan 20
load_modules slb relay
ecmp_begin
ecmp_build
on w ip link add br0 up type bridge
check "balancers with two next hops a link, and relays, are configured" configure || exit 1
sync_adopt
for b in "${BALANCERS[@]}"; do
	sync_daemon "$b"
done
# A slow machine needs no pauses.
echo "announce-after 200" >"$TMP/routes.conf"
ecmp_learn x
relay_daemons r
relay_daemons q
check "each balancer probes both relays on both links, and is answered" wait_for 40 links_up
check "the daemons are in sync" wait_for 20 all_ready || note "$(tail -n 3 "$TMP"/syncd-*.log)"
check "those of the relays, too" wait_for 20 relays_ready
check "the router reaches VIPs and local ranges over both relays" wait_for 40 reached "q r"
steady_servers s1 s2 || note "no server for the flows"
check "flows of both families" sync_flows
check "the heir of each balancer has a copy of each session" wait_for $((10 + MORE)) all_copied
sync_whole "all are at work" 0
flows

kill_both
check "a relay and a balancer die at once: the router uses the other relay" wait_for 20 reached q
check "after dead-after the balancer is away" wait_for 20 sync_away q b1
sync_whole "a relay and a balancer are dead" $((FLOWS / 1000))
note "flows at b1, b2, b3: by q $(flows_of q)"

check "the relay and the balancer come back" eval 'revive r && revive b1'
check "the balancer gets its sessions before it is used" wait_for $((30 + MORE)) all_ready ||
	note "$(tail -n 3 "$TMP"/syncd-*.log)"
check "and then its flows, by both relays" wait_for $((20 + MORE)) back
check "the router uses both relays again" wait_for 40 reached "q r"
sync_whole "both are back" 0
flows

ctl r relay setting set announce no
check "a relay is drained: the router uses the other one" wait_for 20 reached q
sync_whole "a relay is drained" 0
ctl r relay setting set announce yes
check "it is used again" wait_for 40 reached "q r"
sync_whole "it is used again" 0

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Balancers die, and their flows go on at their heirs: the links of one fail and come back; one loses everything, as by a
# restart, and comes back; the namespace of one goes. Real connections over both families, with messages all the time.
#
#   c1 --- r --- s1, s2         the drawing with all addresses is in lib_topology.sh
#         |||
#      b1, b2, b3               with slb-syncd: lib_sync.sh; the heir of b1 is b2
#
# SLB_SYNC_TCP=10000 SLB_SYNC_UDP=1000: so many flows of each family. Each step may lose one flow in a thousand.

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_sync.sh
. "$SLB_SELFTESTS/lib_sync.sh"
# shellcheck source=selftests/lib_steady.sh
. "$SLB_SELFTESTS/lib_steady.sh"

KEY=00112233445566778899aabbccddeeff
sync_sizes 100 25

at() {
	ctl r relay flow show balancer "$1" | wc -l
}

all_ready() {
	local b
	for b in b1 b2 b3; do
		[ -z "${SYNC_PID[$b]:-}" ] || sync_ready "$b" || return 1
	done
}

# What a restart leaves of a balancer: nothing.
forget() {
	ctl "$1" vip flush
	ctl "$1" group flush
	ctl "$1" link flush
}

again() {
	local b=${1#b}
	topology_config_balancer "$b" web rr " s1 s2" '' "any $VIP4" "any $VIP6"
	sync_adopt
}

ktap_plan 19
load_modules slb relay
topology servers=2 balancers=3
ctl r relay setting set hash-key $KEY
# A datagram of a flow that the relay has forgotten begins a new one, which goes where the hash says. Emulated hosts with
# very many flows need more than half a minute from one datagram of a flow to the next.
[ $FLOWS -le 400 ] || ctl r relay setting set udp-new-timeout 300
topology_config "any $VIP4" "any $VIP6"
sync_network
sync_adopt
for b in b1 b2 b3; do
	ctl "$b" setting set sync-wait $((20 + MORE))
	sync_daemon "$b"
done
check "the daemons are in sync" wait_for 20 all_ready
steady_servers s1 s2 || note "no server for the flows"
check "flows of both families" sync_flows
note "flows at b1, b2, b3: $(at b1) $(at b2) $(at b3)"
check "the heir of b1 has a copy of each session" wait_for $((10 + MORE)) sync_copied b1 b2 || note "$(sync_differ b1 b2)"
check "that of b3, too" wait_for $((10 + MORE)) sync_copied b3 b1

sever b1 down
check "the links of b1 fail: after dead-after it is away" wait_for 10 sync_away r b1
sync_whole "they go on at b2" $((FLOWS / 1000))
note "sessions of b2: $(ctl b2 session show | wc -l), copies $(sync_status b2 standby)"
sever b1 up
check "b1 comes back, and gets its flows when it is in sync" wait_for $((20 + MORE)) eval '! sync_away r b1'
check "it is not behind" wait_for 5 sync_ready b1
sync_whole "they go on" $((FLOWS / 1000))

check "the heir has a copy of each session again" wait_for $((15 + MORE)) sync_copied b1 b2 || note "$(sync_differ b1 b2)"
sever b1 down
kill "${SYNC_PID[b1]}"
wait "${SYNC_PID[b1]}" 2>/dev/null
unset 'SYNC_PID[b1]'
forget b1 >/dev/null
check "b1 loses everything: it is away" wait_for 10 sync_away r b1
sync_whole "its flows go on at b2" $((FLOWS / 1000))
again b1
check_eq "b1 starts again, without a session" 0 "$(ctl b1 session show | wc -l)"
sync_daemon b1
sever b1 up
check "it gets its sessions back before it is used" wait_for $((30 + MORE)) sync_ready b1
check "and then its flows" wait_for $((20 + MORE)) eval '! sync_away r b1'
sync_whole "they go on at b1" $((FLOWS / 1000))
check "it has sessions" [ "$(ctl b1 session show | wc -l)" -gt 20 ]

kill "${SYNC_PID[b2]}"
wait "${SYNC_PID[b2]}" 2>/dev/null
unset 'SYNC_PID[b2]'
ip netns del "${NS[b2]}"
unset 'NS[b2]'
check "the namespace of b2 goes: it is away" wait_for 10 sync_away r b2
sync_whole "its flows go on at b3" $((FLOWS / 1000))

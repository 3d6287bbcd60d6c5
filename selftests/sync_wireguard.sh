#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Session sync over real WireGuard devices: it needs no "plain yes", and other devices are refused. SCTP associations go on
# at the heir, too. A host on the network below forges 100,000 messages: none is taken, over WireGuard or without it.
# The peer is away while many sessions begin: neither kernel nor daemon grows, and then both have the same sessions.
#
#   c1 --- r --- s1, s2      the drawing with all addresses is in lib_topology.sh
#          |\\
#         b1, b2             with slb-syncd: lib_sync.sh; b2 is the heir of b1
#           \ \
#            x --- h         the network that WireGuard runs over; h (10.77.0.66) is nobody's peer
#
# SLB_SYNC_FORGED=N: messages that are forged; SLB_SYNC_AWAY=N: sessions that begin while the peer is away

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_sync.sh
. "$SLB_SELFTESTS/lib_sync.sh"
# shellcheck source=selftests/lib_steady.sh
. "$SLB_SELFTESTS/lib_steady.sh"
# shellcheck source=selftests/lib_talk.sh
. "$SLB_SELFTESTS/lib_talk.sh"

KEY=00112233445566778899aabbccddeeff
NLSYNC=$SLB_SELFTESTS/tools/netlink/nlsync.py FORGE=$SLB_SELFTESTS/tools/netlink/nlforge.py
FORGED=${SLB_SYNC_FORGED:-100000} AWAY=${SLB_SYNC_AWAY:-20000}

sync_stop() {
	kill "${SYNC_PID[$1]}"
	wait "${SYNC_PID[$1]}" 2>/dev/null
	unset "SYNC_PID[$1]"
}

both_ready() {
	sync_ready b1 && sync_ready b2
}

# What became of records of others at a balancer, all counters
taken() {
	ctl "$1" -j status show | json sync_added sync_updated sync_ended sync_refused_range sync_refused_vip \
		sync_refused_server sync_refused_key sync_refused_limit sync_refused_invalid | head -n 1
}

# strangers B: connections of hosts that are no peers
strangers() {
	sync_show "$1" -j | json strangers | head -n 1
}

not_wireguard() {
	sync_show "$1" | grep -q WireGuard
}

away() {
	ctl r relay balancer show b1 | grep -q away
}

sessions_of() {
	ctl "$1" session show | sed -E 's/ return .*//; s/ via .*//' | awk '{ print $1, $3, $5, $7, $9 }' | sort
}

same_sessions() {
	[ -z "$(diff <(sessions_of b1) <(sessions_of b2))" ]
}

copied() {
	[ "$(sync_status b2 standby)" -ge "$(ctl b1 status show | awk '$1 == "sessions" { print $2 }')" ]
}

memory_of() { # B: resident KiB of its daemon
	awk '$1 == "VmRSS:" { print $2 }' "/proc/${SYNC_PID[$1]}/status"
}

outsider() {
	NS["h"]=h-$LIB_ID
	ip netns add "${NS[h]}"
	on x ip link add out up master br0 type veth peer name s0 netns "${NS[h]}"
	on h ip address add 10.77.0.66/24 dev s0
	on h ip link set s0 up
	# what WireGuard devices have, by the device below
	on h ip route add 10.78.0.1/32 via 10.77.0.1
}

if ! modprobe -q wireguard || ! command -v wg >/dev/null; then
	ktap_skip_all "there is no WireGuard"
fi
ktap_plan 23
load_modules slb relay
topology servers=2 balancers=2
ctl r relay setting set hash-key $KEY
topology_config "any $VIP4" "any $VIP6"
ctl r relay balancer set b2 weight 0
sync_network
sync_adopt
outsider
for b in b1 b2; do
	ctl "$b" setting set sync-wait 20 udp-new-timeout 3600
done

SYNC_PLAIN=''
sync_daemon b1
check "a device that is no WireGuard device is refused" wait_for 10 not_wireguard b1
sync_stop b1
check "WireGuard devices are made" sync_wireguard
for b in b1 b2; do
	sync_daemon "$b"
done
check "over them the daemons are in sync, without \"plain yes\"" wait_for 30 both_ready ||
	note "$(tail -n 3 "$TMP"/syncd-b?.log)"
check_eq "check finds no fault of sync" "" "$(SLB_SYNC_SOCKET=$TMP/syncd-b1.sock ctl b1 check 2>&1 | grep -i sync)"

# ---- SCTP, TCP and UDP

steady_servers s1 s2 || note "no server for the flows"
check "flows of TCP and UDP" steady_begin 200 200 40 "$VIP4" 15 5 "$VIP6" 15 5
associated=no
if modprobe -q sctp; then
	talk_serve s1 sctp "${ADDR4[s1]}" 7
	talk_serve s2 sctp "${ADDR4[s2]}" 7
	talk_begin sctp c1 sctp "$VIP4" 7
	check_eq "associations of SCTP" "opened 4 failed 0" "$(talk sctp open 4 | cut -d' ' -f1-4)"
	check_eq "they are answered" "answered 4 refused 0 of 4" "$(talk sctp say)"
	associated=yes
else
	skip "associations of SCTP" "the kernel has no SCTP"
	skip "they are answered" "the kernel has no SCTP"
fi
check "the heir has a copy of each session" wait_for 20 copied
check "and the same ones" wait_for 10 same_sessions
sever b1 down
check "b1 is away" wait_for 15 away
if [ $associated = yes ]; then
	check_eq "the associations go on at b2" "answered 4 refused 0 of 4" "$(talk sctp say)"
	check "with the sessions that b1 had" \
		[ "$(ctl b2 session show | grep -c 'state sctp-established')" -eq 4 ]
else
	skip "the associations go on at b2" "the kernel has no SCTP"
	skip "with the sessions that b1 had" "the kernel has no SCTP"
fi
steady "settle 20000"
steady_whole "b1 is away"
sever b1 up
check "b1 is back" wait_for 40 eval '! away'
steady "settle 20000"
steady_whole "b1 is back"
[ $associated = no ] || check_eq "the associations go on at b1" "answered 4 refused 0 of 4" "$(talk sctp say)"
[ $associated = yes ] || skip "the associations go on at b1" "the kernel has no SCTP"

# ---- forged messages

on b1 "$NLSYNC" dump "$TMP/all"
before=$(taken b1)
note "$(on h "$FORGE" udp 10.77.0.66 10.77.0.1 "$FORGED")"
note "$(on h "$FORGE" tcp 10.77.0.66 10.78.0.1 b2 "$FORGED" "$TMP/all")"
note "$(on h "$FORGE" tcp 10.77.0.66 10.77.0.1 b2 "$FORGED" "$TMP/all")"
check_eq "over WireGuard: $FORGED forged datagrams and messages of a host outside do not arrive" \
	"0 $before" "$(strangers b1) $(taken b1)"
check "the daemons are in sync all the time" both_ready

# ---- the peer is away while many sessions begin

sync_stop b2
log=$(sync_status b1 logged)
rss=$(memory_of b1)
kernel=$(ctl b1 setting show | awk '$1 == "sync-log" { print $2 }')
on c1 "$SLB_SELFTESTS/tools/packets/flows" -n "$AWAY" udp 10.64.0.0/12@1024-60000 "$VIP4@53"
note "while the peer was away: $(($(sync_status b1 logged) - log)) entries for a log of $kernel, daemon $rss, then $(memory_of b1) KiB"
check "the daemon of b1 does not grow while its peer is away" [ "$(memory_of b1)" -le $((rss + 256)) ]
sync_daemon b2
check "the peer is back: they are in sync" wait_for 60 both_ready
check "it gets all sessions" wait_for 30 copied
check "and has the same ones" wait_for 10 same_sessions
note "sessions of b1 $(ctl b1 status show | awk '$1 == "sessions" { print $2 }'), copies at b2 $(sync_status b2 standby); b2: $(taken b2)"
note "daemons: $(memory_of b1) and $(memory_of b2) KiB; overwritten: $(sync_status b1 lost)"

# ---- without WireGuard

for b in b1 b2; do
	sync_stop "$b"
done
SYNC_NET=10.77.0 SYNC_DEV=s0 SYNC_PLAIN='plain yes'
sync_daemon b1
wait_for 10 listening b1 3784
before=$(taken b1)
note "$(on h "$FORGE" tcp 10.77.0.66 10.77.0.1 b2 "$FORGED" "$TMP/all")"
check_eq "\"plain yes\": connections of a host that is no peer are closed and counted, nothing is taken" "yes $before" \
	"$([ "$(strangers b1)" -ge $((FORGED / 1000)) ] && echo yes) $(taken b1)"

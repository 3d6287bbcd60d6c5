#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A SYN flood from random sources, which the servers answer, during 1,000 TCP connections: first with a full
# session table, then with an empty pool of ports. No connection is lost, memory stays within the limit, and
# one second after the flood new connections are established at once.
#
#   c1 --- r --- s1 .. s3       the sources do not exist: no host answers the servers' SYN-ACKs
#         | |
#         b1

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_share.sh
. "${BASH_SOURCE[0]%/*}/lib_share.sh"
# shellcheck source=selftests/lib_live.sh
. "${BASH_SOURCE[0]%/*}/lib_live.sh"

# No probes: the machine has no time for them, and this does not test links.
LIB_LINK_WORDS="interval 0"
LIMIT=5000
ROUND=500
SAMPLES=${SLB_MUTATE_SAMPLES:-12}

flood_round() {
	on c1 "$FLOWS" -s "$SRANDOM" -n $ROUND tcp "$SOURCES4" "$VIP4@$STEADY_PORT"
}

# Sessions in memory, including those that wait to be freed. Shrinking the cache frees per-CPU objects.
slab() {
	echo 1 >/sys/kernel/slab/slb_session/shrink
	awk '$1 == "slb_session" { print $2 }' /proc/slabinfo
}

# Flows that found no room, or took that of a session that was half open for a second: on a slow machine a second
# passes until the flood comes back to it.
pressure() {
	echo $(($(drops b1 "$1") + $(status b1 sessions-yielded)))
}

# flood REASON: sets MOST, the most sessions that were in memory while it went on, and END, when it ended
flood() {
	local i now start=$SECONDS before
	before=$(pressure "$1") MOST=0
	spawn_loop flood_round
	check "$1: the flood has its effect" wait_for 30 felt "$1" $((before + 500))
	for ((i = 0; i < SAMPLES; i++)); do
		now=$(slab)
		[ "$now" -le "$MOST" ] || MOST=$now
		lib_pause 0.1
	done
	kill "$SPAWNED"
	wait "$SPAWNED" 2>/dev/null
	END=${EPOCHREALTIME/./}
	note "$1: $(drops b1 "$1") packets dropped, $(status b1 sessions-yielded) half-open sessions have made room," \
		"$(status b1 sessions-total) sessions in all, $((SECONDS - start)) s"
}

felt() {
	[ "$(pressure "$1")" -gt "$2" ]
}

# A SYN that is dropped is sent again after a second: one second after the flood none is.
normal() {
	local dropped said
	while [ "${EPOCHREALTIME/./}" -lt $((END + 1000000)) ]; do
		lib_pause 0.02
	done
	dropped=$(drops b1 "$1")
	said=$(talk "$1" open 50)
	note "$1: $said, $(((${EPOCHREALTIME/./} - END) / 1000)) ms after the flood"
	[[ $said == "opened 50 failed 0 "* ]] && [ "$(drops b1 "$1")" -eq "$dropped" ]
}

# flooded REASON TEXT
flooded() {
	# started before the flood, so that it costs no time afterwards
	talk_begin "$1" c1 tcp "$VIP4" "$STEADY_PORT"
	steady mark
	flood "$1"
	check "$2: a second after the flood 50 connections are made, no SYN of theirs is dropped" normal "$1"
	steady "settle 20000"
	steady_whole "$2"
	talk "$1" reset >/dev/null
}

ktap_plan 10
load_modules slb relay
topology clients=1 servers=3 balancers=1
topology_config "any $VIP4" "any $VIP6"
ip -n "${NS[r]}" route add blackhole "$CLIENTS4"
# Servers send SYN-ACKs once more, not five times, and then have room for others.
for s in s1 s2 s3; do
	on $s sysctl -qw net.ipv4.tcp_synack_retries=1 net.ipv4.tcp_max_syn_backlog=256
done
steady_servers s1 s2 s3
check "1,000 TCP connections are up" steady_begin 2000 100 20 "$VIP4" 500 0 "$VIP6" 500 0 || exit 1

# Where the sender makes some dozens of SYNs a second, they must last until the table is full.
[ "$SLB_SLOWNESS" -le 4 ] || ctl b1 setting set tcp-syn-timeout 300
ctl b1 setting set session-limit $LIMIT
flooded session-limit "the table is full"
note "$MOST sessions in memory at most, $LIMIT are allowed"
# those that have made room in the last round may still wait for a grace period
check "the table is full: memory is within the limit and a round of the flood" [ "$MOST" -le $((LIMIT + ROUND)) ]
check "there are no more sessions than the limit allows" [ "$(status b1 sessions)" -le $LIMIT ]

ctl b1 setting set session-limit 1000000 port-first 40000 port-last 40019
flooded no-port "the pool is empty"
steady end
check "the client found nothing wrong from beginning to end" wait "$STEADY_PID"

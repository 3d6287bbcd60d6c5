#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Events that look like a failure but are not: a full conntrack table, flushed neighbours, a link that loses
# everything for a moment. No link fails without need, and no connection is reset.
#
#   c1 --- r --- s1             the drawing with all addresses is in lib_topology.sh
#         | |
#         b1                    one balancer: no other can take over

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_live.sh
. "${BASH_SOURCE[0]%/*}/lib_live.sh"
# shellcheck source=selftests/lib_talk.sh
. "$SLB_SELFTESTS/lib_talk.sh"

ktap_plan 17
load_modules slb relay
topology clients=1 servers=1 balancers=1
topology_config "any $VIP4" "any $VIP6"
# The fast path holds neighbours, which then are not deleted.
ctl r relay setting set fast-path no
ctl b1 setting set fast-path no
check "a server runs" steady_servers s1
check "80 TCP connections and 20 UDP flows are up" \
	steady_begin 200 50 10 "$VIP4" 40 10 "$VIP6" 40 10 || exit 1
for LINK in l1 l2; do
	wait_for 10 states up up
done

# How often links went down, on both ends.
downs() {
	{ ctl b1 -s -j link show && ctl r -s -j relay link show; } | json downs | xargs
}

connects() {
	talk_connects c1 tcp "$VIP4" "$STEADY_PORT" 5000 &&
		talk_connects c1 tcp "$VIP6" "$STEADY_PORT" 5000
}

# ---- a full conntrack table

# The host's connections with itself are assured: conntrack drops none of them for a new one.
fill_conntrack() {
	on "$1" nft -f - <<-END || return 1
		table inet state { chain in { type filter hook input priority 0; ct state invalid drop; }; }
	END
	talk_idle "full-$1" "$1" 7999 && talk_idle "filler-$1" "$1" 7999 127.0.0.1 40
}

quiet() {
	[ "$(downs)" = "$before" ]
}

before=$(downs)
check "conntrack is filled on both ends" eval 'fill_conntrack r && fill_conntrack b1'
conntrack_max=$(sysctl -n net.netfilter.nf_conntrack_max)
defer sysctl -qw "net.netfilter.nf_conntrack_max=$conntrack_max"
sysctl -qw net.netfilter.nf_conntrack_max=30
check_not "conntrack is full: a tracked connection fails" \
	talk_connects r tcp 127.0.0.1 7999 1000
check "a full conntrack table fails no link" expect_stays 2 quiet
check "a full conntrack table fails no new connection" connects
sysctl -qw "net.netfilter.nf_conntrack_max=$conntrack_max"

# ---- neighbours that are flushed, while every packet passes every chain

flushes() {
	local i
	for ((i = 0; i < 3; i++)); do
		ip -n "${NS[r]}" neigh flush all
		ip -n "${NS[b1]}" neigh flush all
		steady "settle 20000"
	done
}

before=$(downs)
steady mark
flushes
steady_whole "neighbours are flushed"
check_eq "flushing the neighbours fails no link" "$before" "$(downs)" ||
	note "$({ ctl b1 -s -j link show && ctl r -s -j relay link show; } | json name last_down last_down_since lost_in lost_out rtt_us)"
# ---- a wire that loses everything for a moment: all links fail at once, and are back

# More than the default of 3 s, which a slow machine needs for some commands.
ctl r relay setting set dead-after 20000
lose() {
	local dev
	for dev in l1 l2; do
		on b1 tc qdisc replace dev "$dev" root netem loss 100%
		on r tc qdisc replace dev "b1$dev" root netem loss 100%
	done
}

regain() {
	local dev
	for dev in l1 l2; do
		on b1 tc qdisc del dev "$dev" root
		on r tc qdisc del dev "b1$dev" root
	done
}

# How many packets of clients the relay has sent to the balancer.
sent() {
	ctl r -s relay link show | awk '$1 == "client-in" { n += $3 } END { print n + 0 }'
}

sends() {
	[ "$(sent)" -gt "$1" ]
}

both_fail() {
	for LINK in l1 l2; do
		states "silent|unheard" "silent|unheard" || return 1
	done
}

steady mark
lose
check "all links lose all packets: they have failed" wait_for 10 both_fail
regain
steady "settle 20000"
steady_whole "all links lost everything for a moment"
for LINK in l1 l2; do
	wait_for 15 states up up
done

# One direction only: packets still pass in the other direction, and over failed links.
steady mark
for LINK in l1 l2; do
	on b1 tc qdisc replace dev "$LINK" root netem loss 100%
done
check "all links lose all packets to the relay: they have failed" wait_for 10 both_fail
check "packets of known flows go over a link that has failed" wait_for 1 sends "$(sent)"
for LINK in l1 l2; do
	on b1 tc qdisc del dev "$LINK" root
done
steady "settle 20000"
steady_whole "all links lost everything towards the relay for a moment"

steady end
check "the client saw no error from start to end" wait "$STEADY_PID"

# ---- probes alone are lost, for longer than dead-after: the relay has no better way for packets, and the balancer
# forwards them

ctl r relay setting set dead-after 100
for host in r b1; do
	on "$host" nft -f - <<-END
		table inet probes { chain in { type filter hook prerouting priority -300; udp dport 3784 drop; }; }
	END
done
check "probes are lost: all links have failed" wait_for 10 both_fail
check "the links remain failed" expect_stays 3 both_fail
check "new connections are accepted over failed links" connects

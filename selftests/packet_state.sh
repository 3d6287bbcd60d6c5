#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Metadata of packets: what a device or a rule has set is cleared or kept as in a router. A receive time stamp
# is not used as a departure time. conntrack accepts packets that it has not seen. A mark is kept.
#
#   c1 --- r --- s1             the drawing with all addresses is in lib_topology.sh
#         | |
#         b1                    on r and b1, qdiscs and rules of nft; a socket on c1 requests time stamps

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_share.sh
. "$SLB_SELFTESTS/lib_share.sh"

FLOWS_N=5 ROUNDS=4

# begin NAME PROTO FAMILY: opens flows
begin() {
	local vip=VIP$3
	talk_begin "$1" c1 "$2" "${!vip}" 7
	talk "$1" open "$FLOWS_N" >/dev/null
}

# answers NAME: prints the answers of all flows in all rounds; stops after a round in which one is missing
answers() {
	local i n all=0
	for ((i = 0; i < ROUNDS && all == i * FLOWS_N; i++)); do
		read -r _ n _ < <(talk "$1" say)
		all=$((all + n))
	done
	echo "$all"
}

# each TEXT NAME: flows of each kind are answered in every round
each() {
	local family proto
	for family in 4 6; do
		for proto in udp tcp; do
			begin "$2$family$proto" "$proto" "$family"
			check_eq "IPv$family $proto: $1" $((FLOWS_N * ROUNDS)) "$(answers "$2$family$proto")"
			talk "$2$family$proto" close >/dev/null
		done
	done
}

# While a socket of any host requests time stamps, every packet gets one on arrival.
stamps() {
	talk_listen c1 "$TMP/stamps" stamps
}

# qdiscs KIND: at every way out of balancer and relay
qdiscs() {
	local dev
	for dev in l1 l2; do
		on b1 tc qdisc replace dev "$dev" root "$1" || return 1
	done
	for dev in c1 s1 b1l1 b1l2; do
		on r tc qdisc replace dev "$dev" root "$1" || return 1
	done
}

# fq sends a packet when its time has come, and drops it when that lies beyond its horizon.
test_time() {
	local text="fq sends packets at once that are stamped on arrival"
	check "a socket requests time stamps" stamps
	if qdiscs fq 2>"$TMP/fq"; then
		each "$text" fq
		qdiscs pfifo
		return
	fi
	for _ in 1 2 3 4; do
		skip "$text" "this kernel has no fq"
	done
}

rules() { # HOST DEVICES
	on "$1" nft -f - <<-END
		table inet state {
			counter n_marked { }
			counter n_lost { }
			chain before {
				type filter hook prerouting priority raw;
				meta l4proto { tcp, udp } th dport 7 meta mark set 7
				meta l4proto { tcp, udp } th sport 7 meta mark set 7
			}
			chain f {
				type filter hook forward priority 0;
				oifname { $2 } ct state invalid drop
				oifname { $2 } meta l4proto { tcp, udp } th dport 7 meta mark 7 counter name n_marked
				oifname { $2 } meta l4proto { tcp, udp } th dport 7 meta mark != 7 counter name n_lost
			}
		}
	END
}

counter() { # HOST NAME
	on "$1" nft list counter inet state "$2" | sed -n 's/.*packets \([0-9]*\) .*/\1/p'
}

# The modules' packets are untracked, so FORWARD does not find them invalid.
test_rules() {
	local host
	rules b1 "l1, l2"
	rules r "b1l1, b1l2"
	each "all packets pass a firewall that drops what belongs to no connection" ct
	for host in b1 r; do
		check "a mark that a rule sets is present in FORWARD on $host" \
			[ "$(counter "$host" n_marked)" -ge $((4 * FLOWS_N)) ]
		check_eq "no packet lacks the mark on $host" 0 "$(counter "$host" n_lost)"
	done
}

ktap_plan 13
load_modules slb relay
topology clients=1 servers=1 balancers=1
for proto in udp tcp; do
	talk_serve s1 "$proto" :: 7
done
topology_config servers=s1 "any $VIP4" "any $VIP6"
test_time
test_rules

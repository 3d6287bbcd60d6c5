#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Randomly changed packets of live flows: none goes to the wrong host or is translated wrongly, and every
# packet is accounted for.
#
#   c1 --- r === b1, b2     c1, s1 and s2 are mute: both ends of all flows are tools/packets/mutate, which also sends
#         / \               from r over links, and into r by a tap
#       s1   s2
#
# What is changed: any field of a header, lengths, IPv4 options, IPv6 extension headers, ICMP errors that quote
# live flows, fragments in any order, frames of other hosts, single bits; skbs are linear or in pieces cut
# anywhere (the tap), with checksums done or left to a device, with segments; in half of the time they are cloned.
#
# Environment: SLB_MUTATE_PACKETS, packets in all (default 12000); SLB_MUTATE_SEED, SLB_MUTATE_FIRST: to replay
# packet N of a run whose seed was S: SLB_MUTATE_SEED=S SLB_MUTATE_FIRST=N SLB_MUTATE_PACKETS=1, and
# SLB_MUTATE_FRAGMENTS=6 where fragments were of that family

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_packet.sh
. "${BASH_SOURCE[0]%/*}/lib_packet.sh"

PACKETS=${SLB_MUTATE_PACKETS:-12000}
SEED=${SLB_MUTATE_SEED:-$SRANDOM}
FIRST=${SLB_MUTATE_FIRST:-1}
FAMILY=${SLB_MUTATE_FRAGMENTS:-4}
# Of one run of tools/packets/mutate; the families take turns to be sent in fragments.
ROUND=500000
MUTATE=$SLB_SELFTESTS/tools/packets/mutate

[ -x "$MUTATE" ] || ktap_skip_all "tools/packets/mutate is not built"

# All neighbours are permanent: no packet waits for one, and only packets of the test are under way.
meet() {
	local b l
	for b in 1 2; do
		for l in 1 2; do
			meet_one r "b${b}l$l" "b$b" "l$l" "$b" "$l" 2 && meet_one "b$b" "l$l" r "b${b}l$l" "$b" "$l" 1 ||
				return 1
		done
	done
}

# meet_one HOST DEV PEER PEER-DEV BALANCER LINK END
meet_one() {
	local mac
	mac=$(on "$3" cat "/sys/class/net/$4/address")
	ip -n "${NS[$1]}" -batch - <<-END
		neighbour replace 100.64.$5.$((16 * $6 + $7)) lladdr $mac dev $2 nud permanent
		neighbour replace 2001:db8:b:$5$6::$7 lladdr $mac dev $2 nud permanent
	END
}

# What the modules let go on is counted behind their hooks, and goes no further. count_rules HOST FRAGMENTS
count_rules() {
	on "$1" nft -f - <<-END
		table inet account {
			counter rest { }
			counter frag6 { }
			counter told { }
			chain before {
				type filter hook prerouting priority -301;
				$2 exthdr frag exists counter name frag6
			}
			chain after {
				type filter hook prerouting priority -150;
				counter name rest drop
			}
			chain quiet {
				type filter hook output priority 0;
				oifname "tap" drop
				oifname "b*" icmp type { 3, 11, 12 } counter name told
				oifname "b*" icmpv6 type { 1, 2, 3, 4 } counter name told
			}
		}
	END
}

rules() {
	count_rules r "ip6 daddr $VIP6" && count_rules b1 "" && count_rules b2 ""
}

# Reassembly forgets soon, and has room for all that is not completed until then. What has begun a flow by
# chance is forgotten soon, too.
settings() {
	local host
	for host in r b1 b2; do
		on "$host" sysctl -qw net.ipv4.ipfrag_time=2 net.ipv4.ipfrag_high_thresh=268435456 \
			net.netfilter.nf_conntrack_frag6_timeout=2 \
			net.netfilter.nf_conntrack_frag6_high_thresh=268435456 || return 1
	done
	ctl r relay setting set unmatched drop || return 1
	for host in b1 b2; do
		# hosts must not answer mutated packets that they take for others: the sums would differ
		ctl "$host" setting set on-end drop unmatched drop tcp-syn-timeout 5 tcp-close-timeout 5 tcp-fin-timeout 5 \
			tcp-time-wait-timeout 5 udp-new-timeout 5 udp-timeout 7200 sctp-init-timeout 5 \
			sctp-shutdown-timeout 5 || return 1
	done
}

account() {
	python3 -SB "$SLB_SELFTESTS/tools/packets/packet_account.py" "$SLBCTL" "${NS[r]}" "${NS[b1]}" "${NS[b2]}"
}

word() {
	sed -n "s/.*\<$1 \([0-9]*\).*/\1/p" "$TMP/mutate"
}

mutate() {
	on c1 "$MUTATE" --seed "$SEED" --first "$FIRST" --packets "$1" --fragments "$2" \
		--slowness "$SLB_SLOWNESS" "${NS[c1]}" "${NS[s1]}" "${NS[s2]}" "${NS[r]}" "${NS[b1]}" "${NS[b2]}" \
		>"$TMP/mutate" 2>&1 || { cat "$TMP/mutate" && return 1; }
}

closes() {
	python3 -SB "$SLB_SELFTESTS/tools/packets/packet_account.py" --close "$1" "$(word segments)" "$(word segments-r)" "$(word otherhost-r)" \
		"$(word otherhost-b)" "$(word links)" "$BEFORE" "$(account)" >"$TMP/account" 2>&1
}

# round PACKETS FAMILY
round() {
	local start=${EPOCHREALTIME/./}
	BEFORE=$(account)
	check "seed $SEED, packets $FIRST to $((FIRST + $1 - 1)), fragments of IPv$2: all that arrives is right" \
		mutate "$1" "$2" || return
	note "$(tail -n 1 "$TMP/mutate"), $(((${EPOCHREALTIME/./} - start) / 1000)) ms"
	check "packets in are packets out and dropped, by reason: the difference is 0" wait_for 5 closes "$2"
	sed 's/^/# /' "$TMP/account"
}

rounds=$(((PACKETS + ROUND - 1) / ROUND))
[ "$rounds" -ge 2 ] || [ "$PACKETS" -lt 1000 ] || rounds=2
ktap_plan $((2 * rounds + 1))
modprobe -q tun
load_modules slb relay
topology clients=1 servers=2 balancers=2 mtu=9000
topology_config port=8080 "tcp $VIP4:80" "udp $VIP4:80" "sctp $VIP4:80" \
	"tcp [$VIP6]:80" "udp [$VIP6]:80" "sctp [$VIP6]:80"
packet_mute c1 s1 s2
check "the hosts are ready" eval "meet && rules && settings"
for ((i = 0; i < rounds; i++)); do
	round $(((PACKETS + rounds - 1) / rounds)) "$FAMILY"
	FAMILY=$((10 - FAMILY))
	FIRST=$((FIRST + (PACKETS + rounds - 1) / rounds))
done

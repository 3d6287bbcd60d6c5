#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Spoofed packets: to local addresses without a session, from the wrong server, from the clients' side; ICMP
# errors about packets never sent; forged probes. All are dropped and counted, and change nothing.
#
#   c1 --- r === b1     s1 serves; links are probed as by default; c1, s1 and s2 are mute: what is on their wire is
#         / \           what tools/packets/packet_spoof.py sends
#       s1   s2
#
# Environment: SLB_MUTATE_SPOOFED, packets in all (default 3200)

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_packet.sh
. "${BASH_SOURCE[0]%/*}/lib_packet.sh"

# Probes are on, but no link fails when the machine stands still.
LIB_LINK_WORDS="misses 60"

probes_up() {
	[ "$(ctl b1 -s -j link show | json probe | sort -u)" = up ] &&
		[ "$(ctl r -s -j relay link show | json probe | sort -u)" = up ]
}

ktap_plan 10
load_modules slb relay
topology clients=1 servers=2 balancers=1
topology_config servers=s1 "any $VIP4" "any $VIP6"
# No session or flow ends by itself.
# Packets of no session get no reset here: live_resets tests that.
ctl b1 setting set on-end drop tcp-syn-timeout 7200 udp-new-timeout 7200 udp-timeout 7200 sctp-init-timeout 7200
ctl r relay setting set tcp-syn-timeout 7200 udp-new-timeout 7200 udp-timeout 7200 sctp-init-timeout 7200
packet_mute c1 s1 s2
check "the links are probed, and up" wait_for 30 probes_up
packet_run packet_spoof "${SLB_MUTATE_SPOOFED:-3200}" "$SLBCTL"

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Single segments of connections whose server learns the client's address: what PROXY headers and the option of toa make
# of sequence numbers, acknowledgments, windows, options, lengths and checksums; resets and ICMP errors.
#
#   c1 --- r === b1     s1 serves both VIPs; c1 and s1 are mute: what is on their wire is what
#          |            tools/packets/packet_address.py sends
#          s1

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_packet.sh
. "${BASH_SOURCE[0]%/*}/lib_packet.sh"

# counter WORD: of status
counter() {
	ctl b1 -j status show | json "client_address_$1"
}

ktap_plan 46
load_modules slb relay
topology clients=1 servers=1 balancers=1
packet_mute c1 s1
topology_config servers=s1 "udp $VIP4" "udp [$VIP6]"
ctl b1 group add told client-address toa
ctl b1 server add told "${ADDR4[s1]}"
ctl b1 server add told "${ADDR6[s1]}"
for vip in "$VIP4" "[$VIP6]"; do
	ctl b1 vip add tcp "$vip:80" group told
	ctl r relay vip add tcp "$vip:80"
done
packet_run packet_address toa
check_eq "options are counted" 8 "$(counter sent)"
check_eq "and those of clients" 4 "$(counter forged)"
check_eq "and segments without room" 4 "$(counter no_room)"
check "a VIP may differ from its group" ctl b1 vip set tcp "$VIP4:80" client-address proxy-v2
ctl b1 vip set tcp "[$VIP6]:80" client-address proxy-v2
packet_run packet_address proxy

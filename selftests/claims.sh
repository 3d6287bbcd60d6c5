#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Checks every claim on the wire, with captures on every link: IPv4 and IPv6; TCP, UDP, SCTP and ICMP echo.
#
#   c1, c2 --- r --- s1, s2, s3      the drawing with all addresses is in lib_topology.sh
#             || ||
#             b1 b2                  captured: all nine devices of r

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_claims.sh
. "${BASH_SOURCE[0]%/*}/lib_claims.sh"

# Enough flows that each of four links is chosen: in one run of 4,000 one is not.
FLOWS=40
ktap_plan $(($("$CLAIMS_TOOLS/packets/claims.py" plan) + 10))
load_modules slb relay
topology clients=2 servers=3
# Without probes: the captures end when nothing more comes.
# shellcheck disable=SC2034
LIB_LINK_WORDS="interval 0"
# Headers say it all, and thousands of packets have room.
# shellcheck disable=SC2034
LIB_SNAPLEN=256
topology_config "any $VIP4" "any $VIP6"
claims_serve
mkdir "$TMP/all"
for dev in b1l1 b1l2 b2l1 b2l2 c1 c2 s1 s2 s3; do
	capture "all/$dev" r "$dev" "tcp or udp or sctp or icmp or icmp6"
done

for proto in tcp udp sctp; do
	check "IPv4 $proto: $FLOWS flows are answered through the VIP" claims_ask "$proto" "$VIP4" $((FLOWS / 2))
	check "IPv6 $proto: $FLOWS flows are answered through the VIP" claims_ask "$proto" "$VIP6" $((FLOWS / 2))
done
check "IPv4 ICMP: the VIP answers echo requests" on c1 ping -n -q -c 4 -i 0.05 -W 2 "$VIP4"
check "IPv6 ICMP: the VIP answers echo requests" on c1 ping -n -q -c 4 -i 0.05 -W 2 "$VIP6"
for dev in b1l1 b1l2 b2l1 b2l2 c1 c2 s1 s2 s3; do
	capture_stop "all/$dev"
done

# What the tool prints are results of this script: count them.
while read -r verdict rest; do
	case $verdict in
	ok) ok "${rest#- }" ;;
	not) fail "${rest#ok - }" ;;
	*) note "$verdict $rest" ;;
	esac
done < <("$CLAIMS_TOOLS/packets/claims.py" "$TMP/all" "$FLOWS")

echoes() {
	for dev in b1l1 b1l2 b2l1 b2l2; do
		capture_show "all/$dev" "$1"
	done | wc -l
}
check_eq "echo requests and replies went over balancers' links, each request once" 16 \
	"$(echoes 'icmp or (icmp6 and (ip6[40] == 128 or ip6[40] == 129))')"
check_eq "no balancer dropped a packet" "" "$(ctl b1 drop)$(ctl b2 drop)$(ctl r relay drop)"

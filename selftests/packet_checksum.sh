#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Checksums after full NAT: right ones stay right and wrong ones stay wrong, in every checksum state of a
# packet (complete, left to the device, to be segmented, summed by the receiver).
#
#   c1 --- r === b1       s1 serves the VIPs' port 80 at its port 8080; both hosts are mute:
#          |              what is on the wire is what tools/packets/packet_checksum.py sends
#          s1

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_packet.sh
. "${BASH_SOURCE[0]%/*}/lib_packet.sh"

ktap_plan 88
load_modules slb relay
modprobe -q tun
# Room for packets that are larger than a page: their headers need not be in one piece.
topology clients=1 servers=1 balancers=1 mtu=9000
topology_config port=8080 "tcp $VIP4:80" "udp $VIP4:80" "sctp $VIP4:80" \
	"tcp [$VIP6]:80" "udp [$VIP6]:80" "sctp [$VIP6]:80"
packet_mute c1 s1

# Links become tunnels with checksums over whole packets: the receiver keeps these sums (CHECKSUM_COMPLETE).
links_summed() {
	local l
	modprobe -q ip_gre || return 1
	for ((l = 1; l <= 2; l++)); do
		tunnel_end r "$l" 1 2 "b1l$l" && tunnel_end b1 "$l" 2 1 "l$l" || return 1
		ctl b1 link set "l$l" dev "tl$l" via "100.65.1.$((16 * l + 1))" \
			local "10.1.$l.1-10.1.$l.4" via "2001:db8:e:1$l::1" \
			local "2001:db8:a:1$l::1-2001:db8:a:1$l::4" || return 1
		ctl r relay link set b1 "l$l" dev "tl$l" via "100.65.1.$((16 * l + 2))" \
			return "10.1.$l.1-10.1.$l.4" via "2001:db8:e:1$l::2" \
			return "2001:db8:a:1$l::1-2001:db8:a:1$l::4" || return 1
	done
}

# tunnel_end HOST LINK END OTHER-END DEV
tunnel_end() {
	local near=100.64.1.$((16 * $2 + $3)) far=100.64.1.$((16 * $2 + $4))
	ip -n "${NS[$1]}" -batch - <<-END || return 1
		link add tl$2 mtu 8900 type gretap local $near remote $far csum
		link set tl$2 up
		address add 100.65.1.$((16 * $2 + $3))/28 dev tl$2
		address add 2001:db8:e:1$2::$3/64 dev tl$2 nodad
	END
	# packets that are merged, or whose outer checksum is left to a device, arrive without that sum
	on "$1" ethtool -K "tl$2" gro off && on "$1" ethtool -K "$5" tx off >/dev/null
}

# Traces arriving packets with the state of their checksums. Not on lanes D and K: enabling an event changes code,
# which their emulator does not support (scripts/lanes.sh).
TRACE=/sys/kernel/tracing
trace_sums() {
	[[ ${SLB_LANE:-Q} != [DK] ]] && [ -w $TRACE/events/net/netif_rx_entry/enable ] || return 1
	echo 'name ~ "tl*"' >$TRACE/events/net/netif_rx_entry/filter
	echo 1 >$TRACE/events/net/netif_rx_entry/enable
	defer eval "echo 0 >$TRACE/events/net/netif_rx_entry/enable; echo >$TRACE/trace"
}

note "devices sum and segment: packets reach the server as they left the client"
packet_run packet_checksum plain

note "devices do neither, and are tapped"
on r ethtool -K s1 tx off >/dev/null
on r ethtool -K c1 tx off >/dev/null
packet_run packet_checksum finished

note "links are tunnels with checksums"
links_summed || fail "cannot make tunnels of the links"
trace_sums
traced=$?
packet_run packet_checksum complete
text="packets came in with the sum of all their bytes (CHECKSUM_COMPLETE)"
if [ "$traced" = 0 ]; then
	check "$text" grep -q 'ip_summed=2' $TRACE/trace
	check_not "no packet came in without the sum of all its bytes" grep -q 'protocol=0x0800 ip_summed=[013]' $TRACE/trace
else
	skip "$text" "no event tracing"
	skip "no packet came in without the sum of all its bytes" "no event tracing"
fi

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Real transfers in both directions at once arrive unchanged, whether devices segment, merge and checksum
# packets or not, over links with different MTUs.
#
#   c1 --- r === b1       ordinary hosts; the links' MTUs are 1500 and 1400
#          |
#          s1

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_packet.sh
. "${BASH_SOURCE[0]%/*}/lib_packet.sh"

# devices HOST FEATURE ON-OR-OFF...: sets offloads of all devices of a host.
devices() {
	local host=$1 dev devs=eth0
	shift
	[ "$host" != r ] || devs="c1 s1 b1l1 b1l2"
	[ "$host" != b1 ] || devs="l1 l2"
	for dev in $devs; do
		on "$host" ethtool -K "$dev" "$@" >/dev/null || return 1
	done
}

# Bytes and frames that the balancer's devices received; merged packets count as one frame.
received() {
	on b1 cat /sys/class/net/l{1,2}/statistics/rx_{bytes,packets} | paste -sd' ' -
}

# bytes_a_frame BEFORE AFTER: the mean size of the frames received in between.
bytes_a_frame() {
	local b=() a=()
	read -ra b <<<"$1"
	read -ra a <<<"$2"
	echo $(((a[0] + a[2] - b[0] - b[2]) / (a[1] + a[3] - b[1] - b[3] + 1)))
}

# transfers TEXT [udp]: over both families; MEAN is the mean frame at the balancer.
transfers() {
	local before
	before=$(received)
	packet_run packet_streams "$@"
	MEAN=$(bytes_a_frame "$before" "$(received)")
	note "the mean frame at the balancer has $MEAN bytes"
}

all_devices() {
	local host
	for host in c1 r b1 s1; do
		devices "$host" "$@" || return 1
	done
}

ktap_plan 28
load_modules slb relay
modprobe -q sctp
topology clients=1 servers=1 balancers=1 link_mtu=1500,1400
topology_config "tcp $VIP4:80" "tcp [$VIP6]:80" "sctp $VIP4:80" "sctp [$VIP6]:80" \
	"udp $VIP4:80" "udp [$VIP6]:80"

check "devices segment, merge and sum" all_devices tx on sg on tso on gso on gro on
transfers "segmented by the last device"
# Bare ACKs count, too, and on two processors there are many. But no frame of more than 1,514 bytes is unmerged.
check "large segments passed the balancer in one piece" [ "$MEAN" -gt 1600 ]

check "the relay's devices do not segment nor sum" devices r tx off sg off tso off gso off gro off
transfers "segmented by the relay"

check "no device does anything" all_devices tx off sg off tso off gso off gro off
transfers "segmented by the sender"
check "what passed the balancer was segmented" [ "$MEAN" -le 1514 ]

# The ends let the relay's devices segment trains of UDP datagrams: a device that segments TCP passes nothing on that
# could be merged. Not with merging(): without netlink, ethtool fails if there is nothing to change.
trains() {
	local end
	for end in c1 s1; do
		devices "$end" tx on gso on tso off tx-udp-segmentation off || return 1
	done
}

# merging FEATURE: the relay merges these, and cuts them in the end.
merging() {
	devices b1 tx on sg on gso on && devices r tx on sg on gso on gro on "$1" on &&
		on r ethtool -K c1 tx off >/dev/null && on r ethtool -K s1 tx off >/dev/null
}

check "the ends send trains of UDP datagrams" trains
for feature in rx-udp-gro-forwarding rx-gro-list; do
	check "the relay merges UDP ($feature)" merging "$feature"
	transfers "merged by $feature" udp
	check "merged datagrams passed the balancer in one piece" [ "$MEAN" -gt 3000 ]
	devices r "$feature" off
done

TAPPED=""
# A tap, as a virtual machine has it, sets no number of segments. Link l3 begins there, and leads to no host.
tap() {
	modprobe -q tun
	on b1 ip tuntap add l3 mode tap vnet_hdr && ip -n "${NS[b1]}" -batch - <<-END || return 1
		link set l3 up
		address add 100.64.1.49/28 dev l3
	END
	ctl b1 link add l3 dev l3 via 100.64.1.50 local 10.1.3.1-10.1.3.4 interval 0 &&
		TAPPED=$(on b1 python3 -SB "$SLB_SELFTESTS/tools/packets/packet_tap.py" l3 198.51.100.77 "$VIP4")
}

check "a tap gives a balancer large segments" tap
kinds="1 and 4 of TCP"
[ "$TAPPED" = 5 ] || kinds="3 of UDP, $kinds"
check_eq "large segments count as the packets that they are cut into: $kinds" "${TAPPED:-none}" \
	"$(ctl b1 -s -j link show l3 | sed 's/.*"client_in":{"packets":\([0-9]*\).*/\1/')"

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# One of two links goes down or disappears under 1,000 TCP connections and 200 UDP flows. No flow is lost, the
# pause is short, and both ends agree. The remaining link accepts new flows.
#
#   c1 --- r --- s1 .. s3       the drawing with all addresses is in lib_topology.sh
#         | |
#         b1                    one balancer, so that every flow is on the link that fails

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_live.sh
. "${BASH_SOURCE[0]%/*}/lib_live.sh"

ktap_plan 20

connects() {
	on c1 timeout 20 bash -c "exec 3<>/dev/tcp/$1/$STEADY_PORT"
}

# The two ends of a veth line go at once; here they come back, each with the addresses that it had.
recreate() {
	topology_link 1 1
}

# Prints the states that a link enters. A device over Ethernet does not know what happens to the other end.
entered() {
	[ -z "$LIB_ENV_UNDER" ] || set -- '[a-z -]*(admin-down|no-|silent|unheard|withdrawn)[a-z -]*'
	echo "$1"
}

# What the client and the servers see of every session: for comm(1).
held() {
	ctl b1 -j session show | json client client_port local local_port server | sort
}

links_begin
held >"$TMP/held"
ip_b="ip -n ${NS[b1]}" ip_r="ip -n ${NS[r]}"
LINK=l1
fails "down on the balancer's end" 500 "$ip_b link set l1 down" "$ip_b link set l1 up" \
	admin-down "$(entered no-carrier)"
LINK=l2
fails "down on the relay's end" 500 "$ip_r link set b1l2 down" "$ip_r link set b1l2 up" \
	"$(entered no-carrier)" admin-down
LINK=l1
fails "device deleted" 500 "$ip_b link del ${LIB_ENV_UNDER}l1" recreate \
	"$(entered "(admin-down )?no-device")" "$(entered "((admin-down|no-carrier) )*no-device( no-device)*")"

ended "one link left" "$ip_r link set b1l1 down" "$(entered no-carrier)" admin-down
check "one link left: IPv4 connects" connects "$VIP4"
check "one link left: IPv6 connects" connects "$VIP6"
back "one link left" "$ip_r link set b1l1 up"

check_eq "all 1200 sessions keep their client, server, local address and port" "1200 " \
	"$(wc -l <"$TMP/held") $(held | comm -23 "$TMP/held" -)"
links_end

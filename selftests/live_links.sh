#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# One of two links goes down or away under 1,000 TCP connections and 200 UDP flows: none is lost, the pause is
# short, both ends agree; one link left alone takes new ones.
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
	ip link add l1 netns "${NS[b1]}" type veth peer name b1l1 netns "${NS[r]}"
	topology_balancer_end l1 1 1 2 | ip -n "${NS[b1]}" -batch -
	topology_balancer_end b1l1 1 1 1 | ip -n "${NS[r]}" -batch -
}

# What the client and the servers see of every session: for comm(1).
held() {
	ctl b1 -j session show | json client client_port local local_port server | sort
}

links_begin
held >"$TMP/held"
ip_b="ip -n ${NS[b1]}" ip_r="ip -n ${NS[r]}"
LINK=l1
fails "down on the balancer's end" 500 "$ip_b link set l1 down" "$ip_b link set l1 up" admin-down no-carrier
LINK=l2
fails "down on the relay's end" 500 "$ip_r link set b1l2 down" "$ip_r link set b1l2 up" no-carrier admin-down
LINK=l1
fails "device deleted" 500 "$ip_b link del l1" recreate "(admin-down )?no-device" "((admin-down|no-carrier) )*no-device( no-device)*"

ended "one link left" "$ip_r link set b1l1 down" no-carrier admin-down
check "one link left: IPv4 connects" connects "$VIP4"
check "one link left: IPv6 connects" connects "$VIP6"
back "one link left" "$ip_r link set b1l1 up"

check_eq "all 1200 sessions have the client, server, local address and port of before" "1200 " \
	"$(wc -l <"$TMP/held") $(held | comm -23 "$TMP/held" -)"
links_end

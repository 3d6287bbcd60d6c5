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
# shellcheck source=selftests/lib_talk.sh
. "$SLB_SELFTESTS/lib_talk.sh"

ktap_plan 23

connects() {
	talk_connects c1 tcp "$1" "$STEADY_PORT" 20000
}

# Both ends of a veth line are deleted at once. This adds them again, each with its addresses.
recreate() {
	topology_link 1 1
}

# Prints the states that a link enters. A device over Ethernet does not know what happens to the other end.
entered() {
	[ -z "$LIB_ENV_UNDER" ] || set -- '[a-z -]*(admin-down|no-|silent|unheard|withdrawn)[a-z -]*'
	echo "$1"
}

# weights FROM TO: a file with other weights for both links on both hosts and for all six servers: ten of them
weights() {
	sed -E '/^(server|link|relay link) /{ s/ weight [0-9]+//; s/$/ weight 7/ }' "$1" >"$2"
}

# set_events HOST: events of changed objects on a host
set_events() {
	json event <"$TMP/monitor-$1" | grep -c '^changed$'
}

all_events() {
	[ "$(set_events b1) $(set_events r)" = "$1" ]
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

listen_from
steady mark
for host in b1 r; do
	ctl "$host" save >"$TMP/$host.old"
	weights "$TMP/$host.old" "$TMP/$host.new"
	check "ten weights change by apply: $host" ctl "$host" apply "$TMP/$host.new"
done
wait_for 10 all_events "8 2" || :
check_eq "ten weights change by apply: each makes one event, and nothing else does" "8 2 0" \
	"$(set_events b1) $(set_events r) $(json event <<<"$(cat "$TMP"/monitor-*)" | grep -cvx changed)"
for host in b1 r; do
	ctl "$host" apply "$TMP/$host.old"
done
links_end

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Failing allocations: each allocation of each operation of both families, and of the first packet of a flow,
# fails once. A failed operation returns an error and changes nothing. The client's next packet then succeeds.
#
#   slb     one host with slb: clients come in on the tap device d1, links lead to d1 and d2
#   relay   one host with relay: clients come in on the tap device c1, links lead to d1 ... d3
#   x === h1    traffic over veth; the drawing is in lib_life.sh
#
# /proc/PID/fail-nth makes a task's own allocations fail by number, but none in softirq. So
# packets are written to a tap device, which receives them in the task that writes. Then, for softirq, half of all
# allocations of sessions and flows fail while hosts send.

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_life.sh
. "${BASH_SOURCE[0]%/*}/lib_life.sh"
# shellcheck source=selftests/lib_netlink.sh
. "${BASH_SOURCE[0]%/*}/lib_netlink.sh"
# shellcheck source=selftests/lib_fail.sh
. "${BASH_SOURCE[0]%/*}/lib_fail.sh"

# device HOST NAME N TYPE...: a device with both addresses and a known neighbour.
device() {
	local host=$1 name=$2 address4=$3 address6=$4 next4=$5 next6=$6
	printf '%s\n' "link set $name up" "address add $address4/28 dev $name" "address add $address6/64 dev $name nodad" \
		"neighbour add $next4 lladdr 02:00:00:00:00:09 dev $name nud permanent" \
		"neighbour add $next6 lladdr 02:00:00:00:00:09 dev $name nud permanent" | ip -n "${NS[$host]}" -batch -
}

hosts_make() {
	local host
	for host in slb relay; do
		NS[$host]=$host-$LIB_ID
		ip netns add "${NS[$host]}" && topology_forward "$host" || return 1
	done
	on slb ip tuntap add d1 mode tap && on relay ip tuntap add c1 mode tap || return 1
	ip -n "${NS[slb]}" link add d2 type dummy || return 1
	printf 'link add %s type dummy\n' d1 d2 d3 | ip -n "${NS[relay]}" -batch - || return 1
	device slb d1 100.64.1.18 2001:db8:b:11::2 100.64.1.17 2001:db8:b:11::1 &&
		device slb d2 100.64.1.34 2001:db8:b:12::2 100.64.1.33 2001:db8:b:12::1 &&
		device relay d1 100.64.1.17 2001:db8:b:11::1 100.64.1.18 2001:db8:b:11::2 &&
		device relay d2 100.64.1.33 2001:db8:b:12::1 100.64.1.34 2001:db8:b:12::2 &&
		device relay d3 100.64.2.17 2001:db8:b:21::1 100.64.2.18 2001:db8:b:21::2 &&
		device relay c1 198.51.100.1 2001:db8:c::1 198.51.100.11 2001:db8:c::11
}

# No session or flow may end by itself meanwhile. IPv6 needs a return link, too.
configure() {
	local timeouts=(udp-new-timeout 3600 tcp-syn-timeout 3600 sctp-init-timeout 3600)
	ctl slb setting set "${timeouts[@]}" && ctl relay relay setting set "${timeouts[@]}" || return 1
	netlink_config | grep -v ^relay | ctl slb -b - && netlink_config | grep ^relay | ctl relay -b - &&
		ctl slb link set l2 via 2001:db8:b:12::1 local 2001:db8:a:12::1-2001:db8:a:12::4
}

# In softirq, half of all sessions and flows get no memory; the next packet of a client may succeed.
test_softirq() {
	fail_with probability 0
	fail_with task-filter N
	small_config 1 slb relay && fail_caches 1 slb_session relay_flow || return 1
	echo 50 >"$FAIL_DEBUG/failslab/probability"
	small_traffic 1
	echo 0 >"$FAIL_DEBUG/failslab/probability"
	SESSIONS=$(ctl h1 -o session show | wc -l)
	FLOWS=$(ctl h1 relay flow show | wc -l)
	small_works 1 slb && small_works 1 relay
}

# Some, but not all of 400.
some() {
	[ "$1" -gt 50 ] && [ "$1" -lt 350 ]
}

fail_skip
printf 'TAP version 13\n'
load_modules slb relay
if ! small_hub || ! small_host 1 || ! hosts_make || ! configure; then
	ktap_skip_all "cannot build the topology"
fi
defer fail_off
fail_on
fail_not_watchers 1
fail_walk slb netlink slb
fail_walk slb packets slb
fail_walk relay netlink slb_relay
fail_walk relay packets slb_relay
fail_not_watchers 0
check "flows go on when sessions found no memory in softirq" test_softirq
check "some sessions found memory in softirq, and some did not: $SESSIONS" some "$SESSIONS"
check "some flows of the relay found memory in softirq, and some did not: $FLOWS" some "$FLOWS"
fail_off
for host in slb relay h1; do
	netlink_unconfig | ctl "$host" -f -b -
done
check "all memory is given back" wait_for 10 no_objects
KTAP_PLAN=$((FAIL_PLANNED + 4))
echo "1..$KTAP_PLAN"

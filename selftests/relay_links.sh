#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Links and balancers fail, return, are drained, moved or deleted. Their flows move to others, all other flows
# stay, and packets without a destination are dropped with a reason.
#
#   c1 --- r === b1, b2       two links each; nothing runs on the balancers
#          |                  the drawing with all addresses is in lib_topology.sh
#         s1

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_relay.sh
. "${BASH_SOURCE[0]%/*}/lib_relay.sh"

ktap_plan 34
load_modules relay
topology servers=1
topology_config_relay "udp $VIP4:53" "udp [$VIP6]:53"
C4=${ADDR4[c1]} C6=${ADDR6[c1]} S4=${ADDR4[s1]}

# The ways of many flows, one a line, in the same order each time.
all_ways() {
	{
		printf "udp $C4:%d $VIP4:53\n" {2001..2060}
		printf "udp [$C6]:%d [$VIP6]:53\n" {2001..2060}
	} | ways
}

# link_is B L STATE
link_is() {
	ctl r relay link show "$1" "$2" | grep -q "state $3"
}

# moved FROM REGEX: do exactly those ways differ from FROM that match there, and does no way match now?
moved() {
	all_ways >"$TMP/now"
	paste -d, "$1" "$TMP/now" >"$TMP/both"
	awk -F, -v re="$2" '$1 ~ re && $2 ~ re { bad++ } $1 !~ re && $1 != $2 { bad++ }
		$1 ~ re { n++ } END { print n + 0, "ways to move,", bad + 0, "wrong"; exit !n || bad }' "$TMP/both"
}

# Recovered links carry flows at once, but are in hold-down. It does not end at the same time for all of them and
# their families.
as_before() {
	! ctl r -o relay link show | grep -oE "state[46]? [a-z-]+" | grep -qv " up$" && all_ways | cmp -s - "$TMP/before"
}

all_ways >"$TMP/before"
check_eq "flows are spread over all links of all balancers" 4 "$(sort -u "$TMP/before" | wc -l)"

# A link fails in each possible way.
on r ip link set b1l1 down
check "a link whose device is set down is admin-down" link_is b1 l1 admin-down
check "only flows of this link move, all to the balancer's other link" moved "$TMP/before" "^b1 l1"
check_not "no flow moves to another balancer" grep -q "^b1 l1,b2" "$TMP/both"
on r ip link set b1l1 up
check "the link that was set down is up again" wait_for 5 link_is b1 l1 up
check_eq "all flows are on their links again" "$(cat "$TMP/before")" "$(all_ways)"

on b2 ip link set l2 down
check "a link without carrier is no-carrier" wait_for 5 link_is b2 l2 no-carrier
check "only flows of the link without carrier move" moved "$TMP/before" "^b2 l2"
on b2 ip link set l2 up
check "the link without carrier is up again" wait_for 5 link_is b2 l2 up

on r ip link set b1l2 down
on r ip link set b1l2 name elsewhere
check "a link whose device was renamed is no-device" link_is b1 l2 no-device
check "the link can be set to the new name" ctl r relay link set b1 l2 dev elsewhere
on r ip link set elsewhere up
check "the link with the new device name is up again" wait_for 5 link_is b1 l2 up
check_eq "all flows are on their links again after the device was renamed" "$(cat "$TMP/before")" "$(all_ways)"

# Packets to the same return address use the other link.
check "captures start" watch_balancers
on r ip link set b1l1 down
send s1 "udp $S4@53 10.1.1.2@4000 ; udp $S4@53 10.2.1.2@4000"
on r ip link set elsewhere down
send s1 "udp $S4@53 10.1.1.3@4000 ; udp $S4@53 10.1.2.3@4000 ; udp $S4@53 10.2.2.3@4000"
printf "udp $C4@%d $VIP4@53\n" {3001..3020} | send c1
watch_end
check_eq "packets to a return address of a failed link take the balancer's other link" "b1 l2" \
	"$(seen "> 10.1.1.2.4000")"
check_eq "a balancer without any link receives nothing" "" "$(seen "> 10.1.[12].3.4000")"
check_eq "a packet to a balancer without any link is dropped as no-link" 2 "$(drops no-link)"
check_eq "other balancers receive their packets" "b2 l1 b2 l2 " "$(seen "> 10.2.[12].[23].4000" | tr '\n' ' ')"
check_eq "all new flows go to the remaining balancer" 20 "$(seen "> $VIP4.53" | grep -c b2)"
all_ways >"$TMP/dead"
check_not "the relay shows the remaining balancer for all new flows" grep -q b1 "$TMP/dead"
check "no flow of the remaining balancer has moved" moved "$TMP/before" "^b1"

for dev in b2l1 b2l2; do
	on r ip link set "$dev" down
done
send c1 "udp $C4@3001 $VIP4@53 ; udp $C6@3001 $VIP6@53"
check_eq "without any balancer, packets are dropped as no-balancer" 2 "$(drops no-balancer)"
check_not "without any balancer, the relay shows no way for a flow" \
	ctl r relay flow show udp client "$C4:2001" vip "$VIP4:53"
for dev in b2l1 b2l2 b1l1 elsewhere; do
	on r ip link set "$dev" up
done
check "all links come back, and all flows return to them" wait_for 5 as_before

# Weights.
ctl r relay link set b1 l1 weight 0
check "a drained link gets no flows" moved "$TMP/before" "^b1 l1"
ctl r relay link set b1 l1 weight 1
ctl r relay balancer set b2 weight 0
check "a drained balancer gets no flows" moved "$TMP/before" "^b2"
on r ip link set b1l1 down
on r ip link set elsewhere down
all_ways >"$TMP/now"
check_not "a drained balancer gets flows if there is no other" grep -q b1 "$TMP/now"
on r ip link set b1l1 up
on r ip link set elsewhere up
ctl r relay balancer set b2 weight 1
check "all flows return when the weights are restored" wait_for 5 as_before

# Deleting.
ctl r relay link del b2 l1
check "flows of a deleted link move to other links" moved "$TMP/before" "^b2 l1"
ctl r relay balancer del b2
check "flows of a deleted balancer move to other balancers" moved "$TMP/before" "^b2"
check_eq "the links of a deleted balancer are deleted, too" 2 "$(ctl r -o relay link show | wc -l)"
ip -n "${NS[r]}" link del b1l1
check "a link whose device was deleted is no-device" link_is b1 l1 no-device
check_eq "all flows go over the last link" "b1 l2" "$(all_ways | sort -u)"
ctl r relay balancer flush
check_eq "after a flush there is no balancer" "" "$(ctl r relay balancer show; ctl r relay link show)"

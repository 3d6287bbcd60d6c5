#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Each family of a link has its own state. If one family fails alone, loses its address or is switched off,
# both ends detect and show it, and flows use the other link. A family with tentative addresses carries
# nothing. Probes find the address that the far end expects. An unproven link gets no flow while another link
# is proven.
#
#   c1 --- r --- s1             the drawing with all addresses is in lib_topology.sh
#         | |
#         b1

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_live.sh
. "${BASH_SOURCE[0]%/*}/lib_live.sh"
# shellcheck source=selftests/lib_talk.sh
. "$SLB_SELFTESTS/lib_talk.sh"

ktap_plan 43
LINK=l1
load_modules slb relay
topology clients=1 servers=1 balancers=1
topology_config "any $VIP4" "any $VIP6"
check "a server runs" steady_servers s1
for LINK in l2 l1; do
	wait_for 10 states up up
done

# end_is HOST ATTRIBUTE REGEX: state4 or state6 of LINK as this end has it; null: that of the link
end_is() {
	local show=(link show "$LINK")
	[ "$1" != r ] || show=(relay link show b1 "$LINK")
	[[ $(ctl "$1" -j "${show[@]}" | json "$2") =~ ^($3)$ ]]
}

# Is LINK up on both ends, by one family at least?
link_up() {
	end_is b1 state up && end_is r state up
}

# family_is ATTRIBUTE REGEX: the same on both ends
family_is() {
	end_is b1 "$1" "$2" && end_is r "$1" "$2"
}

# For wait_for: has the monitor of a host printed this?
heard() {
	grep -q "\"$2\": *\"$3\"" "$TMP/monitor-$1"
}

connects() {
	local i
	for ((i = 0; i < 8; i++)); do
		talk_connects c1 tcp "$1" "$STEADY_PORT" 5000 || return 1
	done
}

# lose_family HOST DEV ip|ip6: the wire loses what the host sends in this family
lose_family() {
	on "$1" nft -f - <<-END
		table netdev lose { chain out { type filter hook egress device $2 priority 0; meta protocol $3 drop; }; }
	END
}

for family in 6 4; do
	proto=ip other=6 vip=$VIP4
	[ "$family" = 4 ] || proto=ip6 other=4 vip=$VIP6
	lose_family b1 l1 "$proto" && lose_family r b1l1 "$proto"
	check "IPv$family alone is lost: found on both ends" wait_for 3 family_is "state$family" "silent|unheard"
	check "IPv$family alone is lost: the link is up" link_up
	check "IPv$family alone is lost: IPv$other is in use" family_is "state$other" null
	check "IPv$family alone is lost: new connections go over the other link" connects "$vip"
	check "IPv$family alone is lost: slbctl check tells" grep -q "IPv$family of link l1" <<<"$(ctl b1 check)"
	check "IPv$family alone is lost: slbctl relay check tells" \
		grep -q "IPv$family of relay link b1 l1" <<<"$(ctl r relay check)"
	on b1 nft delete table netdev lose
	on r nft delete table netdev lose
	check "IPv$family alone is back" wait_for 15 family_is "state$family" null
done

# ---- the address of a family goes, or the family is switched off: known at once, not after the detection time

# both_ends WORD...: settings of both ends of l1
both_ends() {
	ctl b1 link set l1 "$@" && ctl r relay link set b1 l1 "$@"
}

check "the monitors listen" listen_all
both_ends misses 100
wait_for 10 states up up
listen_from
on b1 sysctl -qw net.ipv6.conf.l1.disable_ipv6=1
check "IPv6 is off on the balancer's end: known before probes are missed" wait_for 5 end_is b1 state6 no-address
check "IPv6 is off on the balancer's end: IPv4 and the link are up" eval "end_is b1 state4 null && link_up"
check "IPv6 is off on the balancer's end: an event says so" wait_for 5 heard b1 state6 no-address
check "IPv6 is off on the balancer's end: slbctl check tells" \
	grep -q "IPv6 of link l1: this host has no address" <<<"$(ctl b1 check)"
both_ends misses 3
check "IPv6 is off on the balancer's end: the relay finds out" wait_for 5 end_is r state6 silent
check "IPv6 is off on the balancer's end: new connections go over the other link" connects "$VIP6"
on b1 sysctl -qw net.ipv6.conf.l1.disable_ipv6=0
ip -n "${NS[b1]}" addr add 2001:db8:b:11::2/64 dev l1 nodad
check "IPv6 is on again" wait_for 15 family_is state6 null

both_ends misses 100
wait_for 10 states up up
listen_from
ip -n "${NS[r]}" -4 addr flush dev b1l1
check "the relay's end has no IPv4 address: known before probes are missed" wait_for 5 end_is r state4 no-address
check "the relay's end has no IPv4 address: IPv6 and the link are up" eval "end_is r state6 null && link_up"
check "the relay's end has no IPv4 address: an event says so" wait_for 5 heard r state4 no-address
check "the relay's end has no IPv4 address: slbctl relay check tells" \
	grep -q "IPv4 of relay link b1 l1: this host has no address" <<<"$(ctl r relay check)"
both_ends misses 3
check "the relay's end has no IPv4 address: new connections go over the other link" connects "$VIP4"
ip -n "${NS[r]}" addr add 100.64.1.17/28 dev b1l1
check "the relay's end has its IPv4 address again" wait_for 15 family_is state4 null

# ---- a device comes up with addresses that are tentative for 10 seconds

both_ends hold 0
on b1 sysctl -qw net.ipv6.conf.l1.accept_dad=1 net.ipv6.conf.l1.dad_transmits=10
check "20 UDP flows are up over each family" steady_begin 200 100 40 "$VIP4" 0 20 "$VIP6" 0 20
idle
ip -n "${NS[b1]}" link set l1 down
wait_for 5 states admin-down no-carrier
ip -n "${NS[b1]}" addr del 2001:db8:b:11::2/64 dev l1
ip -n "${NS[b1]}" addr add 2001:db8:b:11::2/64 dev l1
steady mark
ip -n "${NS[b1]}" link set l1 up
check "a tentative address: IPv6 waits" wait_for 5 end_is b1 state6 no-address
check "a tentative address: IPv4 is used at once" wait_for 3 link_up
check "a tentative address: the relay does not use IPv6 either" wait_for 5 end_is r state6 silent
check "a tentative address: IPv6 is used when it is no longer" wait_for 30 family_is state6 null
steady "settle 20000"
steady_whole "a tentative address"
check "a tentative address: longest pause ${STEADY[pause]} ms, idle $IDLE ms; at most 800 ms more" short_enough 800
steady end
on b1 sysctl -qw net.ipv6.conf.l1.accept_dad=0
both_ends hold 1000

# ---- an address that the far end does not expect is the one that the route says

proven() {
	[ "$({ ctl b1 -s -j link show && ctl r -s -j relay link show; } | json probe | grep -cx up)" -eq 4 ]
}

ctl b1 link set l1 interval 0
ctl r relay link set b1 l1 interval 0
ip -n "${NS[b1]}" addr add 100.64.1.20/28 dev l1
ip -n "${NS[r]}" addr add 100.64.1.21/28 dev b1l1
ip -n "${NS[b1]}" route replace 100.64.1.16/28 dev l1 src 100.64.1.20
ip -n "${NS[r]}" route replace 100.64.1.16/28 dev b1l1 src 100.64.1.21
ctl b1 link set l1 interval 100
ctl r relay link set b1 l1 interval 100
check "probes find the address that the far end expects" wait_for 15 proven

# ---- a next hop that no host has

ctl b1 link set l1 interval 100 hold 0
ctl b1 link set l2 hold 0
ctl r relay link set b1 l1 hold 0
ctl r relay link set b1 l2 hold 0
ctl r relay link add b1 l3 dev b1l1 via 100.64.1.30 return 10.1.3.1 via 2001:db8:b:11::30 return 2001:db8:a:13::1
check "a link to nobody: all connections over IPv4 work" connects "$VIP4"
check "a link to nobody: all connections over IPv6 work" connects "$VIP6"
check "flows are shown by their link" [ "$(ctl r relay flow show link l2 | wc -l)" -gt 0 ]
check_eq "a link to nobody has got no flow" 0 "$(ctl r relay flow show link l3 | wc -l)"
check "a balancer that does not exist is added" ctl r relay balancer add nobody
ctl r relay link add nobody l1 dev b1l2 via 100.64.1.45 return 10.9.1.1 via 2001:db8:b:12::45 return 2001:db8:a:91::1
check_eq "a balancer that does not exist has got no flow" "0" \
	"$(connects "$VIP4" && connects "$VIP6" && ctl r relay flow show balancer nobody | wc -l)"

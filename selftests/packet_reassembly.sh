#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# An incomplete datagram: neither balancer nor relay sends an ICMP error from its own address.
#
#   c1 --- r === b1       both have routes to everywhere and addresses to answer from
#          |
#          s1

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

# first_fragment SOURCE TARGET: a first fragment without the rest
first_fragment() {
	on c1 "$SLB_SELFTESTS/tools/packets/packets" "udp $1@4000 $2@80 len=1200 id=7 frag=0,600 sent=1"
}

# timeouts HOST: datagrams of both families whose reassembly timed out there
timeouts() {
	# shellcheck disable=SC2016
	on "$1" awk '$1 == "Ip:" && $2 ~ /^[0-9]/ { n += $15 } $1 == "Ip6ReasmTimeout" { n += $2 } END { print n + 0 }' \
		/proc/net/snmp /proc/net/snmp6
}

gave_up() {
	[ "$(timeouts "$1")" -gt "$2" ]
}

# The relay reassembles, too. So the balancer gets its fragment past the relay.
try() { # FAMILY SOURCE TARGET
	local before
	before=$(timeouts r)
	first_fragment "$2" "$3"
	check "IPv$1: the relay gives up a first fragment without the rest" wait_for 8 gave_up r "$before"
	# straight to the balancer, as a router would that does not reassemble
	before=$(timeouts b1)
	ctl r relay vip flush
	ip -n "${NS[r]}" route replace "$3" via "$([ "$1" = 4 ] && echo 100.64.1.18 || echo 2001:db8:b:11::2)"
	first_fragment "$2" "$3"
	check "IPv$1: the balancer gives up a first fragment without the rest" wait_for 8 gave_up b1 "$before"
	ip -n "${NS[r]}" route del "$3"
	topology_relay_lines "any $VIP4" "any $VIP6" | grep 'vip add' | ctl r -b -
}

ktap_plan 5
load_modules slb relay
topology clients=1 servers=1 balancers=1
topology_config "any $VIP4" "any $VIP6"
for host in r b1; do
	on "$host" sysctl -qw net.ipv4.ipfrag_time=1 net.netfilter.nf_conntrack_frag6_timeout=1
done
ip -n "${NS[b1]}" route add default via 100.64.1.17
ip -n "${NS[b1]}" route add default via 2001:db8:b:11::1
capture errors c1 eth0 "icmp[0] = 11 or (icmp6 and ip6[40] = 3)"
try 4 "${ADDR4[c1]}" "$VIP4"
try 6 "${ADDR6[c1]}" "$VIP6"
capture_stop errors
check_eq "the client gets no error for an incomplete datagram" "" "$(capture_show errors)"

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# An operator's mistakes: slbctl check or slbctl relay check alone names each of them, within 10 seconds of traffic.
#
#   c1 --- r --- s1 s2    the drawing with all addresses is in lib_topology.sh
#          ||
#          b1

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_talk.sh
. "$SLB_SELFTESTS/lib_talk.sh"
# shellcheck source=selftests/lib_steady.sh
. "$SLB_SELFTESTS/lib_steady.sh"

checked() {
	case $1 in
	r) ctl r relay check ;;
	*) ctl "$1" check ;;
	esac
}

# reports HOST REGEX: does check report a problem like this, with exit status 1?
reports() {
	local said status=0
	said=$(checked "$1") || status=$?
	[ "$status" -eq 1 ] && grep -Eq "^problem: .*$2" <<<"$said"
}

# names WHAT HOST REGEX: one result
names() {
	local ok=0
	wait_for 10 reports "$2" "$3" || ok=1
	[ "$ok" -eq 0 ] || note "check of $2 says: $(checked "$2")"
	check "$1: check of $2 names it" [ "$ok" -eq 0 ]
}

# notes WHAT HOST REGEX: the same for a note
notes() {
	local said
	said=$(checked "$2")
	check "$1: check of $2 notes it" grep -Eq "^note: .*$3" <<<"$said"
}

# well HOST REGEX: all is well, and check says what it has looked at
well() {
	local said
	said=$(checked "$1") && grep -Eqx "ok: $2" <<<"$said" && ! grep -q ^problem <<<"$said"
}

connects() {
	talk_connects c1 tcp "$1" "${2:-80}" 10000
}

# tries ADDRESS [PORT] [TIMES]: a client that gives up after two SYNs
tries() {
	local i pids=()
	for ((i = 0; i < ${3:-1}; i++)); do
		talk_connects c1 tcp "$1" "${2:-80}" 1800 >/dev/null 2>&1 &
		pids+=("$!")
	done
	wait "${pids[@]}"
}

# relay_link LINK RANGE [LAST]: a link of the relay, with the range of the balancer's link RANGE
relay_link() {
	local l=$1 of=$2 last=${3:-4}
	# shellcheck disable=SC2086
	ctl r relay link add b1 "l$l" dev "b1l$l" via "100.64.1.$((16 * l + 2))" return "10.1.$of.1-10.1.$of.$last" \
		via "2001:db8:b:1$l::2" return "2001:db8:a:1$of::1-2001:db8:a:1$of::$last" $LIB_LINK_WORDS
}

relay_links() { # RANGE_OF_L1 RANGE_OF_L2 [LAST]
	ctl r relay link flush
	relay_link 1 "$1" "${3:-4}" && relay_link 2 "$2"
}

drops() { # HOST: its FORWARD chain drops all packets
	on "$1" nft -f - <<-END
		table inet docker {
			chain FORWARD {
				type filter hook forward priority filter; policy drop
			}
		}
	END
}

silent() { # HOST: it drops what comes in to port 80
	on "$1" nft -f - <<-END
		table inet down {
			chain input {
				type filter hook input priority filter
				tcp dport 80 drop
			}
		}
	END
}

no_route() { # HOST: no route back
	ip -n "${NS[$1]}" route flush default
	ip -n "${NS[$1]}" -6 route flush default
}

# both ends have the same VIPs
equal() {
	! ctl b1 link show | grep -q vips-differ
}

ktap_plan 48
load_modules slb relay
topology clients=1 servers=2 balancers=1
topology_config "tcp $VIP4:80" "tcp [$VIP6]:80"
http_server s1
http_server s2
check "all is well: check of b1 says so" wait_for 5 well b1 "links up 2 of 2, VIPs 2, servers usable 4 of 4"
check "all is well: check of r says so" wait_for 5 well r "links up 2 of 2, VIPs 2, balancers 1"

# ---- links
relay_links 2 1
names "ranges are swapped" b1 "link l1: its range is 10.1.1.1-10.1.1.4 here, but 10.1.2.1-10.1.2.4 at the relay, which is that of link l2 here"
names "ranges are swapped" r "relay link b1 l1: its range is 10.1.2.1-10.1.2.4 here, .*relay link b1 l2 here: are the ranges or the devices swapped"
relay_links 1 2 3
for host in b1 r; do
	names "a range is one IPv4 address short" "$host" "link.* l1: .*: replies to 10.1.1.4 are lost"
	names "a range is one IPv6 address short" "$host" "link.* l1: .*: replies to 2001:db8:a:11::4 are lost"
done
relay_links 1 2
ctl r relay link set b1 l1 dev c1
names "another device on the relay" r "relay link b1 l1: .*(does not answer on c1|right device)"
ctl r relay link set b1 l1 dev b1l1
tc -n "${NS[b1]}" qdisc add dev l2 root netem loss 30%
for via in "IPv4 100.64.1.30 100.64.1.17" "IPv6 2001:db8:b:11::9 2001:db8:b:11::1"; do
	read -r family wrong right <<<"$via"
	ctl b1 link set l1 via "$wrong"
	names "another next hop of $family" b1 "$family of link l1: the next hop \(via\) does not answer"
	notes "another next hop of $family" b1 "probes came in from an address that is the next hop .* on l1, udp from $right to "
	ctl b1 link set l1 via "$right"
done
wait_for 15 reports r "relay link b1 l2: lately [0-9]+\.[0-9] % of the probes that it received were lost"
names "a link loses packets" r "relay link b1 l2: lately [0-9]+\.[0-9] % of the probes that it received were lost"
tc -n "${NS[b1]}" qdisc del dev l2 root
ip -n "${NS[b1]}" link set l1 mtu 1400
names "the MTUs of both ends differ" b1 "link l1: device l1 has MTU 1400, but that of the far end has 1500"
names "the MTUs of both ends differ" r "relay link b1 l1: device b1l1 has MTU 1500, but that of the far end has 1400"
ip -n "${NS[b1]}" link set l1 mtu 1200
names "an MTU too small for IPv6" b1 "link l1: MTU 1200 of device l1 is below 1280: it carries no IPv6"
ip -n "${NS[b1]}" link set l1 mtu 1500
# IPv6 is gone with its addresses, and so is the route to the next hop
ip -n "${NS[b1]}" address add 2001:db8:b:11::2/64 dev l1 nodad
wait_for 10 well b1 ".*"

# ---- servers
on s1 nft flush ruleset
silent s1
tries "$VIP4" 80 2
names "a server is silent" b1 "server web 192.0.2.11: does not answer new connections \([0-9]+ so far, the last .* ago"
on s1 nft flush ruleset
ctl b1 server flush web
ctl b1 server add web 192.0.2.11:81
ctl b1 server add web "[2001:db8:5::11]:81"
for vip in "$VIP4" "$VIP6"; do
	tries "$vip"
done
names "the port of a server is closed: IPv4" b1 "server web 192.0.2.11:81: refuses connections"
names "the port of a server is closed: IPv6" b1 "server web \[2001:db8:5::11\]:81: refuses connections"
ctl b1 group add dns
for end in 192.0.2.12 "[2001:db8:5::12]"; do
	ctl b1 server add dns "$end:53"
done
for vip in "$VIP4:53" "[$VIP6]:53"; do
	ctl b1 vip add udp "$vip" group dns
	ctl r relay vip add udp "$vip"
done
on c1 "$SLB_SELFTESTS/tools/packets/packets" \
	"udp ${ADDR4[c1]}@1001 $VIP4@53 len=10 ; udp ${ADDR6[c1]}@1001 $VIP6@53 len=10"
names "the UDP port of a server is closed: IPv4" b1 "server dns 192.0.2.12:53: refuses connections"
names "the UDP port of a server is closed: IPv6" b1 "server dns \[2001:db8:5::12\]:53: refuses connections"
for vip in "$VIP4:53" "[$VIP6]:53"; do
	ctl b1 vip del udp "$vip" >/dev/null
	ctl r relay vip del udp "$vip" >/dev/null
done
ctl b1 server flush dns >/dev/null
ctl b1 group del dns
ctl b1 server set web 192.0.2.11:81 weight 0
names "no server of IPv4 has a weight" b1 "vip tcp 203.0.113.80:80: group web has no usable IPv4 server"
ctl b1 server set web 192.0.2.11:81 weight 1
ctl b1 health set web 192.0.2.11:81 down why "no answer"
names "all servers are down" b1 "group web has no usable IPv4 server, for example 192.0.2.11:81: health down: no answer \("
ctl b1 group set web when-none all
notes "all servers are down, and health is ignored" b1 \
	"group web: 0 of 1 IPv4 servers are healthy, and min-healthy is 1: health is ignored"
ctl b1 group set web when-none refuse
ctl b1 health set web 192.0.2.11:81 up
ctl b1 health set web 192.0.2.11:81 down link l2
notes "a server is out of reach over a link" b1 "server web 192.0.2.11:81: checks do not reach it over link l2"
ctl b1 server set web 192.0.2.11:81 state drain
names "no server of IPv4 takes new sessions" b1 "has no usable IPv4 server, for example 192.0.2.11:81: state drain"
ctl b1 server flush web
names "a group is empty" b1 "vip tcp \[2001:db8:f::80\]:80: group web has no usable IPv6 server"
for s in 1 2; do
	ctl b1 server add web "192.0.2.1$s"
	ctl b1 server add web "2001:db8:5::1$s"
	no_route "s$s"
done
tries "$VIP4" 80 4
names "servers have no route back" b1 "none of the 2 servers with new connections answers .*route the local addresses"
for s in 1 2; do
	topology_leaf "s$s" | grep '^route' | ip -n "${NS[s$s]}" -batch -
done
connects "$VIP4" && connects "$VIP4"
check "servers answer again: check of b1 says that all is well" wait_for 5 well b1 ".*servers usable 4 of 4"

# ---- answers stop after a time of good traffic, and come again
for vip in "$VIP4:$STEADY_PORT" "[$VIP6]:$STEADY_PORT"; do
	ctl b1 vip add tcp "$vip" group web
	ctl r relay vip add tcp "$vip"
done
steady_servers s1 s2
check "connections have answers" steady_begin 200 50 1 "$VIP4" 5 0 "$VIP6" 5 0
wait_for 5 equal
check "connections have answers: check of r says that all is well" wait_for 5 well r ".*VIPs 4, .*"
for host in s1 s2; do
	on $host nft "table inet mute { chain c { type filter hook output priority 0; tcp sport $STEADY_PORT drop; }; }"
done
names "answers of open connections stop" r \
	"relay vip tcp 203.0.113.80:$STEADY_PORT and 1 more: packets came, but no answer did"
for host in s1 s2; do
	on $host nft delete table inet mute
done
check "answers come again: check of r says that all is well" wait_for 15 well r ".*"
steady end
for vip in "$VIP4:$STEADY_PORT" "[$VIP6]:$STEADY_PORT"; do
	ctl b1 vip del tcp "$vip" >/dev/null
	ctl r relay vip del tcp "$vip" >/dev/null
done

# ---- virtual addresses
ctl b1 vip add tcp 203.0.113.82:80 group web
names "a VIP on the balancer only" b1 "the relay has other VIPs than this balancer"
names "a VIP on the balancer only" r "balancer b1 has other VIPs than this relay"
ctl b1 vip del tcp 203.0.113.82:80
ctl r relay vip add tcp 203.0.113.81:80
ctl r relay vip add tcp "[2001:db8:f::81]:80"
for vip in "203.0.113.81 203.0.113.81" "2001:db8:f::81 \[2001:db8:f::81\]"; do
	read -r addr text <<<"$vip"
	tries "$addr"
	names "a VIP on the relay only" b1 "link l[12]: packets come in for tcp $text:80, which is no VIP here, the last .* ago"
done
names "a VIP on the relay only" r "relay vip tcp 203.0.113.81:80 and 1 more: packets came, but no answer did, and balancers have other VIPs"
ctl r relay vip del tcp 203.0.113.81:80
ctl r relay vip del tcp "[2001:db8:f::81]:80"
wait_for 10 equal
ip -n "${NS[r]}" route add 203.0.113.99/32 via 100.64.1.18
tries 203.0.113.99
check_not "both ends have the same VIPs, and the relay routes other packets by the balancer: no problem" \
	reports b1 "no VIP here"
tries "$VIP4" 81
notes "no VIP has the port" r "packets came to a virtual address, but to a port that no VIP has: .*tcp from 198.51.100.11 to 203.0.113.80:81"

# ---- limits
ctl b1 setting set session-limit 1
for ((i = 0; i < 3; i++)); do
	connects "$VIP4"
done
names "the session limit is reached" b1 "refused at the limit|sessions, and the limit is 1"
ctl b1 setting set session-limit 1000000
ctl b1 setting set port-first 60000 port-last 60000
for ((i = 0; i < 12; i++)); do
	connects "$VIP4"
done
names "local ports come to an end" b1 "link l[12]: [0-9]+ of 4 local ports are left for one of the servers"
ctl b1 setting set port-first 1024 port-last 65535

# ---- the hosts
for host in b1 r; do
	drops "$host"
	tries "$VIP4"
	names "FORWARD of $host drops packets" "$host" "FORWARD or POSTROUTING dropped packets of flows: .*the last .* ago"
	on "$host" nft flush ruleset
done
nsenter --net="/run/netns/${NS[r]}" sysctl -qw net.ipv4.ip_forward=0
names "forwarding is off" r "net.ipv4.ip_forward is not 1"
nsenter --net="/run/netns/${NS[r]}" sysctl -qw net.ipv4.ip_forward=1
ctl r relay link flush
relay_link 1 1
ctl r relay link add b1 l2 dev b1l2 via 100.64.1.34 return 10.1.2.1-10.1.2.4
ctl r relay link del b1 l1
names "no link has IPv6" r "relay vip tcp \[2001:db8:f::80\]:80: no link has IPv6"
ctl r relay balancer flush
names "no balancer" r "there are 2 VIPs but no balancer"

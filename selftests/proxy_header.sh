#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# PROXY headers: the server gets each one once, before the client's data, and the data arrive unchanged in both
# directions: with and without offloads, over links of any MTU, with loss, reordering, small windows, without SACK and
# time stamps, when the server speaks first, when a link fails, when the client gives up early; and datagrams.
#
#   c1 --- r === b1             ordinary hosts
#          |
#          s1                   told serve: checks the header and all data
#
# Environment: SLB_PROXY_SIZE, bytes in each direction of a large connection (default 1000000)

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

TOLD=$SLB_SELFTESTS/tools/traffic/told
SIZE=${SLB_PROXY_SIZE:-1000000}
SERVER=''

# serve WORD...: a new server with these words; FILE served takes its lines
serve() {
	[ -z "$SERVER" ] || end_process "$SERVER"
	spawn on s1 "$TOLD" serve 8000 "$@" >>"$TMP/served"
	SERVER=$SPAWNED
	wait_for 10 listening s1 8000
}

# Has the server a line for each connection, with the client's end and the VIP?
served_all() {
	sed "s/^\(ok [^ ]* [^ ]*\).*/\1 $1 8000/" "$TMP/called" | sort >"$TMP/wanted"
	cut -d' ' -f 1-5 "$TMP/served" | sort >"$TMP/got"
	cmp -s "$TMP/wanted" "$TMP/got"
}

# calls_over VIP WORD...: connections to it, and what the server says of them
calls_over() {
	local vip=$1 status=0
	: >"$TMP/served"
	on c1 "$TOLD" call "$vip" 8000 "${@:2}" >"$TMP/called" || status=1
	wait_for 10 served_all "$vip" || status=1
	[ $status -eq 0 ] || { cat "$TMP/called"; echo "the server:"; cat "$TMP/served"; }
	return $status
}

calls() {
	calls_over "$VIP4" "$@" && calls_over "$VIP6" "$@"
}

# large TEXT [WORD...]: one large connection over each family
large() {
	check "$1: $SIZE bytes each way arrive unchanged" calls up "$SIZE" down "$SIZE" "${@:2}"
}

# counter WORD: of status
counter() {
	ctl b1 -j status show | json "$1"
}

all_devices() {
	local host dev devs
	for host in c1 r b1 s1; do
		devs=eth0
		[ "$host" != r ] || devs="c1 s1 b1l1 b1l2"
		[ "$host" != b1 ] || devs="l1 l2"
		for dev in $devs; do
			on "$host" "${@//DEV/$dev}" >/dev/null || return 1
		done
	done
}

# Offloads of all devices.
offloads() {
	all_devices ethtool -K DEV tso "$1" gso "$1" gro "$1" tx "$1"
}

mtus() {
	all_devices ip link set DEV mtu "$1"
}

# sysctls NAME=VALUE...: of the two ends
sysctls() {
	on c1 sysctl -qw "$@" && on s1 sysctl -qw "$@"
}

# Losses and reordering between balancer and server, and between client and relay.
netem() {
	on r tc qdisc replace dev s1 root netem "$@" && on s1 tc qdisc replace dev eth0 root netem "$@" &&
		on c1 tc qdisc replace dev eth0 root netem "$@"
}

netem_end() {
	on r tc qdisc del dev s1 root
	on s1 tc qdisc del dev eth0 root
	on c1 tc qdisc del dev eth0 root
}

# Without offloads, in what the server's device carried: are all checksums right, is no packet above the MTU?
wire_is_right() {
	local bad big
	bad=$(tcpdump -nn -t -vv -r "$TMP/wire.pcap" "$1" 2>/dev/null | grep -c -e incorrect -e 'bad cksum')
	big=$(capture_count wire "$1 and greater $((MTU + 15))")
	note "$(capture_count wire "$1") packets, $bad with a wrong checksum, $big too large"
	[ "$bad" -eq 0 ] && [ "$big" -eq 0 ]
}

# Has a header been lost and sent again? If not, more connections.
sent_again() {
	[ "$(counter client_address_again)" -gt 0 ] && return 0
	calls count 20
	return 1
}

# A connection whose link fails after a part of its data: the pause is in the middle.
link_fails() {
	: >"$TMP/served"
	on c1 "$TOLD" call "$1" 8000 up "$SIZE" down "$SIZE" pause 1500 >"$TMP/called" &
	local pid=$! status=0 back
	sleep 0.8
	back=$(ctl b1 -j session show proto tcp | json return_link | head -n 1)
	on r tc qdisc replace dev "b1$back" root netem loss 100%
	wait "$pid" || status=1
	wait_for 10 served_all "$1" || status=1
	on r tc qdisc del dev "b1$back" root
	[ $status -eq 0 ] || { echo "the link $back failed"; cat "$TMP/called" "$TMP/served"; }
	return $status
}

# aborts MS: clients that reset right after the SYN, or so many milliseconds later, leave nothing half open
aborts() {
	on c1 "$TOLD" call "$VIP4" 8000 abort count 20 pause "$1" >/dev/null
	on c1 "$TOLD" call "$VIP6" 8000 abort count 20 pause "$1" >/dev/null
	wait_for 5 nothing_left
}

nothing_left() {
	[ -z "$(on s1 ss -Htn state syn-recv state established "sport = :8000")" ]
}

# answers COUNT WORD: of the datagrams, how many had the header; the server's lines
datagrams() {
	: >"$TMP/answered"
	on c1 "$TOLD" datagrams "$1" 5300 4 >"$TMP/called" || { cat "$TMP/called"; return 1; }
	local addr port
	read -r _ addr port _ <"$TMP/called"
	note "$(tr '\n' ';' <"$TMP/answered")"
	[ "$(grep -c "^told $addr $port $1 5300 10\$" "$TMP/answered")" -eq "$2" ] &&
		[ "$(wc -l <"$TMP/answered")" -eq 4 ]
}

# A datagram that no longer fits when it has grown: IPv4 is fragmented, IPv6 is told the smaller MTU.
grown() {
	: >"$TMP/answered"
	on c1 sh -c "head -c $2 /dev/zero | socat -t 0.2 - UDP:$1:5300" >/dev/null 2>&1
	wait_for 1 grep -q "^told .* $2\$" "$TMP/answered"
}

# The same socket sends a datagram of 1280 bytes again and again; the first one may be lost.
grown_later() {
	: >"$TMP/answered"
	on c1 python3 - "$1" <<-'END'
		import socket, sys, time
		s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
		for _ in range(4):
		    s.sendto(bytes(1232), (sys.argv[1], 5300))
		    time.sleep(0.3)
	END
	wait_for 1 grep -q '^told .* 1232$' "$TMP/answered"
}

ktap_plan 57
load_modules slb relay
modprobe -q sch_netem
topology clients=1 servers=1 balancers=1
topology_config port=8000 servers=s1 "tcp $VIP4:8000" "tcp [$VIP6]:8000"
: >"$TMP/served"
check "group set takes client-address proxy-v2" ctl b1 group set web client-address proxy-v2
serve proxy
check "a connection: the server learns the client's address and port" calls
check "the session tells the mode" sh -c "$SLBCTL -n ${NS[b1]} session show | grep -q 'client-address proxy-v2'"
check "50 connections" calls count 50
# a slow machine may let some come twice
check_eq "a header was sent for each" 102 $(($(counter client_address_sent) - $(counter client_address_again)))
large "with all offloads"
check "without offloads" offloads off
LIB_SNAPLEN=2000 capture wire s1 eth0 tcp
SIZE=300000 large "without offloads, captured"
capture_stop wire
large "without offloads"
MTU=1500
check "IPv4: checksums and lengths on the wire are right" wire_is_right "ip and dst host ${ADDR4[s1]}"
check "IPv6: the same" wire_is_right "ip6 and dst host ${ADDR6[s1]}"
check "offloads again" offloads on
large "the server acknowledges slowly" window 1460
for mtu in 1280 9000; do
	check "MTU $mtu" mtus "$mtu"
	large "MTU $mtu"
done
check "MTU 1500" mtus 1500
check "a header with a checksum" ctl b1 setting set proxy-checksum yes
large "a header with a checksum"
check "and without" ctl b1 setting set proxy-checksum no

check "loss of 5 %" netem loss 5%
check "50 connections with losses" calls count 50
SIZE=${SLB_PROXY_SIZE:-$((SIZE / 4))} large "with losses"
check "the header was sent again" attempts 5 sent_again
check "reordering" netem delay 4ms reorder 30% 50%
check "20 connections, reordered" calls count 20
SIZE=${SLB_PROXY_SIZE:-$((SIZE / 4))} large "reordered"
netem_end
check "no SACK" sysctls net.ipv4.tcp_sack=0
large "without SACK"
check "neither time stamps" sysctls net.ipv4.tcp_timestamps=0
large "without time stamps"
check "all of them again" sysctls net.ipv4.tcp_sack=1 net.ipv4.tcp_timestamps=1
check "SYN cookies" sysctls net.ipv4.tcp_syncookies=2
check "50 connections with SYN cookies" calls count 50
netem loss 5%
check "20 connections with SYN cookies and losses" calls count 20
netem_end
sysctls net.ipv4.tcp_syncookies=1
sysctls net.ipv4.tcp_fastopen=0x603
check "TCP Fast Open: its data come after the header" calls early count 3
sysctls net.ipv4.tcp_fastopen=0
check "fast-path no" ctl b1 setting set fast-path no
large "on the ordinary path"
check "fast-path yes" ctl b1 setting set fast-path yes
check "IPv4: a link fails in the middle" link_fails "$VIP4"
wait_for 10 ctl b1 check >/dev/null
check "IPv6: the same" link_fails "$VIP6"
wait_for 10 ctl b1 check >/dev/null
check "clients that reset in the handshake leave nothing half open" aborts 0
check "nor do those that reset right after it" aborts 20
serve proxy banner
check "the server speaks first" calls banner count 20
large "the server speaks first" banner
serve
check "client-address none" ctl b1 group set web client-address none
check "then the server sees a local address" sh -c "
	ip netns exec ${NS[c1]} $TOLD call $VIP4 8000 && sleep 0.2 && tail -n 1 $TMP/served | grep -q '^ok 10\.1\.'"

check "datagrams: the VIP itself has the mode" ctl b1 vip add udp "$VIP4:5300" group web client-address proxy-v2
ctl b1 vip add udp "[$VIP6]:5300" group web client-address proxy-v2
ctl b1 server add web "${ADDR4[s1]}" && ctl b1 server del web "${ADDR4[s1]}:8000"
ctl b1 server add web "[${ADDR6[s1]}]" && ctl b1 server del web "[${ADDR6[s1]}]:8000"
ctl r relay vip add udp "$VIP4:5300"
ctl r relay vip add udp "[$VIP6]:5300"
spawn on s1 "$TOLD" answer 5300 proxy >>"$TMP/answered"
check "IPv4: the first datagram has the header" wait_for 5 datagrams "$VIP4" 1
check "IPv6: the same" wait_for 5 datagrams "$VIP6" 1
ctl b1 setting set proxy-every yes
check "IPv4: each datagram has the header with proxy-every" wait_for 5 datagrams "$VIP4" 4
check "IPv6: the same" wait_for 5 datagrams "$VIP6" 4
check "IPv4: a datagram that fits only without the header" attempts 3 grown "$VIP4" 1460
check "IPv6: the same" attempts 3 grown "[$VIP6]" 1440
mtus 1280
check "IPv6: a datagram of 1280 bytes, on links that take no more" attempts 3 grown "[$VIP6]" 1232
mtus 1500
on r ip link set s1 mtu 1280
check "IPv6: the same where only the path behind the links is so narrow" attempts 3 grown_later "$VIP6"

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# TCP through a whole topology: bulk data by iperf3, requests by wrk to nginx, against plain routing, nft and IPVS
# over the same hops. Runs in the virtual machine of scripts/bench --bulk, whose one processor counts
# instructions: a second is 10^9 of them, which clients, servers and all between share.
#
#   c1 ---.   .--- s1      the way there: c1, r, b1 (in by link 1, out by link 2), r, s1;
#          r r             the way back: the same, backwards
#          | |
#          b1
#
# usage: bulk.sh [CASE...]; each case runs in a process and a topology of its own: bulk.sh only CASE FAMILY
# Prints lines with tabs, see lib_bench.sh: V for a result, C for each case that begins.

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/../lib.sh"

ALL=(plain nft ipvs ipvs-full slb)
SECONDS_EACH=1 STREAMS=8 CONNECTIONS=16
declare -A TITLE=([plain]="plain routing" [nft]="nft dnat and masquerade" [ipvs]="IPVS NAT (destination only)"
	[ipvs-full]="IPVS, conntrack, masquerade" [slb]="slb and relay")

# ---- configuration: what goes to TO reaches s1 by way of b1

# family sets the addresses, and the ends of the two links on r (R1, R2) and b1 (B1, B2)
family() {
	if [ "$FAMILY" = 4 ]; then
		IP=(ip) NFT=ip VIP=$VIP4 SERVER=${ADDR4[s1]} CLIENT=${ADDR4[c1]} TEXT=$VIP4 BITS=32
		R1=100.64.1.17 B1=100.64.1.18 R2=100.64.1.33 B2=100.64.1.34
	else
		IP=(ip -6) NFT=ip6 VIP=$VIP6 SERVER=${ADDR6[s1]} CLIENT=${ADDR6[c1]} TEXT="[$VIP6]" BITS=128
		R1=2001:db8:b:11::1 B1=2001:db8:b:11::2 R2=2001:db8:b:12::1 B2=2001:db8:b:12::2
	fi
	TO=$VIP
}

# From the client to b1 by link 1 and on by link 2.
routes_there() {
	"${IP[@]}" -n "${NS[r]}" route add "$VIP" via "$B1"
	"${IP[@]}" -n "${NS[b1]}" route add "$SERVER" via "$R2"
	"${IP[@]}" -n "${NS[b1]}" route add "$CLIENT" via "$R1"
}

# From the server back to b1 by link 2, where the client's address is left as it is.
routes_back() {
	"${IP[@]}" -n "${NS[r]}" route add "$CLIENT" via "$B2" table 102
	"${IP[@]}" -n "${NS[r]}" rule add iif s1 lookup 102 priority 100
}

# Only rules can send what is not translated over these hops; they cost something.
# shellcheck disable=SC2317
config_plain() {
	TO=$SERVER
	routes_there
	"${IP[@]}" -n "${NS[r]}" route add "$SERVER" via "$B1" table 101
	"${IP[@]}" -n "${NS[r]}" rule add iif c1 lookup 101 priority 100
	routes_back
}

masquerade() {
	on b1 nft "add table $NFT n; add chain $NFT n post { type nat hook postrouting priority 100; };
		add rule $NFT n post oifname l2 masquerade"
}

# shellcheck disable=SC2317
config_nft() {
	routes_there
	masquerade
	on b1 nft "add chain $NFT n pre { type nat hook prerouting priority -100; };
		add rule $NFT n pre $NFT daddr $VIP dnat to $SERVER"
}

ipvs() {
	local port
	modprobe -a ip_vs ip_vs_rr
	routes_there
	"${IP[@]}" -n "${NS[b1]}" addr add "$VIP/$BITS" dev lo
	for port in 80 5201; do
		on b1 ipvsadm -A -t "$TEXT:$port" -s rr
		on b1 ipvsadm -a -t "$TEXT:$port" -r "${TEXT/"$VIP"/"$SERVER"}:$port" -m
	done
}

# shellcheck disable=SC2317
config_ipvs() {
	ipvs
	routes_back
}

# shellcheck disable=SC2317
config_ipvs-full() {
	ipvs
	on b1 sysctl -qw net.ipv4.vs.conntrack=1
	masquerade
}

# shellcheck disable=SC2317
config_slb() {
	load_modules slb relay
	topology_config "tcp $VIP"
}

# ---- measuring

reachable() {
	[ "$(on c1 curl -gsm 2 "http://${TEXT/"$VIP"/"$TO"}/")" = s1 ]
}

# Do packets of both directions take both links of b1?
hops_right() {
	local dev before after
	for dev in b1l1 b1l2; do
		before=$(on r cat "/sys/class/net/$dev/statistics/rx_packets")
		reachable
		after=$(on r cat "/sys/class/net/$dev/statistics/rx_packets")
		[ $((after - before)) -ge 3 ] || return 1
	done
}

result() { # COLUMN VALUE
	value "TCP through the whole topology, IPv$FAMILY" "${TITLE[$CASE]}" "$1" "${2:-0!}"
}

value() {
	printf 'V\t%s\t%s\t%s\t%s\n' "$@"
}

bulk() { # STREAMS
	on c1 iperf3 -J -c "$TO" -t $SECONDS_EACH -P "$1" |
		jq -r '.end.sum_received.bits_per_second / 1e6 | floor'
}

requests() { # HEADER...
	on c1 wrk -t 1 -c $CONNECTIONS -d ${SECONDS_EACH}s "$@" "http://${TEXT/"$VIP"/"$TO"}:80/" >"$TMP/wrk" 2>&1
	grep -q 'Requests/sec' "$TMP/wrk" || note "$CASE: wrk: $(cat "$TMP/wrk")"
	! grep -q 'Socket errors' "$TMP/wrk" || note "$CASE: $(grep 'Socket errors' "$TMP/wrk")"
	# the port is given as a number, for names of services are in a file that the machine does not have
	awk '$1 == "Requests/sec:" { print int($2) }' "$TMP/wrk"
}

only() {
	CASE=$1 FAMILY=$2
	KTAP_PLAN=1
	LIB_LINK_WORDS='interval 0'
	topology clients=1 servers=1 balancers=1
	family
	"config_$CASE"
	http_server s1
	spawn on s1 iperf3 -s >"$TMP/iperf3" 2>&1
	wait_for 10 listening s1 5201
	check "$CASE: the server is reached" wait_for 10 reachable >&2 || return
	hops_right || note "$CASE: packets do not go over both links"
	result "iperf3 1, Mbit/s" "$(bulk 1)"
	result "iperf3 $STREAMS, Mbit/s" "$(bulk $STREAMS)"
	result "wrk, requests/s" "$(requests)"
	result "wrk, connections/s" "$(requests -H 'Connection: close')"
}

if [ "${1:-}" = only ]; then
	only "$2" "$3"
	exit
fi
CASES=("$@")
[ "${#CASES[@]}" -gt 0 ] || CASES=("${ALL[@]}")
KTAP_PLAN=1
number=0
for family in 4 6; do
	for CASE in "${CASES[@]}"; do
		number=$((number + 1))
		printf 'C\t%s\t%s\t%s\ttcp\t%s\n' $number $((2 * ${#CASES[@]})) $family "$CASE"
		"$0" only "$CASE" $family || note "$CASE: failed"
	done
done
ok "measured"

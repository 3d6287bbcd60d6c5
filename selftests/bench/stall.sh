#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What a large command holds up: the longest wait of a device event (one that waits holds up those of all namespaces),
# the longest pause of flows whose sessions it does not end, and how long it takes itself. A million sessions, 4,096
# servers in a group, 65,536 VIPs. Runs in the virtual machine of scripts/bench --stall, whose one processor counts
# instructions: a millisecond is 10^6 of them, which all share.
#
#   x === h1    balancer and relay in one, see lib_life.sh; h1 has a device that goes up and down all the time
#
# usage: stall.sh [sessions=N] [servers=N] [vips=N]
# Prints lines with tabs, see lib_bench.sh: V for a result.

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/../lib.sh"
# shellcheck source=selftests/lib_life.sh
. "$SLB_SELFTESTS/lib_life.sh"
# shellcheck source=selftests/lib_live.sh
. "$SLB_SELFTESTS/lib_live.sh"

SESSIONS=1000000 SERVERS=4096 VIPS=65535 LIVE=20
for word in "$@"; do
	case $word in
	sessions=*) SESSIONS=${word#*=} ;;
	servers=*) SERVERS=${word#*=} ;;
	vips=*) VIPS=${word#*=} ;;
	esac
done
TABLE="What a command holds up, milliseconds"

# lines N PATTERN: N lines, in which S stands for a server, V for an address, I for the number
lines() {
	awk -v n="$1" -v pattern="$2" 'BEGIN {
		for (i = 0; i < n; i++) {
			line = pattern
			gsub(/\<S\>/, "192.0." 2 + int(i / 60000) "." 130 ":" 1 + i % 60000, line)
			gsub(/\<V\>/, "203." int(i / 65536) "." int(i / 256) % 256 "." i % 256, line)
			gsub(/\<I\>/, i, line)
			print line
		}
	}'
}

stall_begin() {
	mkfifo "$TMP/stall-in" "$TMP/stall-out"
	exec {STALL_IN}<>"$TMP/stall-in" {STALL_OUT}<>"$TMP/stall-out"
	ip netns exec "${NS[h1]}" "$SLB_SELFTESTS/tools/faults/stall" d0 <&"$STALL_IN" >&"$STALL_OUT" &
	LIB_SPAWNED+=($!)
}

# The longest wait since the last time, in WAITED.
stall_read() {
	local line
	echo >&"$STALL_IN"
	read -rt 300 -u "$STALL_OUT" line
	WAITED=${line##* }
}

# row TEXT COMMAND...: three results
row() {
	local text=$1 begin took
	shift
	stall_read
	[ "$LIVE" = 0 ] || steady mark
	begin=${EPOCHREALTIME/./}
	"$@" >"$TMP/row" 2>&1 || note "$text: $(head -c 300 "$TMP/row")"
	took=$(((${EPOCHREALTIME/./} - begin) / 1000))
	stall_read
	# a pause ends with the next answer
	[ "$LIVE" = 0 ] || steady "settle 25000"
	value "$text" "command" "$took"
	value "$text" "device event" "$WAITED"
	[ "$LIVE" = 0 ] || value "$text" "packets" "${STEADY[pause]:-?}"
}

value() {
	printf 'V\t%s\t%s\t%s\t%s\n' "$TABLE" "$1" "$2" "$3"
}

fill() {
	local have
	have=$(ctl h1 status | awk '$1 == "sessions" { print $2 }')
	[ "$have" -ge "$SESSIONS" ] ||
		on x "$LIFE_FLOWS" -s "$SRANDOM" -n $((SESSIONS - have)) udp 10.64.0.0/12@1024-65535 "$VIP@53"
}

batch() {
	ctl h1 -b "$TMP/$1"
}

KTAP_PLAN=1
load_modules slb relay
if ! small_hub || ! small_host 1; then
	ktap_skip_all "cannot build the topology"
fi
ip -n "${NS[h1]}" link add d0 type dummy
read -r VIP _ RELAYED _ <<<"$(small_vips 1)"
NS[c1]=${NS[x]}
{
	echo "setting set udp-new-timeout 86400 session-limit 2000000"
	small_link_slb 1 1
	small_link_slb 1 2
	printf 'group add %s\n' web live
	echo "server add live $LIFE_SERVER4"
	lines "$SERVERS" "server add web S"
	echo "vip add udp $VIP:53 group web"
	echo "vip add udp $VIP:$STEADY_PORT group live"
	echo "relay setting set flow-limit 2000000 udp-new-timeout 86400"
	printf 'relay %s\n' "balancer add b" "vip add udp $RELAYED:53"
	small_link_relay 1 1
} | ctl h1 -b -
# x has many addresses: the server of the live flows must answer from the address that a request came to. Replies
# come in over the link of the local address, for the other one may be deleted.
printf 'route replace %s src '"$LIFE_SERVER4"'\n' "10.1.1.0/24 via 100.64.1.18" "10.1.2.0/24 via 100.64.1.34" |
	ip -n "${NS[x]}" -batch -
steady_servers x
if ! steady_begin 10 10 $LIVE "$VIP" 0 $LIVE; then
	note "the live flows get no answers: pauses of packets are not measured"
	LIVE=0
fi
stall_begin
fill
row "no command" lib_pause 1
row "server del, one of $SERVERS" ctl h1 server del web 192.0.2.130:1
fill
lines 11 "server del web S" | tail -n 10 >"$TMP/ten"
row "server del, ten in a batch" batch ten
fill
# All requests come in over l1, so all sessions have local addresses of l2.
row "link set local, of all sessions" ctl h1 link set l2 local 10.1.2.9
ctl h1 link set l2 local 10.1.2.1-10.1.2.4
fill
row "link del, of all sessions" ctl h1 link del l2
small_link_slb 1 2 | ctl h1 -b -
fill
row "fast-path no" ctl h1 setting set fast-path no
row "fast-path yes" ctl h1 setting set fast-path yes
row "group set scheduler mh table-size 1048573" ctl h1 group set web scheduler mh table-size 1048573
row "server set weight, in that table" ctl h1 server set web 192.0.2.130:99 weight 2
ctl h1 group set web scheduler rr
row "session del, one that is named" ctl h1 session del client 10.64.0.1:1024 vip "$VIP:53"
row "session flush, of one client" ctl h1 session flush client 10.64.0.1
row "vip del" ctl h1 vip del udp "$VIP:53"
lines "$VIPS" "vip add tcp V:80 group web" >"$TMP/vips"
row "vip add, $VIPS in a batch" batch vips
sed 's/^/relay /; s/ group.*//' "$TMP/vips" >"$TMP/relay-vips"
row "relay vip add, $VIPS in a batch" batch relay-vips
row "relay vip flush" ctl h1 relay vip flush
# nothing is left for packets of the live flows to be measured by
LIVE=0
ctl h1 vip add udp "$VIP:53" group web
fill
row "vip flush, of $VIPS VIPs and all sessions" ctl h1 vip flush
row "group del, of $SERVERS servers" ctl h1 group del web
ctl h1 vip add udp "$VIP:53" group live
fill
row "rmmod slb" rmmod slb
LIB_LOADED=(relay)
ok "measured"

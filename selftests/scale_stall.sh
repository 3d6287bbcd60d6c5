#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A long command stalls nobody: device events (one that waits stops those of all namespaces), packets of other
# sessions, the relay that has to hear that links go. Sessions that a command ends have ended when it returns, however
# long it takes to free them; many changes are made together.
#
#   c1 --- r --- s1, and servers that are made up
#         | |
#         b1
#
# Times are compared with one another, for the machine may be slow.

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_share.sh
. "$SLB_SELFTESTS/lib_share.sh"
# shellcheck source=selftests/lib_live.sh
. "$SLB_SELFTESTS/lib_live.sh"

# Idle sessions of each family: more than those for whose end a command waits.
IDLE4=56000 IDLE6=24000
BIG_TABLE=1048573
LIVE=60

now() {
	echo $((${EPOCHREALTIME/./} / 1000))
}

# took COMMAND...: runs it, TOOK is the time in milliseconds
took() {
	local begin
	begin=$(now)
	"$@" >"$TMP/took" 2>&1 || { cat "$TMP/took" && return 1; }
	TOOK=$(($(now) - begin))
}

# ---- device events

# meanwhile COMMAND...: device events at the balancer while it runs: EVENTS of them, the longest took LONGEST ms
meanwhile() {
	local begin at pid word=up
	EVENTS=0 LONGEST=0 TOOK=0
	rm -f "$TMP/ended"
	begin=$(now)
	{ "$@" >"$TMP/meanwhile" 2>&1; now >"$TMP/ended"; } &
	pid=$!
	while [ ! -s "$TMP/ended" ]; do
		at=$(now)
		ip -n "${NS[b1]}" link set d0 "$word" || break
		at=$(($(now) - at))
		[ "$word" = up ] && word=down || word=up
		[ -s "$TMP/ended" ] && break
		EVENTS=$((EVENTS + 1))
		[ "$at" -le "$LONGEST" ] || LONGEST=$at
	done
	wait "$pid"
	TOOK=$(($(<"$TMP/ended") - begin))
}

# Of a command that holds the configuration for long, an event waits for no more than a part.
no_stall() {
	meanwhile "$@"
	echo "$* took $TOOK ms; $EVENTS events meanwhile, the longest took $LONGEST ms"
	cat "$TMP/meanwhile"
	[ "$EVENTS" -ge 3 ] && [ $((2 * LONGEST)) -lt "$TOOK" ]
}

test_events() {
	check "device events go on while a table of $BIG_TABLE is built" \
		no_stall ctl b1 group set idle scheduler mh table-size $BIG_TABLE
	note "$(head -n 1 "$TMP/check")"
	check "and while a weight is changed in it" no_stall ctl b1 server set idle "$(share_server 4 1)" weight 3
	note "$(head -n 1 "$TMP/check")"
	ctl b1 group set idle scheduler rr
}

# ---- sessions that have ended

shown() {
	sessions b1 "$@" | wc -l
}

sessions_are() {
	[ "$(status b1 sessions)" -eq "$1" ]
}

begin_idle() {
	flows4 $IDLE4
	flows6 $IDLE6
}

# ended_by TEXT COMMAND... -- FILTER...: none of the sessions is shown after it; then they are not counted any more
ended_by() {
	local text=$1 command=() all were
	shift
	while [ "$1" != -- ]; do
		command+=("$1")
		shift
	done
	shift
	all=$(status b1 sessions)
	were=$(shown "$@")
	check "$text: $were of $all sessions" ctl b1 "${command[@]}"
	check_eq "$text: none of them is shown" 0 "$(shown "$@")"
	check "$text: the others are still there, and counted" wait_for 20 sessions_are $((all - were))
}

test_ended() {
	local all addr
	all=$(status b1 sessions)
	for addr in "$(share_server 4 1)" "$(share_server 6 1)"; do
		ended_by "server del $addr" server del idle "$addr" -- server "$addr"
	done
	begin_idle
	check "clients of the servers that are gone get others" sessions_are "$all"
	ended_by "link set local" link set l1 local 10.1.1.7 local 2001:db8:a:11::7 -- link l1
	ctl b1 link set l1 local 10.1.1.1-10.1.1.4 local 2001:db8:a:11::1-2001:db8:a:11::4
	ended_by "vip del" vip del udp "[$VIP6]:80" -- vip "$VIP6"
}

# ---- packets

# Flows whose sessions end with a link begin others, with the first packet after it.
test_packets() {
	local walk
	check "$LIVE flows are answered" steady_begin 20 20 $LIVE "$VIP4" 0 $LIVE
	took ctl b1 session show client 192.0.2.1
	walk=$TOOK
	steady mark
	steady "settle 20000"
	IDLE=${STEADY[pause]}
	steady mark
	check "a link of $(status b1 sessions) sessions is deleted" took ctl b1 link del l2
	note "it took $TOOK ms, a look at all sessions $walk ms"
	steady "settle 20000"
	note "${STEADY[line]}; longest pause when nothing happens: $IDLE ms"
	check_eq "no flow is lost" 0 "${STEADY[lost]}"
	check "no flow waits while sessions are freed" [ $((STEADY[pause] - IDLE)) -lt "$walk" ]
	steady end
}

# ---- many changes

# ports FIRST LAST PATTERN: a line for each port and two addresses, which stand for V in the pattern
ports() {
	awk -v first="$1" -v last="$2" -v pattern="$3" 'BEGIN {
		for (port = first; port <= last; port++)
			for (host = 1; host <= 2; host++) {
				line = pattern
				sub(/V/, "10.200.0." host ":" port, line)
				print line
			}
	}'
}

# Four times as many VIPs take about four times as long, and not 24 times as with a cost that grows by the square.
test_ports() {
	local host=$1 text=$2 pattern=$3 few
	ports 1 1000 "$pattern" >"$TMP/few"
	ports 1001 5000 "$pattern" >"$TMP/many"
	took ctl "$host" -b "$TMP/few"
	few=$TOOK
	check "$text: 8,000 VIPs are added to 2,000, of two addresses" took ctl "$host" -b "$TMP/many"
	note "that took $TOOK ms, 2,000 $few ms"
	check "$text: in proportion" [ "$TOOK" -lt $((12 * few)) ]
}

test_vips() {
	test_ports b1 balancer "vip add tcp V group live"
	test_ports r relay "relay vip add tcp V"
	check_eq "relay: each is there" 10002 "$(ctl r relay vip show | wc -l)"
	ports 1 5000 "relay vip del tcp V" >"$TMP/del"
	check "relay: they are deleted" took ctl r -b "$TMP/del"
	check_eq "relay: the others are still there" 2 "$(ctl r relay vip show | wc -l)"
}

test_many() {
	local i one
	for ((i = 0; i < 200; i++)); do
		printf '%s\n' "group add many$i" "server add many$i $(share_server 4 7)"
	done | config b1
	took ctl b1 server del many0 "$(share_server 4 7)"
	one=$TOOK
	ctl b1 vip flush
	check "200 groups are flushed" took ctl b1 group flush
	note "that took $TOOK ms, one server $one ms"
	check "in less time than 50 servers one by one" [ "$TOOK" -lt $((50 * one)) ]
	printf '%s\n' "group add big scheduler mh" "server add big $(share_server 4 1)" | config b1
	took ctl b1 group set big scheduler mh table-size $BIG_TABLE
	one=$TOOK
	for ((i = 2; i <= 100; i++)); do
		echo "server add big 192.0.2.129:$i"
	done >"$TMP/adds"
	check "99 servers are added to a large table" took ctl b1 -b "$TMP/adds"
	note "that took $TOOK ms, one table $one ms"
	check "in less time than 30 tables" [ "$TOOK" -lt $((30 * one)) ]
	echo "vip add udp $VIP4:80 group big" | config b1
	flows4 4000
	check_eq "all of them are in the table when the batch has ended" 100 \
		"$(ctl b1 -o -s server show big | grep -vc ' sessions 0 ')"
}

# ---- the module goes

withdrawn_at() {
	local line
	while read -r line; do
		[[ $line != *withdrawn* ]] || now
	done
}

test_unload() {
	local begin heard
	begin_idle
	ctl r -j monitor > >(withdrawn_at >"$TMP/withdrawn") &
	LIB_SPAWNED+=($!)
	LINK=l1
	wait_for 10 states up up
	begin=$(now)
	check "slb goes with $(status b1 sessions) sessions" took rmmod slb
	LIB_LOADED=(relay)
	check "the relay is told" wait_for 10 [ -s "$TMP/withdrawn" ]
	heard=$(($(head -n 1 "$TMP/withdrawn") - begin))
	note "it is told after $heard ms, the module is gone after $TOOK ms"
	check "before the module is gone" [ "$heard" -lt "$TOOK" ]
}

ktap_plan $((1 + 2 + 2 * 3 + 1 + 2 * 3 + 4 + 7 + 5 + 3))
share_topology clients=1 servers=1 balancers=1 links=2
ip -n "${NS[b1]}" link add d0 type dummy
{
	share_links 1
	echo "setting set udp-new-timeout 3600"
	echo "group add idle"
	share_servers idle 4
	echo "group add live"
	echo "server add live ${ADDR4[s1]}"
	printf 'vip add udp %s group %s\n' "$VIP4:80" idle "[$VIP6]:80" idle "$VIP4:7000" live
} | config b1
share_relay "any $VIP4" "any $VIP6"
steady_servers s1
begin_idle
check_eq "there are idle sessions" $((IDLE4 + IDLE6)) "$(status b1 sessions)"
test_events
test_ended
test_packets
test_vips
test_many
test_unload

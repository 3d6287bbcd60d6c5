#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A long command delays neither device events (a delayed one blocks all namespaces), nor packets of other
# sessions, nor the probes that announce deleted links. Sessions that a command ends have ended when it
# returns, however long it takes to free them. Many changes are applied together.
#
#   c1 --- r --- s1, and servers that are made up
#         | |
#         b1
#
# What is counted are events and answers that a command does not hold up. Where durations are compared, they are
# compared with one another, as the machine may be slow, and up to three times, as it may stand still.

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_share.sh
. "$SLB_SELFTESTS/lib_share.sh"
# shellcheck source=selftests/lib_live.sh
. "$SLB_SELFTESTS/lib_live.sh"

# Withdrawn links are announced; a stalled host is not considered silent.
# shellcheck disable=SC2034
LIB_LINK_WORDS='misses 100'
# Idle sessions of each family: more than those for whose end a command waits.
IDLE4=56000 IDLE6=24000
# Primes, for the same table is not built twice.
BIG_TABLES=(1048573 1048571 1048559)
# Flows that send every so many milliseconds: few enough for a slow server.
LIVE=60 PERIOD=100

now() {
	echo $((${EPOCHREALTIME/./} / 1000))
}

# tell: prints the output of the last check
tell() {
	sed 's/^/# /' "$TMP/check"
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

# An event waits at most for a part of a long command.
no_stall() {
	meanwhile "$@"
	echo "$* took $TOOK ms; $EVENTS events meanwhile, the longest took $LONGEST ms"
	cat "$TMP/meanwhile"
	[ "$EVENTS" -ge 3 ] && [ $((2 * LONGEST)) -lt "$TOOK" ]
}

table_built() {
	ctl b1 group set idle scheduler rr
	no_stall ctl b1 group set idle scheduler mh table-size "${BIG_TABLES[LIB_ATTEMPT - 1]}"
}

weight_changed() {
	no_stall ctl b1 server set idle "$(share_server 4 1)" weight $((2 + LIB_ATTEMPT))
}

test_events() {
	check "device events go on while a table of a million slots is built" attempts 3 table_built
	tell
	check "device events go on while a weight is changed in this table" attempts 3 weight_changed
	tell
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

# ended_by TEXT COMMAND... -- FILTER...: after it the sessions are not shown, and a little later not counted
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
	check_eq "$text: the ended sessions are not shown" 0 "$(shown "$@")"
	check "$text: the other sessions are still there, and counted" wait_for 20 sessions_are $((all - were))
}

test_ended() {
	local all addr
	all=$(status b1 sessions)
	for addr in "$(share_server 4 1)" "$(share_server 6 1)"; do
		ended_by "server del $addr" server del idle "$addr" -- server "$addr"
	done
	begin_idle
	check "clients of the servers that are gone get others" wait_for 10 sessions_are "$all"
	ended_by "link set local" link set l1 local 10.1.1.7 local 2001:db8:a:11::7 -- link l1
	ctl b1 link set l1 local 10.1.1.1-10.1.1.4 local 2001:db8:a:11::1-2001:db8:a:11::4
	ended_by "vip del" vip del udp "[$VIP6]:80" -- vip "$VIP6"
}

# ---- packets

# The longest pause of the flows while nothing happens, for as long as a look at all sessions takes: WALK ms.
idle_pause() {
	steady mark
	took ctl b1 session show client 192.0.2.1
	WALK=$TOOK
	steady "settle 20000"
	IDLE=${STEADY[pause]}
}

# Flows whose sessions end with a link begin others, with the first packet after it: the datagrams are lost that are
# under way at that moment, no more than one of each flow. If all were lost until the sessions are freed, each flow
# would lose some.
link_deleted() {
	[ "$LIB_ATTEMPT" -eq 1 ] || { share_links 1 | grep ' l2 ' | config b1 && begin_idle; }
	wait_for 20 topology_proven
	idle_pause
	steady mark
	echo "a link of $(status b1 sessions) sessions is deleted"
	took ctl b1 link del l2 || return 1
	echo "it took $TOOK ms, a look at all sessions $WALK ms"
	steady "settle 20000"
	echo "${STEADY[line]}; longest pause when nothing happens: $IDLE ms"
	[ "${STEADY[lost]}" -eq 0 ] && [ "${STEADY[gaps]}" -le $LIVE ] &&
		[ $((STEADY[pause] - IDLE - PERIOD)) -lt "$WALK" ]
}

test_packets() {
	check "$LIVE flows are answered" steady_begin $PERIOD $PERIOD $LIVE "$VIP4" 0 $LIVE
	check "a link is deleted: no flow waits while sessions are freed" attempts 3 link_deleted
	tell
	check_eq "no flow is lost" 0 "${STEADY[lost]}"
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

# ports_added HOST PATTERN: the last of five batches takes about as long as the first one, and not nine times as long
# as with a cost that grows by the square. The quicker one of the last two: one may be held up.
ports_added() {
	local host=$1 pattern=$2 part times=()
	[ "$LIB_ATTEMPT" -eq 1 ] || ports_deleted "$host" "$pattern"
	for part in 0 1 2 3 4; do
		ports $((part * 1000 + 1)) $((part * 1000 + 1000)) "$pattern" >"$TMP/ports"
		took ctl "$host" -b "$TMP/ports" || return 1
		times+=("$TOOK")
	done
	echo "2,000 VIPs took ${times[0]} ms, as many more ${times[*]:1} ms"
	[ "${times[3]}" -lt $((3 * times[0])) ] || [ "${times[4]}" -lt $((3 * times[0])) ]
}

ports_deleted() {
	ports 1 5000 "${2/add/del}" | sed 's/ group .*//' >"$TMP/ports"
	ctl "$1" -b "$TMP/ports"
}

test_ports() {
	check "$2: 10,000 VIPs are added, of two addresses, in proportion" attempts 3 ports_added "$1" "$3"
	tell
}

test_vips() {
	test_ports b1 balancer "vip add tcp V group live"
	test_ports r relay "relay vip add tcp V"
	check_eq "relay: each added VIP is shown" 10002 "$(ctl r -o relay vip show | wc -l)"
	check "relay: the VIPs are deleted" ports_deleted r "relay vip add tcp V"
	check_eq "relay: the other VIPs are still there" 2 "$(ctl r -o relay vip show | wc -l)"
}

# If each group waited for packets by itself, that would take half as long as 200 servers do
# one by one.
groups_flushed() {
	local i one
	for ((i = 0; i < 200; i++)); do
		printf '%s\n' "group add many$i" "server add many$i $(share_server 4 7)"
	done | config b1
	took ctl b1 server del many0 "$(share_server 4 7)" || return 1
	one=$TOOK
	took ctl b1 group flush || return 1
	echo "200 groups took $TOOK ms, one server $one ms"
	[ "$TOOK" -lt $((10 * one)) ]
}

# If each server had a table built, that would take as long as 99 tables do.
servers_added() {
	local i one
	[ "$LIB_ATTEMPT" -eq 1 ] || ctl b1 group del big
	printf '%s\n' "group add big scheduler mh" "server add big $(share_server 4 1)" | config b1
	took ctl b1 group set big scheduler mh table-size "${BIG_TABLES[0]}" || return 1
	one=$TOOK
	for ((i = 2; i <= 100; i++)); do
		echo "server add big 192.0.2.129:$i"
	done >"$TMP/adds"
	took ctl b1 -b "$TMP/adds" || return 1
	echo "99 servers took $TOOK ms, one table $one ms"
	[ "$TOOK" -lt $((30 * one)) ]
}

test_many() {
	ctl b1 vip flush
	check "200 groups are flushed, in less time than 10 servers one by one" attempts 3 groups_flushed
	tell
	check "99 servers are added to a large table, in less time than 30 tables" attempts 3 servers_added
	tell
	echo "vip add udp $VIP4:80 group big" | config b1
	flows4 4000
	check "all added servers are in the table when the batch has ended" wait_for 10 all_used
}

all_used() {
	[ "$(ctl b1 -o -s server show big | grep -vc ' sessions 0 ')" -eq 100 ]
}

# ---- the module goes

withdrawn_at() {
	local line
	while read -r line; do
		: >"$TMP/listens"
		[[ $line != *withdrawn* ]] || now
	done
}

# Setting a weight to its present value also sends an event.
listens() {
	ctl r relay link set b1 l1 weight 1
	[ -e "$TMP/listens" ]
}

unloaded() {
	local begin heard told=$TMP/withdrawn-$LIB_ATTEMPT
	if [ "$LIB_ATTEMPT" -gt 1 ]; then
		load_modules slb
		configure
		rm "$TMP/listens"
	fi
	wait_for 10 topology_proven
	begin_idle
	ctl r -j monitor > >(withdrawn_at >"$told") &
	LIB_SPAWNED+=($!)
	wait_for 10 listens || return 1
	echo "slb goes with $(status b1 sessions) sessions"
	begin=$(now)
	took rmmod slb || return 1
	LIB_LOADED=(relay)
	wait_for 10 [ -s "$told" ] || return 1
	heard=$(($(head -n 1 "$told") - begin))
	echo "the relay is told after $heard ms, the module is gone after $TOOK ms"
	[ "$heard" -lt "$TOOK" ]
}

configure() {
	{
		share_links 1
		echo "setting set udp-new-timeout 3600"
		echo "group add idle"
		share_servers idle 4
		echo "group add live"
		echo "server add live ${ADDR4[s1]}"
		printf 'vip add udp %s group %s\n' "$VIP4:80" idle "[$VIP6]:80" idle "$VIP4:7000" live
	} | config b1
}

ktap_plan 28
share_topology clients=1 servers=1 balancers=1 links=2
ip -n "${NS[b1]}" link add d0 type dummy
configure
share_relay "any $VIP4" "any $VIP6"
steady_servers s1
begin_idle
check "there are idle sessions" wait_for 10 sessions_are $((IDLE4 + IDLE6))
test_events
test_ended
test_packets
test_vips
test_many
check "the module goes, and the relay is told before it is gone" attempts 3 unloaded
tell

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Limits and ends: the session limit, drained and deleted servers, deleted and moved VIPs, the timeouts of
# each state, and the errors that clients get without a usable server.
#
#   c1 --- r --- s1, s2       real servers that echo; others are made up
#         | |
#         b1
#
# Segments that must come at a time of our choice are made by hand, on both sides: the server's from s1,
# in the name of a server that does not exist.

# shellcheck source=selftests/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=selftests/lib_share.sh
. "$SLB_SELFTESTS/lib_share.sh"

told() {
	cut -d' ' -f"$1" <<<"$2"
}

# of_server HOST: its sessions of IPv4
of_server() {
	server_sessions b1 4 | awk -v server="${ADDR4[$1]}" '$1 == server { print $2 }'
}

# SYNs refused at the limit, and those that took the place of a session half open for long: on a busy machine a second
# may pass between two packets.
over_limit() {
	echo $(($(status b1 sessions-refused) + $(status b1 sessions-yielded)))
}

test_limit() {
	local before
	ctl b1 setting set session-limit 100
	talk_begin limited c1 udp "$VIP4" 7
	check_eq "60 flows are established, each with a session" "answered 60 refused 0 of 60 60" \
		"$(talk limited open 60 >/dev/null; talk limited say) $(status b1 sessions)"
	flows4 500
	check_eq "there are exactly as many sessions as the limit allows" 100 "$(status b1 sessions)"
	check_eq "flows above the limit are refused and counted" 460 "$(over_limit)"
	check_eq "packets of refused flows are dropped as session-limit" \
		"$(status b1 sessions-refused)" "$(drops b1 session-limit)"
	check_eq "established flows continue at the limit" "answered 60 refused 0 of 60" "$(talk limited say)"
	ctl b1 session flush server "$(share_server 4 1)" >/dev/null
	flows4 500
	check_eq "new flows take the place of ended ones" 100 "$(status b1 sessions)"
	ctl b1 setting set session-limit 50
	check_eq "a lower limit ends no session" "answered 60 refused 0 of 60 100" \
		"$(talk limited say) $(status b1 sessions)"
	flows c1 -s 9 -n 10 udp "$SOURCES4" "$VIP4@80"
	check "a lower limit admits no new session" [ "$(status b1 sessions)" -le 100 ]
	before=$(status b1 sessions)
	ctl b1 setting set session-limit 1000000
	flows c1 -s 9 -n 10 udp "$SOURCES4" "$VIP4@80"
	check_eq "a higher limit admits new sessions at once" $((before + 10)) "$(status b1 sessions)"
	check_not "a limit of 0 is refused" ctl b1 setting set session-limit 0
	talk limited close >/dev/null
	ctl b1 session flush >/dev/null
}

# counted NOUN: the sum of the sessions that the objects of a noun have
counted() {
	ctl b1 -s -j "$1" show | jq '[.[].sessions] | add'
}

# within N LEAST MOST
within() {
	[ "$1" -ge "$2" ] && [ "$1" -le "$3" ]
}

# Sessions that begin on two processors, and end on another one. Their counters agree, whatever scheduler counts them.
test_processors() {
	local second=$(($(nproc) > 1 ? 2 : 1)) noun sender sessions
	ctl b1 setting set session-limit 1000
	on c1 taskset 1 "$FLOWS" -s 11 -n 3000 udp "$SOURCES4" "$VIP4@80" &
	sender=$!
	on c1 taskset $second "$FLOWS" -s 12 -n 3000 udp "$SOURCES4" "$VIP4@80"
	wait $sender
	sessions=$(status b1 sessions)
	check "two processors exceed the limit by one session at most ($sessions)" \
		within "$sessions" 1000 1001
	for noun in server vip link; do
		check_eq "the sessions of each $noun add up to all sessions" "$sessions" "$(counted $noun)"
	done
	ctl b1 group set made-up scheduler wlc
	check_eq "with wlc servers have the same sessions" "$sessions" "$(counted server)"
	ctl b1 setting set session-limit 1000000
	on c1 taskset $second "$FLOWS" -s 13 -n 500 udp "$SOURCES4" "$VIP4@80"
	check_eq "with wlc new sessions are counted" $((sessions + 500)) "$(counted server)"
	ctl b1 group set made-up scheduler rr
	check_eq "with rr servers have the same sessions" $((sessions + 500)) "$(counted server)"
	ctl b1 session flush >/dev/null
	for noun in server vip link; do
		check_eq "after a flush no $noun has a session" 0 "$(counted $noun)"
	done
	check_eq "after a flush the balancer has no session" 0 "$(status b1 sessions)"
}

of_relay() {
	ctl r relay status show | awk -v name="$1" '$1 == name { print $2 }'
}

# A processor goes offline, and leaves the sessions and flows that it has counted and put on lists. They are still counted,
# make room, and end.
test_offline() {
	local online=/sys/devices/system/cpu/cpu1/online yielded evicted
	if ! [ -w $online ]; then
		for yielded in "are counted" "make room" "are flushed"; do
			skip "a processor is offline: its sessions $yielded" "none of this machine can be"
		done
		return
	fi
	ctl r relay setting set flow-limit 1000
	yielded=$(status b1 sessions-yielded) evicted=$(of_relay flows-evicted)
	on c1 taskset 2 "$FLOWS" -s 21 -n 300 tcp "$SOURCES4" "$VIP4@80"
	echo 0 >$online
	check_eq "a processor is offline: its sessions, and flows of the relay, are counted" "300 300 300" \
		"$(status b1 sessions) $(counted server) $(of_relay flows)"
	ctl b1 setting set session-limit 300
	ctl r relay setting set flow-limit 300
	lib_pause 1.2
	flows c1 -s 22 -n 100 tcp "$SOURCES4" "$VIP4@80"
	check_eq "a processor is offline: they make room for others" "300 300 100 100" \
		"$(status b1 sessions) $(of_relay flows) $(($(status b1 sessions-yielded) - yielded)) $((
			$(of_relay flows-evicted) - evicted))"
	ctl b1 setting set session-limit 1000000
	ctl b1 session flush >/dev/null
	ctl r relay flow flush >/dev/null
	check_eq "a processor is offline: they are flushed" "0 0 0" \
		"$(status b1 sessions) $(counted server) $(of_relay flows)"
	ctl r relay setting set flow-limit 0
	echo 1 >$online
}

# flood N: half-open connections from N clients that do not exist
flood() {
	flows c1 -s 5 -n "$1" tcp "$SOURCES4" "$VIP4@80"
}

# opened_now N: are N connections opened by their first SYN? A second SYN takes a second
opened_now() {
	local start=${EPOCHREALTIME/./} said
	talk_begin "now$start" c1 tcp "$VIP4" 7 || return 1
	said=$(talk "now$start" open "$1")
	talk "now$start" close >/dev/null
	[ "$(cut -d' ' -f1-4 <<<"$said")" = "opened $1 failed 0" ]
}

# Many more first packets than there are free sessions or local ports. Established sessions stay, and a connection
# succeeds a second later. If a flood takes seconds, half-open sessions make room for most of it.
test_flood() {
	local refused yielded most=$((SLB_SLOWNESS > 4 ? 100 : 5000)) ports=$((SLB_SLOWNESS > 4 ? 10 : 50))
	open_both flooded 100
	ctl b1 setting set session-limit 1000
	flood 10000
	check_eq "10,000 SYNs with a limit of 1,000: there are 1,000 sessions" 1000 "$(status b1 sessions)"
	check_eq "the SYN flood at the limit ends no established connection" \
		"answered 100 refused 0 of 100" "$(talk flooded say)"
	refused=$(status b1 sessions-refused) yielded=$(status b1 sessions-yielded)
	check "most SYNs of the flood were refused" [ "$refused" -gt "$most" ]
	idle 1100
	check "one second after the flood 50 connections are established" opened_now 50
	check_eq "no SYN of the 50 connections was refused" "$refused" "$(status b1 sessions-refused)"
	check "50 half-open sessions made room for the 50 connections" [ $(($(status b1 sessions-yielded) - yielded)) -ge 50 ]
	ctl b1 session flush vip "$VIP4:80" >/dev/null
	ctl b1 setting set session-limit 1000000 port-first 40000 port-last $((40000 + ports - 1))
	flood 10000
	check "10,000 SYNs with $ports local ports: the pool is empty" [ "$(drops b1 no-port)" -gt "$most" ]
	idle 1100
	refused=$(drops b1 no-port)
	flows c1 -s 6 -n 50 tcp "$SOURCES4" "$VIP4@80"
	check_eq "one second later 50 more connections get ports" "$refused" "$(drops b1 no-port)"
	check_eq "the SYN flood with an empty pool ends no established connection" \
		"answered 100 refused 0 of 100" "$(talk flooded say)"
	ctl b1 setting set port-first 1024 port-last 65535
	talk flooded reset >/dev/null
	ctl b1 session flush >/dev/null
}

# A FIN or RST of the client alone does not establish a half-open connection.
# A session that the server has reset makes room, too.
test_flood_ends() {
	local flags
	ctl b1 setting set session-limit 100
	for flags in F FA R; do
		flood 100
		flows c1 -s 5 -n 100 -f "$flags" tcp "$SOURCES4" "$VIP4@80"
		idle 1100
		check "100 SYNs, each followed by $flags, with a limit of 100: a second later 50 connections are established" opened_now 50
		ctl b1 session flush >/dev/null
	done
	ctl b1 setting set session-limit 1
	begins 6101
	server RA
	idle 1100
	begins 6102
	check_eq "a session that the server reset makes room, too" " syn" "$(state 6101) $(state 6102 | sed s/tcp-//)"
	ctl b1 setting set session-limit 1000000
	ctl b1 session flush >/dev/null
}

# closed_in_order FAMILY N: N connections to the echo servers, one after the other or all at once, that the servers close
closed_in_order() {
	local vip=VIP$1
	talk_begin "orderly$1" c1 tcp "${!vip}" 7
	talk "orderly$1" open "$2" >/dev/null
	talk "orderly$1" bye >/dev/null
}

# Closed sessions make room at once, established sessions never do.
test_room() {
	local family vip
	for family in 4 6; do
		vip=VIP$family
		ctl b1 setting set session-limit 1000000
		talk_begin "kept$family" c1 tcp "${!vip}" 7
		talk "kept$family" open 40 >/dev/null
		ctl b1 setting set session-limit 200
		closed_in_order "$family" 160
		check_eq "IPv$family: 40 open and 160 closed connections fill a limit of 200" \
			200 "$(status b1 sessions)"
		talk_begin "new$family" c1 tcp "${!vip}" 7
		check_eq "IPv$family: 20 new connections replace closed ones at once" "opened 20 failed 0 quick" \
			"$(quick "$(talk "new$family" open 20)")"
		check_eq "IPv$family: the limit holds" 200 "$(status b1 sessions)"
		check_eq "IPv$family: the established connections continue" "answered 40 refused 0 of 40" \
			"$(talk "kept$family" say)"
		talk "kept$family" reset >/dev/null
		talk "new$family" reset >/dev/null
		ctl b1 session flush >/dev/null
	done
	ctl b1 setting set session-limit 1000000
}

# quick "opened N failed N slowest MS": no SYN was sent a second time
quick() {
	read -r _ n _ failed _ ms <<<"$1"
	[ "$ms" -lt 900 ] && ms=quick
	echo "opened $n failed $failed $ms"
}

# tier PORT: a session in one of the states that make room, oldest first in the order of the list
in_tier() {
	case $2 in
	half-open) begins "$1" ;;
	reset) begins "$1" && server RA ;;
	closed) begins "$1" && server SA && client "$1" A && server FA && client "$1" FA ;;
	half-closed) begins "$1" && server SA && client "$1" A && server FA ;;
	established) begins "$1" && server SA && client "$1" A ;;
	esac
}

# left PORT...: those of these sessions that are still there
left() {
	sessions b1 | awk "$SESSION_FIELDS"' { print $CLIENT }' | sed 's/.*://' | sort | xargs
}

# One session of each kind; the one that makes room last begins first. New sessions are established at once: a
# half-open one would make room first itself after a second.
test_order() {
	local port=6200 kind
	for kind in established half-closed closed closed reset half-open; do
		port=$((port + 1))
		in_tier "$port" "$kind"
	done
	ctl b1 setting set session-limit 6
	idle 2100
	in_tier 6211 established
	check_eq "a half-open session makes room first" "6201 6202 6203 6204 6205 6211" "$(left)"
	in_tier 6212 established
	check_eq "a session that the server reset makes room second" "6201 6202 6203 6204 6211 6212" "$(left)"
	in_tier 6213 established
	check_eq "closed sessions make room third, the oldest first" "6201 6202 6204 6211 6212 6213" "$(left)"
	in_tier 6214 established
	in_tier 6215 established
	check_eq "a half-closed session makes room last" "6201 6211 6212 6213 6214 6215" "$(left)"
	idle 1100
	for port in 6216 6217 6218 6219 6220 6221; do
		client "$port" S
	done
	check_eq "established sessions never make room" "6201 6" "$(left | cut -d' ' -f1) $(left | wc -w)"
	ctl b1 setting set session-limit 1000000
	ctl b1 session flush >/dev/null
}

# open_both NAME N: N TCP connections to the echo servers
open_both() {
	talk_begin "$1" c1 tcp "$VIP4" 7
	talk "$1" open "$2" >/dev/null
	talk "$1" say >/dev/null
}

test_drain() {
	open_both drained 20
	check_eq "20 connections are established, 10 to each server" "10 10" "$(of_server s1) $(of_server s2)"
	ctl b1 server set echo "${ADDR4[s1]}" weight 0
	check_eq "a drained server keeps its connections" "answered 20 refused 0 of 20" "$(talk drained say)"
	talk_begin later c1 tcp "$VIP4" 7
	check_eq "new connections are established while a server is drained" \
		"opened 10 failed 0" "$(talk later open 10 | cut -d' ' -f1-4)"
	check_eq "a drained server gets no new connection" "10 20" "$(of_server s1) $(of_server s2)"
	ctl b1 server set echo "${ADDR4[s1]}" weight 1
	check_eq "a server that is no longer drained gets new connections" \
		"opened 10 failed 0" "$(talk later open 10 | cut -d' ' -f1-4)"
	check_eq "a server that is no longer drained gets as many connections as the other" "15 25" "$(of_server s1) $(of_server s2)"
	ctl b1 server del echo "${ADDR4[s1]}"
	check_eq "deleting a server ends its sessions" " 25" "$(of_server s1) $(of_server s2)"
	check_eq "connections to the other server continue" 10 "$(told 2 "$(talk drained say 1000)")"
	check_eq "status shows the remaining sessions" 25 "$(status b1 sessions)"
	ctl b1 server add echo "${ADDR4[s1]}"
	talk drained reset >/dev/null
	talk later reset >/dev/null
	ctl b1 session flush >/dev/null
}

# One session for each of three VIPs; the second VIP is deleted.
test_vip_del() {
	local port
	for port in 8001 8002 8003; do
		echo "vip add udp $VIP4:$port group echo"
	done | config b1
	flows c1 -n 30 udp 10.64.0.0/16@4000 "$VIP4@8001" "$VIP4@8002" "$VIP4@8003"
	check_eq "three VIPs have sessions" "10 10 10" "$(vip_sessions 8001) $(vip_sessions 8002) $(vip_sessions 8003)"
	ctl b1 vip set udp "$VIP4:8001" group made-up
	check_eq "sessions stay at their servers when a VIP moves to another group" \
		"10 echo 10" "$(vip_sessions 8001) $(of_vip 8001)"
	flows c1 -n 5 udp 10.65.0.0/16@4000 "$VIP4@8001"
	check_eq "new sessions of the moved VIP use the new group" "echo 10 made-up 5" "$(of_vip 8001)"
	ctl b1 vip del udp "$VIP4:8002"
	check_eq "deleting a VIP ends its sessions" "15 0 10" \
		"$(vip_sessions 8001) $(of_vip 8002 | wc -w) $(vip_sessions 8003)"
	check_eq "status shows the sessions of the remaining VIPs" 25 "$(status b1 sessions)"
	ctl b1 vip del udp "$VIP4:8001"
	ctl b1 vip del udp "$VIP4:8003"
	check_eq "deleting the last VIP ends all remaining sessions" 0 "$(status b1 sessions)"
}

vip_sessions() {
	ctl b1 -o -s vip show udp "$VIP4:$1" | sed 's/.* sessions \([0-9]*\) .*/\1/'
}

# of_vip PORT: "group sessions" of it
of_vip() {
	sessions b1 vip "$VIP4:$1" | awk '{ n[$14]++ } END { for (g in n) print g, n[g] }' | sort | tr '\n' ' ' |
		sed 's/ $//'
}

# One segment of a connection by hand. client PORT FLAGS, server FLAGS (to LOCAL)
client() {
	flows c1 -f "$2" tcp "10.64.0.1@$1" "$VIP4@8080"
}

server() {
	flows s1 -f "$1" tcp "192.0.2.129@8080" "${LOCAL/:/@}"
}

# begins PORT: a SYN; sets LOCAL
begins() {
	client "$1" S
	LOCAL=$(session_word local "$1")
}

# session_word WORD PORT: what follows this word in the list of sessions
session_word() {
	[[ $(sessions b1 client "10.64.0.1:$2") =~ \ $1\ ([^ ]+) ]] && echo "${BASH_REMATCH[1]}"
}

# state PORT: of the session
state() {
	session_word state "$1"
}

# states PORT [SIDE FLAGS]...: the state after each segment
states() {
	local port=$1 all
	begins "$port"
	all=$(state "$port")
	shift
	while [ $# -gt 0 ]; do
		if [ "$1" = client ]; then client "$port" "$2"; else server "$2"; fi
		all+=" $(state "$port")"
		shift 2
	done
	echo "${all//tcp-/}"
}

test_states() {
	local before
	check_eq "TCP: the client closes first" "syn syn-ack established established fin fin time-wait time-wait" \
		"$(states 6001 server SA client A server A client FA server A server FA client A)"
	check_eq "TCP: the server closes first" "syn syn-ack established fin fin time-wait time-wait" \
		"$(states 6002 server SA client A server FA client A client FA server A)"
	check_eq "TCP: the server refuses" "syn close" "$(states 6003 server RA)"
	check_eq "TCP: a RST of the client closes the session only if the server accepts it" \
		"syn syn-ack established fin close; syn syn-ack established fin time-wait" \
		"$(states 6004 server SA client A client RA server RA); $(states 6012 server SA client A client RA server FA)"
	check_eq "TCP: a repeated SYN changes nothing" "syn syn syn-ack syn-ack syn-ack" \
		"$(states 6005 client S server SA client S server SA)"
	check_eq "TCP: only a SYN-ACK answers a SYN" "syn syn syn" "$(states 6006 server A client A)"
	before=$(drops b1 no-session)
	flows c1 -f A tcp 10.64.0.1@6007 "$VIP4@8080"
	flows c1 -f SA tcp 10.64.0.1@6008 "$VIP4@8080"
	flows c1 -f FA tcp 10.64.0.1@6009 "$VIP4@8080"
	check_eq "TCP: nothing but a SYN begins a session" "0 3" \
		"$(($(status b1 sessions) - 7)) $(($(drops b1 no-session) - before))"
	flows c1 udp 10.64.0.1@6010 "$VIP4@8080"
	check_eq "UDP: the first packet makes an unanswered session" udp-new "$(state 6010)"
	LOCAL=$(session_word local 6010)
	flows s1 udp "192.0.2.129@8080" "${LOCAL/:/@}"
	check_eq "UDP: an answer establishes the session" udp "$(state 6010)"
	ctl b1 session flush >/dev/null
}

sctp_state() {
	sessions b1 proto sctp | awk "$SESSION_FIELDS"' { print $STATE }'
}

sctp_is() {
	[ "$(sctp_state)" = "$1" ]
}

test_sctp() {
	local text
	if ! modprobe -q sctp; then
		for text in "the handshake succeeds" "the association is established" "the shutdown ends the session"; do
			skip "SCTP: $text" "the kernel has no SCTP"
		done
		return
	fi
	talk_serve s1 sctp "${ADDR4[s1]}" 7
	talk_serve s2 sctp "${ADDR4[s2]}" 7
	talk_begin sctp c1 sctp "$VIP4" 7
	check_eq "SCTP: the handshake succeeds" "opened 1 failed 0" "$(talk sctp open 1 | cut -d' ' -f1-4)"
	check_eq "SCTP: the association is established" "answered 1 refused 0 of 1 sctp-established" \
		"$(talk sctp say) $(sctp_state)"
	talk sctp bye >/dev/null
	check "SCTP: the shutdown ends the session" wait_for 3 sctp_is sctp-shutdown
	ctl b1 session flush >/dev/null
}

# gone PORT; here PORT
gone() {
	[ -z "$(state "$1")" ]
}

here() {
	[ -n "$(state "$1")" ]
}

# Two sessions stay: one by packets of its client, the other by packets of its server. No such packet could start a session.
both_speak() {
	client 7002 A && server A
}

both_kept() {
	expect_stays 4 both_speak && here 7002 && here 7003
}

test_timeouts() {
	local before
	ctl b1 setting set tcp-syn-timeout 2 tcp-established-timeout 3 tcp-close-timeout 1 \
		tcp-time-wait-timeout 1 tcp-fin-timeout 2 udp-new-timeout 1 udp-timeout 3
	ctl b1 session flush >/dev/null
	before=$(status b1 sessions-expired)
	begins 7001
	begins 7004
	server RA
	flows c1 udp 10.64.0.1@7005 "$VIP4@8080"
	begins 7002
	server SA
	client 7002 A
	begins 7003
	server SA
	client 7003 A
	check "a session stays while its client or its server sends" both_kept
	check "TCP: an unfinished handshake expires" wait_for 6 gone 7001
	check "TCP: a session that was reset expires soon" wait_for 5 gone 7004
	check "UDP: a session without an answer expires" wait_for 5 gone 7005
	check "an idle session expires after the last packet of its client" wait_for 8 gone 7002
	check "an idle session expires after the last packet of its server" wait_for 8 gone 7003
	check_eq "all expired sessions are counted" $((before + 5)) "$(status b1 sessions-expired)"
	check_eq "expired sessions are in no counter and list" "0 0 0 " \
		"$(status b1 sessions) $(server_sessions b1 4 | awk '{ n += $2 } END { print n }') $(ctl b1 -o -s \
			link show | awk '{ n += $0 ~ / ports-used 0 / } END { print n == 2 ? "0 " : "used" }')"
	ctl b1 setting set tcp-established-timeout 1
	begins 7006
	server SA
	client 7006 A
	before=$(drops b1 no-session)
	check "a packet of an expired connection finds no session" wait_for 6 late 7006 "$before"
	ctl b1 setting set tcp-syn-timeout 30 tcp-established-timeout 7440 udp-new-timeout 3600 udp-timeout 300
}

# late PORT COUNT: waits, without a packet that would keep the session, until it should have expired
late() {
	gone "$1" && client "$1" A && [ "$(drops b1 no-session)" = $(($2 + 1)) ]
}

# The errors that a client gets: for ping ADDR, and for a UDP packet to port 8080
told_by_ping() {
	on c1 ping -n -q -c 2 -i 0.2 -W 0.5 "$1" | sed -n 's/.*, \([0-9]*\) received.*/\1/p'
}

refused() {
	talk "none$1" open 5 >/dev/null
	talk "none$1" say 1000
	talk "none$1" close >/dev/null
}

test_nobody() {
	local family vip before
	for family in 4 6; do
		[ "$family" = 4 ] && vip=$VIP4 || vip=$VIP6
		talk_begin "none$family" c1 udp "$vip" 8080
		check_eq "IPv$family: a VIP with a server answers ping" 2 "$(told_by_ping "$vip")"
		for group in echo one made-up; do
			ctl b1 -o server show "$group" |
				awk -v f=$family '(index($2, ":") != 0) == (f == 6) {
					print "server set", $1, $2, "weight 0" }' | config b1
		done
		before=$(drops b1 no-server)
		check_eq "IPv$family: a VIP without a server does not answer ping" 0 "$(told_by_ping "$vip")"
		check_eq "IPv$family: a client of a VIP without a server gets 'port unreachable'" \
			"answered 0 refused 5 of 5" "$(refused "$family")"
		check_eq "IPv$family: drops and errors for a VIP without a server are counted" 7 "$(($(drops b1 no-server) - before))"
		[ "$family" = 4 ] || continue
		check_eq "IPv$family: the other family's VIP still answers" 2 "$(told_by_ping "$VIP6")"
	done
	ctl b1 server set echo "${ADDR4[s1]}" weight 1
	check_eq "the VIP answers ping again with the first usable server" "2 0" \
		"$(told_by_ping "$VIP4") $(told_by_ping "$VIP6")"
	ctl b1 setting set icmp-rate 0
	check_eq "with an ICMP rate of 0 no client gets an error" "answered 0 refused 0 of 5" "$(refused 6)"
}

ktap_plan 97
share_topology balancers=1 servers=2
{
	share_links 1
	echo "group add echo"
	for s in s1 s2; do
		echo "server add echo ${ADDR4[$s]}"
		echo "server add echo ${ADDR6[$s]}"
	done
	echo "group add made-up"
	share_servers made-up 2
	echo "group add one"
	share_servers one 1
	echo "vip add any $VIP4:7 group echo"
	echo "vip add any [$VIP6]:7 group echo"
	echo "vip add any $VIP4:80 group made-up"
	echo "vip add any $VIP4:8080 group one"
	echo "vip add any [$VIP6]:8080 group one"
	echo "setting set udp-new-timeout 3600 tcp-close-timeout 1000"
} | config b1
share_relay "any $VIP4" "any $VIP6"
for s in s1 s2; do
	talk_serve $s tcp :: 7
	talk_serve $s udp :: 7
done
test_limit
test_processors
test_offline
test_flood
test_flood_ends
test_room
test_order
test_drain
test_vip_del
test_states
test_sctp
test_timeouts
test_nobody

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Proofs that establish a session, and conditions under which a client gets another server: proofs that the
# client exists, forged segments that have no effect, servers that are drained or do not answer, and SCTP
# packets with several chunks.
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

# The client, the virtual address and the server of what is made by hand, by family
declare -A CLIENT_OF=([4]=10.64.0.1 [6]=2001:db8:c:1::1) VIP_OF=([4]=$VIP4 [6]=$VIP6)
declare -A SERVER_OF=([4]=$(share_server 4 1) [6]=$(share_server 6 1))
FAMILY=4 L4=tcp LOCAL=''

# client PORT [OPTION...], server [OPTION...]: a packet; the server's goes to LOCAL
client() {
	local port=$1
	shift
	flows c1 "$@" "$L4" "${CLIENT_OF[$FAMILY]}@$port" "${VIP_OF[$FAMILY]}@8080"
}

server() {
	flows s1 "$@" "$L4" "${SERVER_OF[$FAMILY]}@8080" "$LOCAL"
}

# of PORT: the client's sessions, the newest first: "ADDRESS@PORT STATE"
of() {
	local client=${CLIENT_OF[$FAMILY]}
	[ "$FAMILY" = 4 ] || client="[$client]"
	sessions b1 client "$client:$1" | awk "$SESSION_FIELDS"' {
		local = $LOCAL
		gsub(/[][]/, "", local)
		n = match(local, /:[0-9]+$/)
		print $20 + 0, substr(local, 1, n - 1) "@" substr(local, n + 1), $STATE
	}' | sort -n | cut -d' ' -f2-
}

state() {
	of "$1" | awk 'NR == 1 { sub(/^(tcp|sctp)-/, "", $2); print $2 }'
}

# begins PORT [OPTION...]: the first packet; sets LOCAL
begins() {
	client "$@"
	LOCAL=$(of "$1" | awk 'NR == 1 { print $1 }')
}

handshake() {
	begins "$1"
	server -f SA
	client "$1" -f A
}

# after PORT [SIDE OPTION... /]...: the state after each packet
after() {
	local port=$1 all='' side options
	shift
	while [ $# -gt 0 ]; do
		side=$1 options=()
		shift
		while [ "$1" != / ]; do
			options+=("$1")
			shift
		done
		shift
		if [ "$side" = client ]; then client "$port" "${options[@]}"; else server "${options[@]}"; fi
		all+=" $(state "$port")"
	done
	echo "${all# }"
}

test_proof() {
	begins 6001
	check_eq "IPv$FAMILY: neither an ACK with a wrong checksum nor one with a wrong number proves that a client exists" \
		"syn-ack syn-ack syn-ack syn-ack" \
		"$(after 6001 server -f SA / client -f A -b / client -f A -a 1000 / client -f FA -a 7 /)"
	check_eq "IPv$FAMILY: an ACK with the number of the SYN-ACK proves that a client exists" established "$(after 6001 client -f A /)"
	begins 6002
	check_eq "IPv$FAMILY: data of the server proves that a client exists, and its ACK does not" "syn-ack syn-ack established" \
		"$(after 6002 server -f SA / server -f A / server -f PA -l 10 /)"
	begins 6003
	check_eq "IPv$FAMILY: a forged RST before the handshake is done changes nothing" \
		"syn syn-ack syn-ack established established" \
		"$(after 6003 client -f R -q 9 / server -f SA / client -f R -q 9 / client -f A / client -f PA -l 10 /)"
	begins 6004
	check_eq "IPv$FAMILY: the server's reset for a forged ACK changes nothing" "syn-ack syn-ack syn-ack established" \
		"$(after 6004 server -f SA / client -f A -a 77 / server -f R -q 77 / client -f A /)"
	begins 6005
	check_eq "IPv$FAMILY: a reset that answers the SYN ends the session" "syn-ack close" \
		"$(after 6005 server -f SA / server -f R -q 1001 /)"
}

# A flood of handshakes whose last segment is forged, to servers that answer.
test_forged_flood() {
	local source=SOURCES$FAMILY
	ctl b1 session flush >/dev/null
	flows c1 -s 3 -n 20 tcp "${!source}" "${VIP_OF[$FAMILY]}@7"
	wait_for 5 answered 20
	flows c1 -s 3 -n 20 -f A -b tcp "${!source}" "${VIP_OF[$FAMILY]}@7"
	flows c1 -s 3 -n 20 -f A -a 12345 tcp "${!source}" "${VIP_OF[$FAMILY]}@7"
	check_eq "IPv$FAMILY: 20 SYNs that the server answers, and 40 forged ACKs: all are half open" "20 0" \
		"$(sessions b1 | grep -c 'state tcp-syn-ack ') $(sessions b1 | grep -c 'state tcp-established ')"
	ctl b1 setting set session-limit 20
	idle 1100
	talk_begin "room$FAMILY" c1 tcp "${VIP_OF[$FAMILY]}" 7
	check_eq "IPv$FAMILY: half-open sessions of forged ACKs make room a second later" "opened 15 failed 0" \
		"$(talk "room$FAMILY" open 15 | cut -d' ' -f1-4)"
	ctl b1 setting set session-limit 1000000
	talk "room$FAMILY" reset >/dev/null
}

answered() {
	[ "$(sessions b1 | grep -c 'state tcp-syn-ack ')" -eq "$1" ]
}

# moved PORT LOCAL: has the client of this port another session than the one with this pair?
moved() {
	[ "$(of "$1" | awk 'NR == 1 { print $1 }')" != "$2" ] && echo moved || echo stays
}

# again PORT LOCAL N: SYNs with a client's retransmission interval, and the result of each
again() {
	local i all=''
	for ((i = 0; i < $3; i++)); do
		idle 850
		client "$1"
		all+=" $(moved "$1" "$2")"
	done
	echo "${all# }"
}

test_unanswered() {
	local old
	begins 6101
	old=$LOCAL
	check_eq "IPv$FAMILY: a third SYN without an answer goes to another server" "stays moved" \
		"$(again 6101 "$old" 2)"
	handshake 6102
	old=$LOCAL
	check_eq "IPv$FAMILY: SYNs on an established connection go to its server" "stays stays" "$(again 6102 "$old" 2)"
	server -f A
	check_eq "IPv$FAMILY: SYNs stay at a server that has answered one" "stays stays" "$(again 6102 "$old" 2)"
	check_eq "IPv$FAMILY: SYNs leave a server that has answered none of two" moved "$(again 6102 "$old" 1)"
	check_eq "IPv$FAMILY: the new session has seen only a SYN" syn "$(state 6102)"
	handshake 6103
	old=$LOCAL
	client 6103
	client 6103
	client 6103
	client 6103
	check_eq "IPv$FAMILY: many SYNs at once end nothing" "stays established" "$(moved 6103 "$old") $(state 6103)"
}

weight() {
	ctl b1 server set "$1" "$2" weight "$3"
}

# A connection to s1 from a fixed port; s1 dies without a reset, and is drained.
test_drained_tcp() {
	local address=ADDR$FAMILY s1 s2
	declare -n host=$address
	s1=${host[s1]} s2=${host[s2]}
	weight echo "$s2" 0
	talk_begin "fixed$FAMILY" c1 tcp "${VIP_OF[$FAMILY]}" 7
	check_eq "IPv$FAMILY: a connection from a fixed port is established" "opened 1 failed 0" \
		"$(talk "fixed$FAMILY" open 1 7777 | cut -d' ' -f1-4)"
	weight echo "$s2" 1
	ip -n "${NS[s1]}" "-$FAMILY" route replace blackhole default
	weight echo "$s1" 0
	talk "fixed$FAMILY" reset >/dev/null
	check_eq "IPv$FAMILY: a server dies and is drained: the next connection from the same port has another server" "opened 1 failed 0" \
		"$(talk "fixed$FAMILY" open 1 7777 4000 | cut -d' ' -f1-4)"
	check_eq "IPv$FAMILY: the other server answers" "answered 1 refused 0 of 1" "$(talk "fixed$FAMILY" say)"
	talk "fixed$FAMILY" reset >/dev/null
	ip -n "${NS[s1]}" "-$FAMILY" route replace default via "$([ "$FAMILY" = 4 ] && echo "$RELAY4" || echo "$RELAY6")" \
		dev eth0 onlink
	weight echo "$s1" 1
}

# a UDP flow that continues without an answer
still_sends() {
	client "$1"
	[ -n "$(of "$1")" ]
}

has_left() {
	! still_sends "$1"
}

test_drained_udp() {
	L4=udp
	ctl b1 setting set udp-timeout 2
	begins 6201
	begins 6202
	server
	check_eq "IPv$FAMILY: two flows of UDP, one of them answered" "udp-new udp" "$(state 6201) $(state 6202)"
	check "IPv$FAMILY: both UDP flows stay while their clients send" expect_stays 4 both_send
	weight one "${SERVER_OF[$FAMILY]}" 0
	check "IPv$FAMILY: a UDP flow that its drained server never answered leaves the server" wait_for 3 has_left 6201
	check "IPv$FAMILY: an answered UDP flow leaves the drained server when it was silent for udp-timeout" wait_for 6 has_left 6202
	weight one "${SERVER_OF[$FAMILY]}" 1
	ctl b1 setting set udp-timeout 300
	L4=tcp
}

both_send() {
	still_sends 6201 && still_sends 6202
}

# INIT 1, SACK 3, ABORT 6, ERROR 9, COOKIE-ACK 11, AUTH 15
test_chunks() {
	L4=sctp
	begins 6301
	check_eq "IPv$FAMILY: SCTP: AUTH before COOKIE-ACK" established "$(after 6301 server -c 15 -e 11 /)"
	check_eq "IPv$FAMILY: SCTP: SACK before ABORT" shutdown "$(after 6301 server -c 3 -e 6 /)"
	begins 6302
	check_eq "IPv$FAMILY: SCTP: ERROR before ABORT of the client" "established shutdown" \
		"$(after 6302 server -c 11 / client -c 9 -e 6 /)"
	begins 6303
	check_eq "IPv$FAMILY: SCTP: SACK and ERROR end nothing" "established established" \
		"$(after 6303 server -c 11 / server -c 3 -e 9 /)"
	L4=tcp
}

ktap_plan 50
share_topology balancers=1 servers=2
{
	share_links 1
	echo "group add echo"
	for s in s1 s2; do
		echo "server add echo ${ADDR4[$s]}"
		echo "server add echo ${ADDR6[$s]}"
	done
	echo "group add one"
	share_servers one 1
	for vip in "$VIP4" "[$VIP6]"; do
		echo "vip add any $vip:7 group echo"
		echo "vip add any $vip:8080 group one"
	done
} | config b1
share_relay "any $VIP4" "any $VIP6"
for s in s1 s2; do
	talk_serve $s tcp :: 7
done
# What is sent in the name of a server that does not exist cannot ask for the relay's address: see share_meet.
ip -n "${NS[s1]}" neighbour replace "$RELAY6" dev eth0 nud permanent lladdr "$(on r cat /sys/class/net/s1/address)"
for FAMILY in 4 6; do
	test_proof
	test_forged_flood
	test_unanswered
	test_drained_tcp
	test_drained_udp
	test_chunks
	ctl b1 session flush >/dev/null
done

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Local pairs of address and port: no server gets a pair twice, many servers share it, counters are right, and
# pairs are used up and freed. Also clients that use their port again.
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

# pair CLIENT: "local link state" of the sessions of a client (address and port), the newest first
pair() {
	sessions b1 client "$1" | awk "$SESSION_FIELDS"' { print $20 + 0, $LOCAL, $RETURN, $STATE }' |
		sort -n | cut -d' ' -f2-
}

# state CLIENT: the state of its newest session
state() {
	pair "$1" | awk 'NR == 1 { print $3 }'
}

# One segment of a connection by hand: of the client 10.64.0.1 at PORT, or of its server to LOCAL.
# client PORT FLAGS, server LOCAL FLAGS
client() {
	flows c1 -f "$2" tcp "10.64.0.1@$1" "$VIP4@8080"
}

server() {
	flows s1 -f "$2" tcp "192.0.2.129@8080" "${1/:/@}"
}

# handshake PORT: opens by hand and sets LOCAL
handshake() {
	client "$1" S
	LOCAL=$(pair "10.64.0.1:$1" | awk 'NR == 1 { print $1 }')
	server "$LOCAL" SA
	client "$1" A
}

quickly() {
	local opened=$1
	echo "$opened"
	[[ $opened =~ ^opened\ 1\ failed\ 0\ slowest\ ([0-9]+)$ ]] && [ "${BASH_REMATCH[1]}" -lt 900 ]
}

# A client ends a connection and opens the next one from the same port at once: a lost SYN would cost a second.
# Where the server has not said that it has closed, it must be asked: the next one has the pair of the one before.
# test_reuse_real PROTO HOW COMMAND PORT same|other
test_reuse_real() {
	local proto=$1 how=$2 port=$4 old new
	talk "$proto" open 1 "$port" >/dev/null
	talk "$proto" say >/dev/null
	old=$(pair "${ADDR4[c1]}:$port")
	talk "$proto" "$3" >/dev/null
	check "$proto: after $how the client can use its port again at once" \
		quickly "$(talk "$proto" open 1 "$port")"
	check_eq "$proto: both ends exchange data over the new connection" "answered 1 refused 0 of 1" \
		"$(talk "$proto" say)"
	new=$(pair "${ADDR4[c1]}:$port" | head -n 1)
	check_eq "$proto: the new connection has the $5 local pair" "$5" \
		"$([ "${old%% *}" = "${new%% *}" ] && echo same || echo other)"
	talk "$proto" reset >/dev/null
}

test_reuse_sctp() {
	local s text
	if ! modprobe -q sctp; then
		for text in "the client's port works again at once" "both ends talk" "another local pair"; do
			skip "SCTP: $text" "the kernel has no SCTP"
		done
		return
	fi
	for s in s1 s2; do
		talk_serve $s sctp "${ADDR4[$s]}" 9
	done
	talk_begin sctp c1 sctp "$VIP4" 9
	test_reuse_real sctp "the server has closed first" bye 5003 other
}

test_reuse_by_hand() {
	local old late before
	handshake 6001
	check_eq "a hand-made connection is established" tcp-established "$(state 10.64.0.1:6001)"
	old=$LOCAL
	client 6001 S
	check_eq "another SYN does not end an established connection" "$old" \
		"$(pair 10.64.0.1:6001 | cut -d' ' -f1)"
	client 6001 FA
	server "$old" FA
	check_eq "both sides close the connection" tcp-time-wait "$(state 10.64.0.1:6001)"
	handshake 6001
	check_eq "the client's next SYN starts a new session" tcp-established "$(state 10.64.0.1:6001)"
	check_not "the new session has another local pair" [ "$old" = "$LOCAL" ]
	check_eq "the old session keeps its local pair" 1 "$(pair 10.64.0.1:6001 | grep -c "$old ")"
	before=$(drops b1 superseded)
	late=$(status b1 sessions-total)
	server "$old" A
	server "$old" FA
	check_eq "late segments of the old connection are dropped as superseded" 2 \
		$(($(drops b1 superseded) - before))
	check_eq "late segments change neither session" "tcp-established $late" \
		"$(state 10.64.0.1:6001) $(status b1 sessions-total)"
	handshake 6002
	old=$LOCAL
	server "$old" RA
	check_eq "a RST of the server closes the session" tcp-close "$(state 10.64.0.1:6002)"
	handshake 6002
	check_eq "the client can use the port again at once" "tcp-established 2" \
		"$(state 10.64.0.1:6002) $(pair 10.64.0.1:6002 | wc -l)"
	# anybody can send what follows in the client's name
	old=$LOCAL
	client 6002 R
	check_eq "a RST of the client closes only its side, as the server may ignore it" \
		tcp-fin "$(state 10.64.0.1:6002)"
	client 6002 S
	check_eq "a SYN after the client's RST goes to the same server with the same pair" "$old 2" \
		"$(pair 10.64.0.1:6002 | awk 'NR == 1 { print $1 }') $(pair 10.64.0.1:6002 | wc -l)"
	server "$old" A
	check_eq "the session follows if the server continues the old connection" tcp-fin "$(state 10.64.0.1:6002)"
	server "$old" SA
	client 6002 A
	check_eq "the session follows if the server starts a new connection" "tcp-established $old" \
		"$(state 10.64.0.1:6002) $(pair 10.64.0.1:6002 | awk 'NR == 1 { print $1 }')"
	ctl b1 session flush client 10.64.0.1 >/dev/null
	check_eq "a flush ends superseded sessions, too" "" "$(pair 10.64.0.1:6001)"
}

# unique: no pair has two sessions with one server and protocol; prints how many pairs serve several
unique() {
	sessions b1 | awk "$SESSION_FIELDS"'
		{
			n++
			if (seen[$PROTO, $SERVER, $LOCAL]++)
				twice++
			if (!both[$SERVER, $LOCAL]++ && servers[$LOCAL]++ == 1)
				shared++
		}
		END {
			print n, "sessions,", twice + 0, "with a pair that another one has,",
				shared + 0, "pairs with more than one server"
		}'
}

small_pool() {
	local told
	told=$(unique)
	echo "$told"
	[[ $told =~ ^9000\ sessions,\ 0\ .*\ [0-9]{3,}\ pairs\ with ]]
}

test_unique() {
	ctl b1 session flush >/dev/null
	ctl b1 vip set any "$VIP4" group made-up
	ctl b1 vip set any "$VIP6" group made-up
	flows4 12000
	check_eq "of 12,000 sessions no two share a pair at one server" \
		"12000 sessions, 0 with a pair that another one has" \
		"$(unique | cut -d, -f1-2)"
	ctl b1 session flush >/dev/null
	# 320 ports, 4 addresses and 2 links: 2560 pairs for each of 2 servers and 2 protocols
	ctl b1 setting set port-first 2000 port-last 2319
	flows4 3000
	flows c1 -s 1 -n 3000 tcp "$SOURCES4" "$VIP4@80"
	flows6 3000
	check "a small pool serves many servers, with each pair once per server" small_pool
	check_eq "every local port is inside the configured range" 0 \
		"$(sessions b1 | awk "$SESSION_FIELDS"' { sub(/.*:/, "", $LOCAL); n += $LOCAL < 2000 || $LOCAL > 2319 }
			END { print n + 0 }')"
	ctl b1 session flush >/dev/null
}

# pool NAME: a value of both links' pools, "l1 l2"
pool() {
	ctl b1 -o -s link show | sed -E "s/.* ports-$1 ([0-9]+).*/\1/" | tr '\n' ' '
}

# 64 ports, and one IPv4 address a link: 64 pairs on each of two links for each of two servers
test_exhausted() {
	local total before
	ctl b1 vip set any "$VIP4" group echo
	ctl b1 setting set port-first 3000 port-last 3063
	ctl b1 link set l1 local 10.1.1.2
	ctl b1 link set l2 local 10.1.2.2
	check_eq "no pair is in use at first" "0 0 / 64 64 " "$(pool used)/ $(pool free)"
	talk_begin old c1 udp "$VIP4" 7
	check_eq "ten flows are established" "opened 10 failed 0" "$(talk old open 10 | cut -d' ' -f1-4)"
	check_eq "the ten flows are answered" "answered 10 refused 0 of 10" "$(talk old say)"
	before=$(drops b1 no-port)
	flows c1 -s 1 -n 990 udp "$SOURCES4" "$VIP4@7"
	wait_for 5 settled
	check_eq "there are as many sessions as pairs: 2 servers, 2 links, 64 ports" 256 "$(status b1 sessions)"
	check_eq "each server has its share of the sessions" "${ADDR4[s1]} 128 ${ADDR4[s2]} 128 " \
		"$(server_sessions b1 4 | awk '$2' | tr '\n' ' ')"
	check_eq "all pairs are in use, and none is free" "128 128 / 0 0 " "$(pool used)/ $(pool free)"
	total=$(pool failed | awk '{ print $1 + $2 }')
	check_eq "flows without a free pair are refused and counted" \
		"744 744" "$(($(drops b1 no-port) - before)) $total"
	check_eq "established flows continue with an empty pool" "answered 10 refused 0 of 10" "$(talk old say)"
	flows c1 -s 1 -n 20 tcp "$SOURCES4" "$VIP4@8080"
	check_eq "another protocol has its own pairs" 276 "$(status b1 sessions)"
	test_given_back
}

settled() {
	[ "$(sessions b1 proto udp | grep -c 'state udp ')" = 256 ]
}

test_given_back() {
	local one
	one=$(sessions b1 proto udp |
		awk "$SESSION_FIELDS"' $CLIENT ~ /^10\./ { print "server", $SERVER, "local", $LOCAL; exit }')
	# shellcheck disable=SC2086
	check_eq "session flush ends one session" "1 session ended" "$(ctl b1 session flush proto udp $one)"
	# some of these come in on the right link and are meant for the right server
	flows c1 -s 2 -n 60 udp "$SOURCES4" "$VIP4@7"
	# shellcheck disable=SC2086
	check_eq "another flow gets the pair of the ended session at once" "276 1" \
		"$(status b1 sessions) $(sessions b1 proto udp $one | wc -l)"
	talk old close >/dev/null
	ctl b1 session flush >/dev/null
	check_eq "all pairs are free after all sessions ended" "0 0 / 64 64 " "$(pool used)/ $(pool free)"
	check_eq "new flows are established with the freed pairs" \
		"opened 10 failed 0" "$(talk old open 10 | cut -d' ' -f1-4)"
	check_eq "the new flows are answered" "answered 10 refused 0 of 10" "$(talk old say)"
}

# one_by_one FAMILY N: opens connections one after the other, each closed by its server; prints how many were
# opened, and whether the balancer dropped SYNs because no port was free
one_by_one() {
	local vip=VIP$1 before said
	before=$(drops b1 no-port)
	talk_begin "row$1" c1 tcp "${!vip}" 80
	said=$(talk "row$1" turns "$2")
	echo "${said% slowest*} $([ "$(drops b1 no-port)" = "${before:?}" ] || echo "and SYNs dropped")"
}

# Ten ports, and many more connections than pairs: closed ones yield their pair. Nobody waits for a timeout.
test_yield() {
	local family n=300
	ctl b1 vip set any "$VIP4" group echo
	ctl b1 vip set any "$VIP6" group echo
	ctl b1 link set l1 local 10.1.1.2 local 2001:db8:a:11::2
	ctl b1 link set l2 local 10.1.2.2 local 2001:db8:a:12::2
	ctl b1 setting set port-first 40000 port-last 40009
	for family in 4 6; do
		talk_begin "kept$family" c1 tcp "$([ $family = 4 ] && echo "$VIP4" || echo "$VIP6")" 80
		talk "kept$family" open 10 >/dev/null
		check_eq "IPv$family: 40 pairs, 10 connections that stay, and $n one after the other" \
			"opened $n failed 0 " \
			"$(one_by_one $family $n)"
		check_eq "IPv$family: the 10 long connections continue" \
			"answered 10 refused 0 of 10" "$(talk "kept$family" say)"
		talk "kept$family" reset >/dev/null
	done
	ctl b1 session flush >/dev/null
}

# 5 pairs on each of two links for one server, of two groups and VIPs: all can be used, whatever link is drawn first.
test_other_link() {
	local family vip
	ctl b1 setting set port-first 40000 port-last 40004
	{
		echo "group add twin"
		echo "server add twin ${ADDR4[s1]}:7"
		echo "server add twin [${ADDR6[s1]}]:7"
		echo "group add twin2"
		echo "server add twin2 ${ADDR4[s1]}:7"
		echo "server add twin2 [${ADDR6[s1]}]:7"
		echo "vip add udp $VIP4:7001 group twin"
		echo "vip add udp $VIP4:7002 group twin2"
		echo "vip add udp [$VIP6]:7001 group twin"
		echo "vip add udp [$VIP6]:7002 group twin2"
	} | config b1
	for family in 4 6; do
		[ "$family" = 4 ] && vip=$VIP4 || vip=$VIP6
		talk_begin "one$family" c1 udp "$vip" 7001
		talk_begin "two$family" c1 udp "$vip" 7002
		talk "one$family" open 5 >/dev/null
		check_eq "IPv$family: flows of two VIPs that share a server are answered" "answered 5 refused 0 of 5" \
			"$(talk "one$family" say)"
		talk "two$family" open 5 >/dev/null
		check_eq "IPv$family: no flow is refused while a link has a pair" "answered 5 refused 0 of 5" \
			"$(talk "two$family" say)"
		check_eq "IPv$family: when all pairs are in use, no pair is free on either link" "5 5 / 0 0 " "$(pool used)/ $(pool free)"
		talk_begin "three$family" c1 udp "$vip" 7001
		talk "three$family" open 1 >/dev/null
		check_eq "IPv$family: a flow is refused when all pairs are in use" \
			"answered 0 refused 0 of 1" "$(talk "three$family" say 500)"
		ctl b1 session flush >/dev/null
	done
}

ktap_plan 53
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
	echo "vip add any $VIP4 group echo"
	echo "vip add any $VIP6 group echo"
	echo "vip add tcp $VIP4:8080 group one"
	echo "setting set tcp-close-timeout 1000"
} | config b1
share_relay "any $VIP4" "any $VIP6"
for s in s1 s2; do
	talk_serve $s tcp :: 80
	talk_serve $s udp :: 7
done
talk_begin tcp c1 tcp "$VIP4" 80
test_reuse_real tcp "the server has closed first" bye 5001 other
test_reuse_real tcp "a RST of the client" reset 5002 same
test_reuse_sctp
test_reuse_by_hand
test_unique
test_exhausted
test_yield
test_other_link

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Policy: limits of servers and VIPs, overflow to the next tier, timeouts of a VIP, and what refused clients are told.
#
#   c1 --- r --- (servers 1 to 4, made up), s1 (real)
#         | |
#         b1

# shellcheck source=selftests/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=selftests/lib_share.sh
. "$SLB_SELFTESTS/lib_share.sh"

N=4

# each FAMILY SERVER WORDS...: changes servers, named by a list of numbers
each() {
	local family=$1 list=$2 i
	shift 2
	for i in $list; do
		echo "server set web $(share_server "$family" "$i") $*"
	done | config b1
}

# all LIST WORDS...: the same for both families
all() {
	each 4 "$@"
	each 6 "$@"
}

# shares FAMILY: sessions of the servers, in their order
shares() {
	local i sessions
	sessions=$(server_sessions b1 "$1")
	for ((i = 1; i <= N; i++)); do
		awk -v server="$(share_server "$1" $i)" '$1 == server { printf "%s ", $2 }' <<<"$sessions"
	done | sed 's/ $//'
}

# fresh FAMILY N [ARG...]: flows while no others are there
fresh() {
	local family=$1
	shift
	ctl b1 session flush >/dev/null
	"flows$family" "$@"
}

# explain FAMILY: what becomes of a new flow
explain() {
	if [ "$1" = 4 ]; then
		ctl b1 explain udp client 10.64.0.9:9 vip "$VIP4:80" 2>&1
	else
		ctl b1 explain udp client "[2001:db8:c:1::9]:9" vip "[$VIP6]:80" 2>&1
	fi
}

test_server_limit() {
	local f
	for f in 4 6; do
		ctl b1 group set web scheduler rr
		all "1 2 3 4" session-limit 0
		each $f 1 session-limit 50
		check_eq "IPv$f: with a server full, no flow is refused" 0 "$(more server-full fresh $f 800)"
		check "IPv$f: the full server has just its limit, and the others the rest" \
			spread 1 "$(share_server $f 1)=50 $(share_server $f 2)=250 $(share_server $f 3)=250 $(share_server $f 4)=250" \
			< <(server_sessions b1 $f)
		each $f "1 2 3 4" session-limit 100
		check_eq "IPv$f: with all of them full, flows are refused" 400 "$(more server-full fresh $f 800)"
		check_eq "IPv$f: no server has more than its limit" "100 100 100 100" "$(shares $f)"
		check "IPv$f: explain names the limit" grep -q server-full < <(explain $f)
		ctl b1 session flush server "$(share_server $f 2)" >/dev/null
		flows$f 800 >/dev/null
		check_eq "IPv$f: new flows take the place of ended ones" "100 100 100 100" "$(shares $f)"
		each $f 3 session-limit 0
		check_eq "IPv$f: without a limit a server takes all that is left" 0 "$(more server-full fresh $f 800)"
		check_eq "IPv$f: the others are full" "100 100 500 100" "$(shares $f)"
	done
	all "1 2 3 4" session-limit 0
}

# Two processors, each with more flows than there is room for.
# halves: 400 flows on each of two processors
halves() {
	local second=$(($(nproc) > 1 ? 2 : 1)) sender
	on c1 taskset 1 "$FLOWS" -s 13 -n 400 udp "$SOURCES4" "$VIP4@80" &
	sender=$!
	on c1 taskset $second "$FLOWS" -s 14 -n 400 udp "$SOURCES4" "$VIP4@80"
	wait $sender
}

test_processors() {
	local sched second=$(($(nproc) > 1 ? 2 : 1)) sender
	all "1 2 3 4" session-limit 200
	for sched in rr wrr lc wlc sed nq p2c sh mh; do
		ctl b1 group set web scheduler $sched
		ctl b1 session flush >/dev/null
		on c1 taskset 1 "$FLOWS" -s 11 -n 1000 udp "$SOURCES4" "$VIP4@80" &
		sender=$!
		on c1 taskset $second "$FLOWS" -s 12 -n 1000 udp "$SOURCES4" "$VIP4@80"
		wait $sender
		check_eq "$sched: flows on two processors fill each server to its limit" "200 200 200 200" "$(shares 4)"
		ctl b1 session flush >/dev/null
		check_eq "$sched: as many flows as there is room for: none is refused" 0 "$(more server-full halves)"
	done
	all "1 2 3 4" session-limit 0
	check_eq "without a limit all sessions are still counted" 800 "$(ctl b1 -s -j server show | jq '[.[].sessions] | add')"
	ctl b1 session flush >/dev/null
	check_eq "and none is left in the end" 0 "$(ctl b1 -s -j server show | jq '[.[].sessions] | add')"
}

# The servers that flows of a hash go to when one is full are the same each time.
test_hash_full() {
	local sched
	ctl b1 setting set hash-key 000102030405060708090a0b0c0d0e0f
	for sched in sh mh; do
		ctl b1 group set web scheduler $sched
		all "1 2 3 4" session-limit 0
		each 4 1 session-limit 1
		fresh 4 2000
		sessions b1 | awk "$SESSION_FIELDS"' { print $CLIENT, $SERVER }' | sort >"$TMP/one"
		fresh 4 2000
		sessions b1 | awk "$SESSION_FIELDS"' { print $CLIENT, $SERVER }' | sort >"$TMP/two"
		check_eq "$sched: no flow is lost when a server is full" 2000 "$(wc -l <"$TMP/one")"
		# which flow comes first decides which one the full server has
		check "$sched: a full server's flows go to the same other servers again" [ "$(comm -3 "$TMP/one" "$TMP/two" | wc -l)" -le 4 ]
	done
	all 1 session-limit 0
}

test_hash_source() {
	ctl b1 group set web scheduler mh hash source
	ctl b1 session flush >/dev/null
	flows c1 -n 4000 udp 10.64.1.0/25@1024-65535 "$VIP4@80"
	flows c1 -n 2000 udp 2001:db8:c:1::/121@1024-65535 "$VIP6@80"
	check "mh with hash source: a client has one server for all its ports" one_server
	check_eq "mh with hash source: all servers get clients" "4 4" \
		"$(server_sessions b1 4 | awk '$2' | wc -l) $(server_sessions b1 6 | awk '$2' | wc -l)"
	check "the group shows it" grep -q 'scheduler mh .*hash source' < <(ctl b1 -o group show web)
	ctl b1 group set web hash flow
	ctl b1 session flush >/dev/null
	flows c1 -n 4000 udp 10.64.1.0/25@1024-65535 "$VIP4@80"
	check_not "mh with hash flow: a client has several" one_server
	check_not "no other scheduler has hash" ctl b1 group set web scheduler rr hash source
}

one_server() {
	sessions b1 | awk "$SESSION_FIELDS"' {
		client = $CLIENT
		sub(/:[0-9]+$/, "", client)
		n++
		if (!(client in server))
			server[client] = $SERVER
		bad += server[client] != $SERVER
	}
	END { print n " flows, " bad " astray"; exit bad || n < 1000 }'
}

# A client with 600 flows, and 400 of others.
uneven() {
	ctl b1 session flush >/dev/null
	flows c1 -n 600 udp "$1@1024-65535" "$3@80"
	flows c1 -n 400 udp "$2@1024-65535" "$3@80"
}

# most FAMILY [WEIGHT]: the sessions of the fullest server, by weight; that of the first one is WEIGHT
most() {
	server_sessions b1 "$1" | awk -v first="$(share_server "$1" 1)" -v weight="${2:-1}" '
		{ load = $1 == first ? $2 / weight : $2 }
		load > most { most = load }
		END { print int(most + 0.99) }'
}

# placed: "client server" of the other clients
placed() {
	sessions b1 | awk "$SESSION_FIELDS"' { print $CLIENT, $SERVER }' | grep -v '^10\.64\.9\.9:' | sort
}

test_hash_balance() {
	local words
	for words in "sh" "mh hash source"; do
		# shellcheck disable=SC2086
		ctl b1 group set web scheduler $words
		uneven 10.64.9.9/32 10.64.1.0/24 "$VIP4"
		check "$words: a busy client loads its server" [ "$(most 4)" -gt 600 ]
		placed >"$TMP/one"
		ctl b1 group set web hash-balance-factor 125
		uneven 10.64.9.9/32 10.64.1.0/24 "$VIP4"
		check "$words: with hash-balance-factor 125 no server has more than 1.25 times the mean" between 250 "$(most 4)" 314
		placed >"$TMP/two"
		check "$words: most of the other clients stay" [ "$(comm -3 "$TMP/one" "$TMP/two" | wc -l)" -lt 400 ]
		uneven 2001:db8:c:1::9/128 2001:db8:c:1::100/120 "$VIP6"
		check "$words: IPv6, too" between 250 "$(most 6)" 314
		each 4 1 weight 3
		uneven 10.64.9.9/32 10.64.1.0/24 "$VIP4"
		check "$words: by weight" between 166 "$(most 4 3)" 210
		each 4 1 weight 1
		ctl b1 group set web hash-balance-factor 0
	done
	check_not "rr has no hash-balance-factor" ctl b1 group set web scheduler rr hash-balance-factor 125
	check_not "it must be above 100" ctl b1 group set web scheduler sh hash-balance-factor 100
	ctl b1 group set web scheduler rr
}

# A server in its slow start, another one with a limit, and no other tier.
test_overflow_slow() {
	ctl b1 group set web scheduler wrr overflow yes slow-start 3
	each 4 1 session-limit 100
	each 4 2 state drain
	each 4 2 state up
	check_eq "overflow in a slow start: nothing is refused" 0 "$(more server-full fresh 4 400)"
	ctl b1 group set web overflow no slow-start 0
	all 1 session-limit 0
}

test_overflow() {
	local f
	ctl b1 group set web scheduler rr
	all "1 2" session-limit 100
	all 3 tier 2
	all 4 tier 5
	for f in 4 6; do
		check_eq "IPv$f: without overflow the next tier takes nothing" 200 "$(more server-full fresh $f 400)"
		check_eq "IPv$f: the first tier is full" "100 100 0 0" "$(shares $f)"
		ctl b1 group set web overflow yes
		check_eq "IPv$f: with overflow nothing is refused" 0 "$(more server-full fresh $f 400)"
		check_eq "IPv$f: the next tier takes what is left" "100 100 200 0" "$(shares $f)"
		each $f 3 session-limit 50
		check_eq "IPv$f: with that full nothing is refused, either" 0 "$(more server-full fresh $f 400)"
		check_eq "IPv$f: then the last tier takes the rest" "100 100 50 150" "$(shares $f)"
		each $f 4 session-limit 10
		check_eq "IPv$f: when all tiers are full flows are refused" 140 "$(more server-full fresh $f 400)"
		each $f "3 4" session-limit 0
		ctl b1 group set web overflow no
	done
	check_eq "tiers that take what overflows are not active" 0 "$(ctl b1 -j group show web | json active_tier)"
	all "3 4" tier 0
	all "1 2 3 4" session-limit 0
}

test_vip_limit() {
	ctl b1 vip set any "$VIP4" session-limit 250
	check_eq "of 400 flows the VIP refuses 150" 150 "$(more vip-limit fresh 4 400)"
	check_eq "another VIP is not concerned" 0 "$(more vip-limit flows6 400)"
	check_eq "the VIP has just its limit" 250 "$(ctl b1 -s -j vip show any "$VIP4" | json sessions)"
	check "explain names the limit" grep -q vip-limit < <(explain 4)
	ctl b1 session flush server "$(share_server 4 2)" >/dev/null
	flows4 400 >/dev/null
	check_eq "new flows take the place of ended ones" 250 "$(ctl b1 -s -j vip show any "$VIP4" | json sessions)"
	vip_processors
	ctl b1 vip set any "$VIP4" session-limit 0
	check_eq "without the limit nothing is refused" 0 "$(more vip-limit fresh 4 400)"
}

vip_processors() {
	local second=$(($(nproc) > 1 ? 2 : 1)) sender
	ctl b1 session flush >/dev/null
	on c1 taskset 1 "$FLOWS" -s 11 -n 500 udp "$SOURCES4" "$VIP4@80" &
	sender=$!
	on c1 taskset $second "$FLOWS" -s 12 -n 500 udp "$SOURCES4" "$VIP4@80"
	wait $sender
	check "flows on two processors do not exceed it" between 248 \
		"$(ctl b1 -s -j vip show any "$VIP4" | json sessions)" 250
}

test_vip_rate() {
	local begin took got
	ctl b1 vip set any "$VIP4" rate-limit 20
	begin=$SECONDS
	got=$(more vip-rate fresh 4 1000)
	took=$((SECONDS - begin))
	check_eq "what is not refused has a session" 1000 "$((got + $(status b1 sessions)))"
	check "no more than 20 sessions begin in a second" between 1 "$(status b1 sessions)" $((20 * (took + 2)))
	ctl b1 vip set any "$VIP4" rate-limit 0
	check_eq "without the limit nothing is refused" 0 "$(more vip-rate fresh 4 400)"
}

# answers WHAT COMMAND...: how many packets of a kind (reset, unreachable) does c1 get meanwhile?
answers() {
	local what=$1 match
	shift
	on c1 nft "add table inet told; add chain inet told in { type filter hook input priority 0; }"
	case $what in
	reset) on c1 nft "add rule inet told in tcp flags & rst == rst counter" ;;
	unreachable)
		for match in icmp icmpv6; do
			on c1 nft "add rule inet told in $match type destination-unreachable counter"
		done ;;
	esac
	"$@" >/dev/null 2>&1
	sleep 0.2
	on c1 nft -j list chain inet told in | jq '[.nftables[].rule.expr[]?.counter.packets // empty] | add'
	on c1 nft delete table inet told
}

# connect VIP
connect() {
	on c1 timeout 1 bash -c "exec 3<>/dev/tcp/$1/80"
}

# udp VIP
udp() {
	on c1 bash -c "echo >/dev/udp/$1/80"
}

test_refuse() {
	local f vip
	for f in 4 6; do
		vip=VIP$f
		vip=${!vip}
		ctl b1 vip set any "$vip" session-limit 1
		fresh $f 1
		check_eq "IPv$f: by default a refused client gets an ICMP error" 1 "$(answers unreachable connect "$vip")"
		check_eq "IPv$f: a UDP client, too" 1 "$(answers unreachable udp "$vip")"
		ctl b1 vip set any "$vip" refuse reset
		check_eq "IPv$f: refuse reset: a TCP client gets a reset" 1 "$(answers reset connect "$vip")"
		check_eq "IPv$f: refuse reset: and no ICMP error" 0 "$(answers unreachable connect "$vip")"
		check_eq "IPv$f: refuse reset: a UDP client gets an ICMP error" 1 "$(answers unreachable udp "$vip")"
		ctl b1 vip set any "$vip" refuse drop
		check_eq "IPv$f: refuse drop: a client gets no reset" 0 "$(answers reset connect "$vip")"
		check_eq "IPv$f: refuse drop: and no ICMP error" 0 "$(answers unreachable connect "$vip")"
		ctl b1 vip set any "$vip" session-limit 0 refuse reset
		each $f "1 2 3 4" state drain
		check_eq "IPv$f: refuse reset: without a server, too" 1 "$(answers reset connect "$vip")"
		each $f "1 2 3 4" state up
		ctl b1 vip set any "$vip" refuse unreachable
	done
}

gone() {
	[ "$(sessions b1 | grep -c " vip $VIP4:$1 ")" = 0 ]
}

# left PORT: seconds that the session of a VIP has left
left() {
	ctl b1 -j session show | jq "[.[] | select(.vip_port == $1) | .expires] | (max // 0) / 1000 | ceil"
}

# a slow machine may take some seconds
lefts() {
	between 0 "$(left 2002)" 2 && between 30 "$(left 2060)" 60 && between 500 "$(left 2600)" 600
}

test_timeouts() {
	{
		echo "setting set udp-new-timeout 600"
		echo "vip add udp $VIP4:2002 group web udp-new-timeout 2"
		echo "vip add udp $VIP4:2060 group web udp-new-timeout 60"
		echo "vip add udp $VIP4:2600 group web"
	} | config b1
	ctl b1 session flush >/dev/null
	for port in 2002 2060 2600; do
		flows c1 -n 10 udp "$SOURCES4" "$VIP4@$port"
	done
	check "each VIP's sessions have its timeout" lefts
	check "those of two seconds end" wait_for 40 gone 2002
	check_not "those of 60 seconds do not" gone 2060
	check_not "those of the setting do not" gone 2600
	check "the VIP shows it" grep -q 'udp-new-timeout 2$' < <(ctl b1 -o vip show udp "$VIP4:2002")
	ctl b1 vip set udp "$VIP4:2600" udp-new-timeout 1
	check "a timeout that is set later holds for sessions that exist" wait_for 40 gone 2600
	ctl b1 vip set udp "$VIP4:2060" udp-new-timeout 0
	check_eq "0 means the setting" 1 "$(($(left 2060) > 60))"
}

ktap_plan 106
share_topology balancers=1
{
	share_links 1
	echo "group add web"
	share_servers web $N
	echo "vip add any $VIP4 group web"
	echo "vip add any $VIP6 group web"
	echo "setting set udp-new-timeout 3600"
} | config b1
share_relay "any $VIP4" "any $VIP6"
test_server_limit
test_processors
test_hash_full
test_hash_source
test_hash_balance
test_overflow
test_overflow_slow
test_vip_limit
test_vip_rate
test_refuse
test_timeouts

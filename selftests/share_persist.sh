#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Persistence: clients of a prefix return to their server, by all VIPs of its group, while other servers come and go; not
# to one that is drained, down, full or deleted. The table is bounded, shown and flushed.
#
#   c1 --- r --- (servers, made up), s1 (real)
#         | |
#         b1

# shellcheck source=selftests/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=selftests/lib_share.sh
. "$SLB_SELFTESTS/lib_share.sh"

N=4
PREFIXES=1024
NETWORKS=10.64.0.0/19

# come PORT [VIP]: the eight clients of each of the prefixes, each once
come() {
	flows c1 -n $((8 * PREFIXES)) udp "$NETWORKS@$1" "${2:-$VIP4}@80"
}

# homes FILE: "prefix server" of all sessions, each once
homes() {
	sessions b1 | awk "$SESSION_FIELDS"' {
		split($CLIENT, part, ".")
		server = $SERVER
		sub(/:[0-9]+$/, "", server)
		sub(/:.*/, "", part[4])
		print part[1] "." part[2] "." part[3] "." part[4] - part[4] % 8, server
	}' | sort -u >"$1"
}

# single FILE N: has each of N prefixes one server?
single() {
	echo "$(wc -l <"$1") pairs, $(cut -d' ' -f1 "$1" | sort -u | wc -l) prefixes"
	[ "$(wc -l <"$1")" = "$2" ] && [ "$(cut -d' ' -f1 "$1" | sort -u | wc -l)" = "$2" ]
}

# moved OLD NEW [SERVER]: prefixes of other servers than this one that have another server now
moved() {
	join "$1" "$2" | awk -v but="${3:-none}" '$2 != but && $2 != $3 { n++ } END { print n + 0 }'
}

# on_server FILE SERVER
on_server() {
	awk -v server="$2" '$2 == server { n++ } END { print n + 0 }' "$1"
}

# again PORT FILE: the clients come again, from another port
again() {
	ctl b1 session flush >/dev/null
	come "$1"
	homes "$2"
}

entries() {
	ctl b1 -j persist show "$@" | jq length
}

test_return() {
	again 1024 "$TMP/first"
	check "each of $PREFIXES prefixes has one server" single "$TMP/first" $PREFIXES
	check "all servers have prefixes" spread 3 "$(for i in 1 2 3 4; do printf '%s=1 ' "$(share_server 4 $i)"; done)" \
		< <(awk '{ n[$2]++ } END { for (s in n) print s, n[s] }' "$TMP/first")
	check_eq "each is shown" $PREFIXES "$(entries)"
	again 1025 "$TMP/more"
	check_eq "all return" 0 "$(moved "$TMP/first" "$TMP/more")"
	ctl b1 session flush >/dev/null
	come 1026 "$OTHER4"
	homes "$TMP/more"
	check_eq "all return by another VIP of the group" 0 "$(moved "$TMP/first" "$TMP/more")"
	ctl b1 server add web "$(share_server 4 5)"
	again 1027 "$TMP/more"
	check_eq "a server is added: all return" 0 "$(moved "$TMP/first" "$TMP/more")"
	ctl b1 server del web "$(share_server 4 4)" >/dev/null
	again 1028 "$TMP/more"
	check_eq "a server is deleted: all others return" 0 "$(moved "$TMP/first" "$TMP/more" "$(share_server 4 4)")"
	check "those of the deleted one have one each" single "$TMP/more" $PREFIXES
	ctl b1 group set web scheduler p2c
	again 1029 "$TMP/again"
	check_eq "another scheduler: all return" 0 "$(moved "$TMP/more" "$TMP/again")"
}

# leaves TEXT COMMAND...: do the clients of server 2 leave it, and no others?
leaves() {
	local text=$1
	shift
	again 1030 "$TMP/first"
	check "$text: first it has clients" [ "$(on_server "$TMP/first" "$(share_server 4 2)")" -gt 50 ]
	"$@"
	again 1031 "$TMP/more"
	check_eq "$text: all leave it" 0 "$(on_server "$TMP/more" "$(share_server 4 2)")"
	check_eq "$text: the others stay" 0 "$(moved "$TMP/first" "$TMP/more" "$(share_server 4 2)")"
}

# back COMMAND...: the server takes sessions again, and clients
back() {
	"$@"
	ctl b1 persist flush >/dev/null
}

test_leave() {
	local two
	two=$(share_server 4 2)
	leaves "drained" ctl b1 server set web "$two" state drain
	back ctl b1 server set web "$two" state up
	leaves "down" ctl b1 health set web "$two" down
	back ctl b1 health set web "$two" unknown
	leaves "weight 0" ctl b1 server set web "$two" weight 0
	back ctl b1 server set web "$two" weight 1
	again 1030 "$TMP/first"
	ctl b1 server set web "$two" session-limit 10
	again 1031 "$TMP/more"
	check_eq "full: it has its limit" 10 "$(ctl b1 -s -j server show web "$two" | json sessions)"
	check_eq "full: the others stay" 0 "$(moved "$TMP/first" "$TMP/more" "$two")"
	back ctl b1 server set web "$two" session-limit 0
}

test_family() {
	ctl b1 session flush >/dev/null
	flows6 200
	check_eq "IPv6: a /64 has one server by default" 1 "$(server_sessions b1 6 | awk '$2' | wc -l)"
	check_eq "IPv6: and one entry" 1 "$(entries client 2001:db8:c:1::7)"
	ctl b1 group set web prefix6 120
	check_eq "another length of the prefix: what was noted of it is forgotten" 0 "$(entries client 2001:db8:c:1::7)"
	ctl b1 session flush >/dev/null
	flows c1 -n 4096 udp "2001:db8:c:1::/116@1024" "$VIP6@80"
	check_eq "IPv6: with prefix6 120, a /116 has sixteen" 16 "$(entries)"
	check "IPv6: and more servers" [ "$(server_sessions b1 6 | awk '$2' | wc -l)" -gt 1 ]
}

test_show() {
	local server
	ctl b1 persist flush >/dev/null
	again 1024 "$TMP/first"
	check_eq "show client: the entry of its prefix" 1 "$(entries client 10.64.3.207)"
	check_eq "show group" "$PREFIXES 0" "$(entries group web) $(entries group spare)"
	check_eq "status has the number" "$PREFIXES 0" "$(status b1 persists) $(status b1 persists-refused)"
	server=$(awk '$1 == "10.64.3.200" { print $2 }' "$TMP/first")
	check "the text has prefix, server and time" grep -qE "^group web client 10.64.3.200 prefix-length 29 server $server expires [0-9]+" \
		< <(ctl b1 persist show client 10.64.3.201)
	check "explain names the server" grep -q "$server" < <(ctl b1 explain udp client 10.64.3.202:4444 vip "$VIP4:80")
	check_eq "del forgets one prefix" "1 forgotten" "$(ctl b1 persist del group web client 10.64.3.204)"
	check_eq "the others are there" "0 $((PREFIXES - 1))" "$(entries client 10.64.3.207) $(entries)"
	check_eq "flush of another group forgets nothing" "0 forgotten" "$(ctl b1 persist flush group spare)"
	check_eq "flush forgets all" "$((PREFIXES - 1)) forgotten" "$(ctl b1 persist flush)"
	check_not "a group that does not exist is an error" ctl b1 persist show group none
}

test_limit() {
	local refused
	ctl b1 setting set persist-limit 100
	ctl b1 persist flush >/dev/null
	again 1024 "$TMP/first"
	check "persist-limit: no more prefixes are noted" between 100 "$(entries)" 101
	refused=$(status b1 persists-refused)
	check "persist-limit: what has made room is counted" [ "$refused" -gt $((PREFIXES - 150)) ]
	check_eq "persist-limit: no session is lost" $((8 * PREFIXES)) "$(status b1 sessions)"
}

# left ADDR: seconds for which a client returns
left() {
	ctl b1 -j persist show client "$1" | jq '[.[].expires] | (max // 0) / 1000 | ceil'
}

# Anybody can send packets from any address: only clients that complete a connection stay.
test_proven() {
	local family client vip
	ctl b1 setting set udp-new-timeout 30
	ctl b1 persist flush >/dev/null
	flows c1 -n 1 udp 10.65.0.1@1024 "$VIP4@80"
	check "a client without an established session returns for as long as that may wait" between 1 "$(left 10.65.0.1)" 30
	for family in 4 6; do
		client="ADDR${family}[c1]"
		client=${!client}
		vip=VIP$family
		vip=${!vip}
		talk_serve s1 tcp "$(server_addr $family)" 8080
		check "IPv$family: a connection to a real server" talk_connects c1 tcp "$vip" 8080 5000
		check "IPv$family: its client returns for the whole time" between 3000 "$(left "$client")" 3600
		ctl b1 session flush >/dev/null
		come 1024
		flows c1 -n 4096 udp "2001:db8:c:1::/116@1024" "$VIP6@80"
		check "IPv$family: clients that may not exist make room, and it does not" between 3000 "$(left "$client")" 3600
		check "IPv$family: the limit holds" between 90 "$(entries)" 101
	done
	ctl b1 setting set persist-limit 1
	check "at a limit that was lowered its session is not lost" talk_connects c1 tcp "$VIP4" 8080 5000
	ctl b1 setting set persist-limit 65536 udp-new-timeout 3600
}

server_addr() {
	if [ "$1" = 4 ]; then
		echo "${ADDR4[s1]}"
	else
		echo "${ADDR6[s1]}"
	fi
}

# what is forgotten goes soon
none() {
	[ "$(status b1 persists)" = 0 ]
}

empty() {
	[ "$(entries)" = 0 ] && [ "$(status b1 persists)" = 0 ]
}

test_time() {
	ctl b1 group set web persist 2
	ctl b1 persist flush >/dev/null
	come 1024
	check "after their time no prefix is left" wait_for 60 empty
	ctl b1 group set web persist 3600
	come 1025
	ctl b1 group set web persist 0
	check_eq "persist 0: nobody returns" 0 "$(entries)"
	check "persist 0: nothing is left" wait_for 20 none
	ctl b1 session flush >/dev/null
	come 1026
	homes "$TMP/first"
	check "without persist the clients of a prefix have several servers" [ "$(wc -l <"$TMP/first")" -gt $((2 * PREFIXES)) ]
	ctl b1 group set web persist 3600
	come 1027
	ctl b1 vip flush >/dev/null
	ctl b1 server flush web >/dev/null
	ctl b1 group del web >/dev/null
	ctl b1 group add web persist 3600 prefix4 29
	check_eq "a group that is deleted leaves nothing to another one of its name" 0 "$(entries)"
	check "a group that is deleted leaves nothing" wait_for 20 none
}

OTHER4=203.0.113.81
ktap_plan 54
share_topology balancers=1 servers=1
{
	share_links 1
	echo "group add web persist 3600 prefix4 29"
	echo "group add spare"
	echo "group add real persist 3600"
	echo "server add real ${ADDR4[s1]}"
	echo "server add real ${ADDR6[s1]}"
	share_servers web $N
	echo "vip add any $VIP4 group web"
	echo "vip add any $OTHER4 group web"
	echo "vip add any $VIP6 group web"
	echo "vip add tcp $VIP4:8080 group real"
	echo "vip add tcp [$VIP6]:8080 group real"
	echo "setting set udp-new-timeout 3600"
} | config b1
share_relay "any $VIP4" "any $VIP6" "any $OTHER4"
test_return
test_leave
test_family
test_show
test_limit
test_proven
test_time

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A table of 100,000 sessions: their memory, lists, filters, limit, and how they end.
#
#   c1 --- r --- (servers, made up)
#         | |
#         b1
#
# Compares the processor time of a list of all sessions with that of a quarter of them. The ratio is four if each
# session costs the same, and sixteen if each is searched from the start.

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_share.sh
. "${BASH_SOURCE[0]%/*}/lib_share.sh"

# UDP over IPv4, TCP, UDP over IPv6: first a quarter, then all; those of the quarter are the first of these.
UDP=(7000 25000) TCP=(13000 55000) SIX=(5000 20000)
QUARTER=25000 ALL=100000

# slab COLUMN: of the sessions' cache: 2 objects in use, 4 bytes of one, 15 pieces of memory that it has
slab() {
	# each CPU keeps some free objects at hand, which count as in use until they are asked for
	echo 1 >/sys/kernel/slab/slb_session/shrink
	awk -v column="$1" '$1 == "slb_session" { print $column }' /proc/slabinfo
}

# The size of a session. KASAN puts marks of its own behind each.
session_size() {
	if grep -q ' kasan_report$' /proc/kallsyms; then
		cat /sys/kernel/slab/slb_session/object_size
	else
		slab 4
	fi
}

slab_in_use() {
	[ "$(slab 2)" = "$1" ]
}

list() {
	ctl b1 -o session show >"$TMP/list"
}

# The kernel walks all sessions and sends none.
look() {
	ctl b1 session show client 192.0.2.1
}

# cost TRIES COMMAND...: processor time of user and system in milliseconds, the least of some tries
cost() {
	local i user system TIMEFORMAT='%3U %3S' least=1000000 now tries=$1
	shift
	for ((i = 0; i < tries; i++)); do
		read -r user system < <({ time "$@" >/dev/null 2>&1; } 2>&1)
		now=$((10#${user/./} + 10#${system/./}))
		[ "$now" -ge "$least" ] || least=$now
	done
	echo "$least"
}

# linear TEXT QUARTER ALL: allows some milliseconds for the process itself
linear() {
	note "$1: $2 ms for $QUARTER sessions, $3 ms for $ALL"
	check "$1 takes time in proportion" [ "$3" -lt $((8 * $2)) ]
}

# count FILTER...: sessions that a filter lets through
count() {
	sessions b1 "$@" | wc -l
}

# listed AWK-CONDITION: how many sessions of the list it holds for
listed() {
	awk "$SESSION_FIELDS $1 { n++ } END { print n + 0 }" "$TMP/list"
}

# make 0|1: a quarter, or all
make() {
	flows4 "${UDP[$1]}"
	flows c1 -s 2 -n "${TCP[$1]}" tcp "$SOURCES4" "$VIP4@443"
	flows6 "${SIX[$1]}"
}

test_quarter() {
	make 0
	check_eq "$QUARTER sessions are created" $QUARTER "$(status b1 sessions)"
	QUARTER_LOOK=$(cost 2 look)
	QUARTER_LIST=$(cost 2 list)
}

test_all() {
	make 1
	check_eq "$ALL sessions are created" $ALL "$(status b1 sessions)"
	check_eq "the slab cache has $ALL sessions" $ALL "$(slab 2)"
	note "each of $(session_size) bytes"
	check "each session takes no more than 192 bytes" [ "$(session_size)" -le 192 ]
	linear "a look at every session" "$QUARTER_LOOK" "$(cost 2 look)"
	linear "a list of all sessions" "$QUARTER_LIST" "$(cost 2 list)"
	check_eq "session show lists all sessions" $ALL "$(wc -l <"$TMP/list")"
	check_eq "session show lists each session once" $ALL "$(cut -d' ' -f1-6 "$TMP/list" | sort -u | wc -l)"
	check_eq "no two sessions have the same server, local address and port" $ALL \
		"$(cut -d' ' -f1,2,7-10 "$TMP/list" | sort -u | wc -l)"
}

test_filters() {
	local server client local_pair session
	server=$(share_server 4 2)
	check_eq "a filter by VIP finds its sessions" "${TCP[0]}" "$(count vip "$VIP4:443")"
	check_eq "a filter by a VIP of the other family finds its sessions" "${SIX[0]}" "$(count vip "$VIP6")"
	check_eq "a filter by protocol finds its sessions" "${TCP[0]}" "$(count proto tcp)"
	check_eq "a filter by server finds its sessions" "$(listed "\$SERVER ~ /^$server:/")" "$(count server "$server")"
	check_eq "a filter by server and port finds its sessions" "$(listed "\$SERVER == \"$server:443\"")" "$(count server "$server:443")"
	# shellcheck disable=SC2016
	check_eq "a filter by return link finds its sessions" "$(listed '$RETURN == "l1"')" "$(count link l1)"
	check_eq "a filter by group and protocol finds its sessions" $((UDP[0] + SIX[0])) "$(count group web proto udp)"
	session=$(sed -n 5000p "$TMP/list")
	read -r client local_pair <<<"$(awk "$SESSION_FIELDS { print \$CLIENT, \$LOCAL }" <<<"$session")"
	check_eq "a filter by client finds its session" "$(cut -d' ' -f1-12 <<<"$session")" \
		"$(sessions b1 client "$client" | cut -d' ' -f1-12)"
	check_eq "a filter by client and local pair finds its sessions" 1 "$(count client "$client" local "$local_pair")"
	check_eq "a filter by an unknown client finds no session" 0 "$(count client 192.0.2.1)"
}

# All sessions are half open and were idle for a second.
test_limit() {
	make 0
	wait_for 5 [ "$(status b1 sessions)" -eq $QUARTER ]
	ctl b1 setting set session-limit $QUARTER
	lib_pause 1.1
	flows c1 -s 3 -n 500 udp "$SOURCES4" "$VIP4@81"
	check_eq "at the limit no session is added" $QUARTER "$(status b1 sessions)"
	check_eq "500 half-open sessions make room, and no flow is refused" "500 0" \
		"$(status b1 sessions-yielded) $(drops b1 session-limit)"
	ctl b1 setting set session-limit 1000000
	ctl b1 session flush >/dev/null
}

test_flush() {
	local server n left=$ALL
	server=$(share_server 4 3)
	n=$(listed "\$SERVER ~ /^$server:/")
	check_eq "a flush by server ends its sessions" "$n sessions ended" "$(ctl b1 session flush server "$server")"
	left=$((left - n))
	check_eq "a flush by server ends no other session" "$left 0" "$(status b1 sessions) $(count server "$server")"
	n=$(listed "\$VIP == \"$VIP4:80\" && \$SERVER !~ /^$server:/")
	check_eq "a flush by VIP ends its sessions" "$n sessions ended" "$(ctl b1 session flush vip "$VIP4:80")"
	left=$((left - n))
	check_eq "a flush by VIP ends no other session" "$left" "$(status b1 sessions)"
	check_eq "a flush by a VIP of the other family ends its sessions" "${SIX[1]} sessions ended" "$(ctl b1 session flush vip "$VIP6")"
	left=$((left - SIX[1]))
	check_eq "a flush ends all remaining sessions" "$left sessions ended" "$(ctl b1 session flush)"
	check_eq "after the flush all counters are 0" "0 0 0 0" \
		"$(status b1 sessions) $(total server sessions) $(total vip sessions) $(total link ports-used)"
	check "no session is left in the slab cache" wait_for 10 slab_in_use 0
	check_eq "the memory of the sessions is freed" 0 "$(slab 15)"
}

# total OBJECT COUNTER: of all such objects
total() {
	ctl b1 -o -s "$1" show | awk -v word="$2" '
		{ for (i = 1; i < NF; i++) if ($i == word) n += $(i + 1) }
		END { print n + 0 }'
}

# The collector works through a large table by parts, and gets to the end of it.
test_expiry() {
	ctl b1 setting set udp-new-timeout 1
	flows4 $QUARTER
	check "$QUARTER sessions expire" wait_for 15 slab_in_use 0
	check_eq "all expired sessions are counted" $QUARTER "$(status b1 sessions-expired)"
}

ktap_plan 32
share_topology balancers=1
{
	share_links 1
	echo "group add web"
	share_servers web 4
	printf 'vip add any %s group web\n' "$VIP4:80" "$VIP4:81" "$VIP4:443" "$VIP6"
	echo "setting set udp-new-timeout 3600 tcp-syn-timeout 3600"
} | config b1
share_relay "any $VIP4" "any $VIP6"
test_quarter
test_filters
test_all
test_flush
test_limit
test_expiry

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# client-limit of a VIP: the clients of a prefix have as many sessions as they may, exactly; others are not concerned.
# Sessions are counted while they exist, under the length of the prefix with which they began, and for each VIP by itself.
#
#   c1 --- r --- (servers 1 to 4, made up), s1 (real)
#         | |
#         b1

# shellcheck source=selftests/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=selftests/lib_share.sh
. "$SLB_SELFTESTS/lib_share.sh"

# Sixteen prefixes of either family: addresses with prefix4 32, and networks with prefix6 124, with sixteen addresses each.
CLIENTS=16
# shellcheck disable=SC2034 # used by family
NET4=10.64.0.0/28 NET6=2001:db8:c:1::100/120

# burst FAMILY FIRST N [VIP]: of each prefix N flows, from N ports
burst() {
	local net=NET$1 vip=VIP$1 flows=$((CLIENTS * $3))
	[ "$1" = 4 ] || flows=$((16 * flows))
	flows c1 -n "$flows" udp "${!net}@$2-$(($2 + $3 - 1))" "${4:-${!vip}}@80"
}

# both FIRST SECOND N [CLIENT]: the same on two processors at once, or N flows of one client on each
both() {
	local second=$(($(nproc) > 1 ? 2 : 1)) flows=$((CLIENTS * $3)) sender
	[ -z "${4:-}" ] || flows=$3
	on c1 taskset 1 "$FLOWS" -n "$flows" udp "${4:-$NET4}@$1-$(($1 + $3 - 1))" "$VIP4@80" &
	sender=$!
	on c1 taskset $second "$FLOWS" -n "$flows" udp "${4:-$NET4}@$2-$(($2 + $3 - 1))" "$VIP4@80"
	wait $sender
}

# each [FAMILY [VIP]]: "N least most": prefixes that have sessions, and the smallest and the largest number of them
each() {
	local vip=${2:-VIP${1:-4}}
	[ -n "${2:-}" ] || vip=${!vip}
	ctl b1 -j session show vip "$(bracket "$vip")" | jq -r '.[].client' | awk '
		/:/ { sub(/.$/, "") }
		{ n[$1]++ }
		END {
			for (c in n) {
				least = !least || n[c] < least ? n[c] : least
				most = n[c] > most ? n[c] : most
			}
			print length(n), least + 0, most + 0
		}'
}

bracket() {
	[[ $1 == *:* ]] && echo "[$1]" || echo "$1"
}

flush() {
	ctl b1 session flush "$@" >/dev/null
}

# vip FAMILY WORDS...
vip() {
	local vip=VIP$1
	ctl b1 vip set any "${!vip}" "${@:2}"
}

# explained ADDR: does explain say that this client is at its limit?
explained() {
	local vip=$VIP4
	[[ $1 != *:* ]] || vip=$VIP6
	ctl b1 -j explain udp client "$(bracket "$1"):9" vip "$(bracket "$vip"):80" | jq -r '[.[] | .refusals[]?.name] | join(" ")'
}

test_family() {
	local f=$1 of=$2 other=$3 each=$4
	vip "$f" client-limit 48
	check_eq "IPv$f: of 64 flows of each prefix 16 are refused" $((16 * CLIENTS)) "$(more client-limit burst "$f" 1024 "$each")"
	check_eq "IPv$f: each prefix has just its limit" "$CLIENTS 48 48" "$(each "$f")"
	check_eq "IPv$f: there are no others" $((CLIENTS * 48)) "$(status b1 sessions)"
	check_eq "IPv$f: another prefix is not concerned" 0 "$(more client-limit flows c1 -n 48 udp "$other@1024-1071" "$(eval echo "\$VIP$f")@80")"
	check_eq "IPv$f: explain names the limit" client-limit "$(explained "$of")"
	flush client "$other"
	check_eq "IPv$f: explain of another prefix does not" "" "$(explained "$other")"
	flush client "$of"
	check_eq "IPv$f: explain, when the client has fewer" "" "$(explained "$of")"
	burst "$f" 3000 "$each"
	check_eq "IPv$f: new flows take the place of ended ones" "$CLIENTS 48 48" "$(each "$f")"
	flush
	check_eq "IPv$f: when all have ended, there is room again" 0 "$(more client-limit burst "$f" 4000 $((48 * each / 64)))"
	check_eq "IPv$f: for as many" "$CLIENTS 48 48" "$(each "$f")"
	flush
	vip "$f" client-limit 0
	check_eq "IPv$f: without the limit nothing is refused" 0 "$(more client-limit burst "$f" 1024 "$each")"
	flush
}

# Each prefix has more flows than its limit on each of two processors.
test_processors() {
	local round refused
	vip 4 client-limit 40
	for round in 1 2 3; do
		flush
		refused=$(more client-limit both 1024 2048 30)
		check_eq "two processors, $round: each prefix has just its limit" "$CLIENTS 40 40" "$(each)"
		check_eq "two processors, $round: the others are refused" $((CLIENTS * 20)) "$refused"
	done
	flush
	check_eq "two processors: as many flows as there is room for: none is refused" 0 "$(more client-limit both 1024 2048 20)"
	flush
	vip 4 client-limit 6000
	refused=$(more client-limit both 10000 20000 5000 10.64.0.3)
	check_eq "two processors, one client: just its limit" "4000 6000" "$refused $(status b1 sessions)"
	# one of the two sessions of a flow is not used
	flush
	vip 4 client-limit 80
	both 1024 1024 30
	check_eq "two processors with the same flows: each is counted once" "$CLIENTS 30 30" "$(each)"
	check_eq "two processors with the same flows: there is room for the rest" $((CLIENTS * 10)) \
		"$(more client-limit burst 4 3000 60)"
	check_eq "two processors with the same flows: and no more" "$CLIENTS 80 80" "$(each)"
	flush
}

# A session that is refused for another reason, or that finds no room, is not counted.
test_refused() {
	vip 4 client-limit 20 rate-limit 30
	check "rate-limit refuses" [ "$(more vip-rate burst 4 1024 20)" -gt 0 ]
	vip 4 rate-limit 0 session-limit 100
	flush
	check_eq "session-limit refuses" $((20 * CLIENTS - 100)) "$(more vip-limit burst 4 1024 20)"
	vip 4 session-limit 0
	flush
	ctl b1 group set web scheduler rr
	servers session-limit 10
	check_eq "full servers refuse" $((20 * CLIENTS - 40)) "$(more server-full burst 4 1024 20)"
	flush
	servers session-limit 0 state drain
	check_eq "drained servers refuse" $((20 * CLIENTS)) "$(more no-server burst 4 1024 20)"
	servers state up
	flush
	ctl b1 setting set port-first 2000 port-last 2000
	check "there is no local port" [ "$(more no-port burst 4 1024 20)" -gt 0 ]
	ctl b1 setting set port-first 1024 port-last 65535
	flush
	check_eq "of all these none is counted" $((5 * CLIENTS)) "$(more client-limit burst 4 1024 25)"
	check_eq "each prefix has just its limit" "$CLIENTS 20 20" "$(each)"
	flush
}

servers() {
	local i
	for i in 1 2 3 4; do
		echo "server set web $(share_server 4 $i) $*"
	done | config b1
}

gone() {
	[ "$(status b1 sessions)" = 0 ]
}

# The limit, the prefix and timeouts change while there are sessions.
test_changes() {
	vip 4 client-limit 0
	burst 4 1024 5
	vip 4 client-limit 10
	burst 4 2000 20
	check_eq "sessions that began without a limit do not count" "$CLIENTS 15 15" "$(each)"
	vip 4 client-limit 12
	check_eq "a limit that is raised makes room" $((18 * CLIENTS)) "$(more client-limit burst 4 3000 20)"
	check_eq "for as many" "$CLIENTS 17 17" "$(each)"
	vip 4 client-limit 3
	check_eq "a limit that is lowered ends nothing" "$((4 * CLIENTS)) $CLIENTS 17 17" "$(more client-limit burst 4 4000 4) $(each)"
	flush
	burst 4 1024 5
	check_eq "and holds for the next ones" "$CLIENTS 3 3" "$(each)"
	ctl b1 group set web prefix4 28
	burst 4 2000 5
	check_eq "another prefix: its clients have the limit together, beside what they had" $((3 * CLIENTS + 3)) "$(status b1 sessions)"
	flush
	burst 4 1024 5
	check_eq "when those have ended, only together" 3 "$(status b1 sessions)"
	ctl b1 group set web prefix4 32
	flush
	check_eq "the first prefix again: nothing was lost" $((2 * CLIENTS)) "$(more client-limit burst 4 1024 5)"
	check_eq "each has just its limit" "$CLIENTS 3 3" "$(each)"
	vip 4 udp-new-timeout 1
	check "sessions that time out" wait_for 60 gone
	vip 4 udp-new-timeout 0
	check_eq "make room" $((2 * CLIENTS)) "$(more client-limit burst 4 1024 5)"
	check_eq "for as many" "$CLIENTS 3 3" "$(each)"
	flush
}

test_vips() {
	burst 4 1024 5
	check_eq "another VIP of the group counts by itself" "$((2 * CLIENTS)) $CLIENTS 3 3" \
		"$(more client-limit burst 4 1024 5 "$OTHER4") $(each 4 "$OTHER4")"
	check_eq "the first one has what it had" "$CLIENTS 3 3" "$(each)"
	ctl b1 vip del any "$OTHER4" >/dev/null
	ctl b1 vip add any "$OTHER4" group web client-limit 2
	check_eq "a VIP that is deleted and added begins with none" "$((3 * CLIENTS)) $CLIENTS 2 2" \
		"$(more client-limit burst 4 1024 5 "$OTHER4") $(each 4 "$OTHER4")"
	check "the VIP shows it" grep -q 'group web client-limit 2$' < <(ctl b1 -o vip show any "$OTHER4")
	flush
}

# connected N: has the server as many connections?
connected() {
	[ "$(on s1 ss -Htn state established 'sport = :80' | wc -l)" = "$1" ]
}

# Real connections: eight clients in one process, which says how many it got.
test_connections() {
	local n
	talk_serve s1 tcp "${ADDR4[s1]}" 80 || return
	ctl b1 group add real
	ctl b1 server add real "${ADDR4[s1]}"
	ctl b1 vip set any "$VIP4" group real client-limit 3 refuse reset
	spawn on c1 bash -c "for i in 1 2 3 4 5 6 7 8; do exec {fd}<>/dev/tcp/$VIP4/80 && echo; done 2>/dev/null; sleep 1000" >"$TMP/connected"
	check "TCP: the server has three connections of eight" wait_for 20 connected 3
	check_eq "TCP: the client has the same three, and five resets" "3 5" \
		"$(wait_for 20 refused 5; wc -l <"$TMP/connected") $(drops_since "$REFUSED")"
	n=$(on s1 ss -Htn state established 'sport = :80' | wc -l)
	check_eq "TCP: no more come" 3 "$n"
}

refused() {
	[ "$(drops_since "$REFUSED")" -ge "$1" ]
}

# drops_since N: packets that client-limit has refused since there were N
drops_since() {
	echo $(($(drops b1 client-limit) - $1))
}

OTHER4=203.0.113.81
ktap_plan 59
share_topology balancers=1 servers=1
{
	share_links 1
	echo "group add web prefix6 124"
	share_servers web 4
	echo "vip add any $VIP4 group web"
	echo "vip add any $OTHER4 group web client-limit 3"
	echo "vip add any $VIP6 group web"
	echo "setting set udp-new-timeout 3600"
} | config b1
share_relay "any $VIP4" "any $VIP6" "any $OTHER4"
test_family 4 10.64.0.3 10.64.1.1 64
test_family 6 2001:db8:c:1::137 2001:db8:c:1::1:1 4
test_processors
test_refused
test_changes
test_vips
REFUSED=$(drops b1 client-limit)
test_connections

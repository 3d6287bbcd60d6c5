#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What becomes of flows when checks call servers down: nothing of the weight changes, new flows go elsewhere, and come
# back. Too few healthy servers; health that nobody confirms; a server that is reached over one link only; failures of
# connections are reported; a server that refuses connections gets its share of short ones, not more.
#
#   c1 --- r === b1             generated clients and servers: lib_share.sh; s1 and s2 are real ones
#          |
#          s1, s2

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_share.sh
. "$SLB_SELFTESTS/lib_share.sh"

A=$(share_server 4 1) B=$(share_server 4 2)
SIX=$(share_server 6 1)

# server ADDR NAME [GROUP]
server() {
	ctl b1 -j -s server show "${3:-web}" "$1" | json "$2"
}

# health ADDR WORD...
health() {
	ctl b1 health set web "$@"
}

# gains ADDR FLOWS: how many of the next flows does it get?
gains() {
	local was
	ctl b1 session flush >/dev/null
	was=$(server "$1" sessions_total)
	flows4 "$2" >/dev/null
	GAINED=$(($(server "$1" sessions_total) - was))
	note "$1 gets $GAINED of $2"
}

gains_none() {
	gains "$1" 100
	[ "$GAINED" -eq 0 ]
}

gains_some() {
	gains "$1" 100
	[ "$GAINED" -gt 0 ]
}

state_is() {
	[ "$(server "$A" health)" = "$1" ]
}

# Longer than health-ttl.
confirmed() {
	local i
	for i in 1 2 3 4; do
		sleep 1
		health "$A" down || return 1
	done
	state_is down
}

# printed PATTERN: has the monitor printed it?
printed() {
	grep -q "$1" "$TMP/monitor"
}

# refused: is a new flow answered by an ICMP error at once?
refused() {
	! talk_connects c1 udp "$VIP4" 80 1000
}

# returns: the return links of all sessions of a server
returns() {
	ctl b1 -j session show server "$1" | json return_link | sort | uniq -c | awk '{ print $2, $1 }' | paste -sd,
}

ktap_plan 37
share_topology balancers=1 servers=2
share_links 1 | config b1
{
	echo "group add web"
	share_servers web 2
	echo "vip add udp $VIP4:80 group web"
	echo "vip add udp [$VIP6]:80 group web"
} | config b1
share_relay "udp $VIP4:80" "udp [$VIP6]:80" "tcp $VIP4:7"
share_meet
spawn ctl b1 monitor >"$TMP/monitor"
generation=$(status b1 generation)
check_eq "nobody has checked: unknown" unknown "$(server "$A" health)"
check "a server of unknown health is used" gains_some "$A"
check "a check calls it down" health "$A" down why "http: status 503"
check_eq "it is down, for this reason" "down http: status 503" "$(server "$A" health) $(server "$A" health_why)"
check "it gets no new flow" gains_none "$A"
check_eq "its weight is as configured" 1 "$(server "$A" weight)"
check_eq "new sessions see no weight" 0 "$(server "$A" effective_weight)"
check "the event is sent" wait_for 5 printed 'health down'
check_eq "IPv6 has its own servers: all are used" unknown "$(server "$SIX" health)"
health "$A" up
check "it is up, and gets flows again" gains_some "$A"
check_eq "health is no change of the configuration" "$generation" "$(status b1 generation)"
health "$A" up percent 25
gains "$A" 1000
check "a quarter of its weight: a fifth of the flows" between 180 "$GAINED" 220
health "$A" up percent 0
check "nothing of its weight: no flow" gains_none "$A"
health "$A" up

# All are down.
health "$A" down
health "$B" down
before=$(drops b1 no-server)
ctl b1 session flush >/dev/null
flows4 20 >/dev/null
check "all are down: new flows are refused" [ "$(drops b1 no-server)" -gt "${before:-0}" ]
check_eq "none is usable in IPv4" 2 "$(ctl b1 -j group show web | json usable)"
ctl b1 group set web when-none all
check "when-none all: health is ignored" gains_some "$A"
health "$B" up
check "one is up: it is trusted again" gains_none "$A"
ctl b1 group set web min-healthy 100%
check "min-healthy 100%: one is down, so health is ignored" gains_some "$A"
ctl b1 group set web when-none refuse
check "min-healthy 100%, refuse: the healthy one gets no flow either" gains_none "$B"
ctl b1 group set web min-healthy 1
health "$A" up

# Health that nobody confirms.
ctl b1 setting set health-ttl 2
health "$A" down
check "confirmed health stays" confirmed
check "health that nobody confirms becomes unknown" wait_for 5 state_is unknown
check "the server is used again" gains_some "$A"
check "there is an event about it" wait_for 5 printed 'not confirmed in time'
ctl b1 setting set health-ttl 60

# One link does not reach the server.
health "$A" down link l2
check_eq "the link is shown" l2 "$(ctl b1 server show web "$A" | sed -n 's/.*link-down \(\S*\).*/\1/p')"
gains "$A" 200
check_not "no new session of this server returns over it" grep -q l2 < <(returns "$A")
health "$B" down
check "explain names the same link" grep -qx '    in by link l1: return link l1' \
	<(ctl b1 explain udp client 10.64.9.9:4000 vip "$VIP4:80" ingress l1)
health "$B" up
check "sessions of the other server do" grep -q l2 < <(returns "$B")
health "$A" up link l2
gains "$A" 200
check "the link is used again" grep -q l2 < <(returns "$A")
check_not "health over a link that does not exist is refused" health "$A" down link l9
health "$A" down link l2
ctl b1 link del l2 >/dev/null
share_links 1 | grep 'add l2 ' | config b1
check_not "a new link in the place of the old one is used" grep -q link-down < <(ctl b1 server show web "$A")

# A server that refuses: reported, and no black hole.
{
	echo "group add short scheduler lc"
	for s in "${ADDR4[s1]}" "${ADDR4[s2]}" 192.0.2.100; do
		echo "server add short $s"
	done
	echo "vip add tcp $VIP4:7 group short"
} | config b1
ip -n "${NS[s2]}" address add 192.0.2.100/32 dev eth0
ip -n "${NS[r]}" route add 192.0.2.100 dev s2
talk_serve s1 tcp :: 7
spawn on s2 "$TALK" serve tcp "${ADDR4[s2]}" 7 >/dev/null
wait_for 10 talk_connects s2 tcp "${ADDR4[s2]}" 7
check "all links are proven" wait_for 15 topology_proven
talk_begin short c1 tcp "$VIP4" 7
for ((i = 0; i < 10; i++)); do
	talk short turns 15 >/dev/null
done
refused=$(server 192.0.2.100 refused short)
note "of 150 short connections one of three servers has refused $refused"
check "a server that refuses gets its share of short connections" between 40 "$refused" 60
check "there is an event about its failed connections" wait_for 5 printed 'server suspect: short 192\.0\.2\.100 '
check_not "there is none about a server that works" printed "server suspect: short ${ADDR4[s1]}"
check "closed sessions are counted" [ "$(server "${ADDR4[s1]}" sessions_closed short)" -gt 30 ]
check "what is closed is part of all sessions" \
	[ "$(server "${ADDR4[s1]}" sessions_closed short)" -le "$(server "${ADDR4[s1]}" sessions short)" ]
ctl b1 session flush >/dev/null
check_eq "without sessions none is closed" "0 0 0" \
	"$(for s in "${ADDR4[s1]}" "${ADDR4[s2]}" 192.0.2.100; do server "$s" sessions_closed short; done | paste -sd' ')"

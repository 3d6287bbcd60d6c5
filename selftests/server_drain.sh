#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A server is taken out of service: it drains, with and without a deadline, or goes into maintenance. Until the deadline
# nobody is cut; then both ends of each connection are reset, and UDP moves. The other server's flows notice nothing.
#
#   c1 --- r === b1 ... s1, s2      the drawing with all addresses is in lib_topology.sh

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_share.sh
. "$SLB_SELFTESTS/lib_share.sh"

# Connections of each family; each server gets half of them.
EACH=10 DEADLINE=6
FIRST4='' FIRST6=''

# set_first WORD...: changes both entries of s1
set_first() {
	ctl b1 server set web "$FIRST4" "$@" && ctl b1 server set web "$FIRST6" "$@"
}

# member SERVER NAME: a number or word of it
member() {
	ctl b1 -j -s server show web "$1" | json "$2"
}

# first NAME: the sum of both entries of s1
first() {
	echo $(($(member "$FIRST4" "$1") + $(member "$FIRST6" "$1")))
}

first_is() {
	[ "$(first "$1")" -eq "$2" ]
}

# answers NAME N: do all N conversations of a client work?
answers() {
	talk "$1" say | grep -qx "answered $2 refused 0 of $2"
}

# Each family has half of the new connections at s1, unless it is drained.
begin() {
	talk client close >/dev/null
	talk server1 close >/dev/null
	talk server2 close >/dev/null
	ctl b1 session flush >/dev/null
	check_eq "$1: connections are opened" "opened $((2 * EACH))" "$(talk client open $EACH)"
	check_eq "$1: all work" "answered $((2 * EACH)) reset 0 silent 0" "$(talk client say)"
	check "$1: s1 has half of them" first_is sessions "$EACH"
}

# The clients and servers of s1 are reset, those of s2 are not.
ended() {
	check_eq "$1: the clients of s1 are reset, those of s2 go on" "answered $EACH reset $EACH silent 0" "$(talk client say)"
	check_eq "$1: each end at s1 is reset" "answered 0 reset $EACH silent 0" "$(talk server1 say)"
	check_eq "$1: the ends at s2 go on" "answered $EACH reset 0 silent 0" "$(talk server2 say)"
	check_eq "$1: s1 has no session" 0 "$(first sessions)"
}

# How many events say that a server has lost its last session?
drained_events() {
	grep -c 'drained yes' "$TMP/monitor"
}

events_are() {
	[ "$(drained_events)" -eq "$1" ]
}

ktap_plan 47
share_topology clients=1 servers=2 balancers=1
FIRST4=${ADDR4[s1]} FIRST6=${ADDR6[s1]}
topology_config_balancer 1 web rr "s1 s2" '' "tcp $VIP4:7" "tcp [$VIP6]:7" "udp $VIP4:9" "udp [$VIP6]:9"
topology_config_relay "any $VIP4" "any $VIP6"
check "all links are proven" wait_for 15 topology_proven
share_meet
for s in 1 2; do
	talk_idle "server$s" "s$s" 7
	talk_serve "s$s" udp :: 9
done
talk_idle client c1 7 "$VIP4" 0 "$VIP6" 0
spawn ctl b1 monitor >"$TMP/monitor"

# Draining with a deadline.
begin "drain"
talk_begin datagrams c1 udp "$VIP4" 9
check_eq "drain: UDP flows begin" "opened 20 failed 0" "$(talk datagrams open 20 | cut -d' ' -f1-4)"
check "drain: all are answered" answers datagrams 20
check "s1 drains with a deadline" set_first state drain deadline "$DEADLINE"
began=$SECONDS
check_eq "it shows the deadline" "state drain deadline $DEADLINE" \
	"$(ctl b1 server show web "$FIRST4" | grep -o 'state drain deadline [0-9]*')"
left=$(member "$FIRST4" deadline_left)
check "the time that is left is shown" between 1 "$left" $((1000 * DEADLINE))
total=$(first sessions_total)
talk_begin late c1 tcp "$VIP4" 7
check_eq "new connections are accepted" "opened 20 failed 0" "$(talk late open 20 | cut -d' ' -f1-4)"
check "s1 gets none of them" first_is sessions_total "$total"
check_eq "nobody is cut before the deadline" "answered $((2 * EACH)) reset 0 silent 0" "$(talk client say)"
[ $((SECONDS - began)) -lt "$DEADLINE" ] || note "the machine is too slow for the line above"
check "UDP flows go on" answers datagrams 20
check_not "check does not blame a server before its deadline" grep -q "its deadline is over" < <(ctl b1 check)
check "wait says that the last session is gone" \
	ctl b1 wait server web "$FIRST4" sessions 0 timeout $((DEADLINE + 10 * SLB_SLOWNESS))
check "the other family, too" ctl b1 wait server web "$FIRST6" sessions 0 timeout $((10 * SLB_SLOWNESS))
talk late close >/dev/null
ended "after the deadline"
check "UDP flows have moved to s2" answers datagrams 20
check_eq "s1 has none" 0 "$(first sessions)"
check "there is an event for each entry of s1: it is drained" wait_for 5 events_are 2
check "s1 is up again" set_first state up
check_not "the deadline is gone" grep -q deadline < <(ctl b1 server show web)
talk datagrams close >/dev/null

# Maintenance ends all at once.
begin "maintenance"
check "s1 goes into maintenance" set_first state maint
ended "maintenance"
check "s1 is up again after maintenance" set_first state up

# Without a deadline draining has no end but that of the last session.
begin "drain without a deadline"
check "s1 drains" set_first state drain
before=$(drained_events)
check_eq "nobody is cut" "answered $((2 * EACH)) reset 0 silent 0" "$(talk client say)"
check_eq "the last session has not gone, so there is no event" "$before" "$(drained_events)"
talk server1 close >/dev/null
talk client close >/dev/null
ctl b1 setting set tcp-fin-timeout 1 tcp-time-wait-timeout 1 tcp-close-timeout 1
check "the last session has gone: there is an event" wait_for 20 events_are $((before + 2))
set_first state up

# What is refused, and changes nothing.
before=$(ctl b1 server show)
for words in "state up deadline 5" "state maint deadline 5" "deadline 5"; do
	# shellcheck disable=SC2086 # several words
	check_not "refused: server set $words" ctl b1 server set web "$FIRST4" $words
done
check_eq "refused changes change nothing" "$before" "$(ctl b1 server show)"
status=0
ctl b1 wait server web "$FIRST4" health down timeout 1 || status=$?
check_eq "wait: exit status when the time is up" 3 "$status"
status=0
ctl b1 wait server web 192.0.2.99 sessions 0 timeout 5 2>/dev/null || status=$?
check_eq "wait: exit status for a server that does not exist" 1 "$status"

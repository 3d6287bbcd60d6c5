#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Slow start: a server that comes up gets its share of new flows step by step, under each scheduler that allows it. And
# tiers: servers of the next tier take new flows when too few of the first are usable.
#
#   c1 --- r === b1             generated clients and servers: lib_share.sh

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_share.sh
. "$SLB_SELFTESTS/lib_share.sh"

# Flows of a look, looks, seconds of the slow start.
FLOWS_EACH=500 LOOKS=4 SLOW=8
FIRST=$(share_server 4 1)

# effective: the weight of the first server that new sessions see, in thousandths
effective() {
	ctl b1 -j -s server show web "$FIRST" | json effective_weight
}

# total [SERVER]
total() {
	ctl b1 -j -s server show web "${1:-$FIRST}" | json sessions_total
}

# SERVED: the servers of IPv4 that have got sessions since the last call, by number, as a word.
SERVED='' last_totals=()
served() {
	local i now
	SERVED=
	for i in 1 2 3 4 5; do
		now=$(total "$(share_server 4 "$i")")
		[ "$now" -eq "${last_totals[i]:-0}" ] || SERVED+=$i
		last_totals[i]=$now
	done
}

# takers WANT: sends flows; do just these servers take them?
takers() {
	ctl b1 session flush >/dev/null
	served
	flows4 60 >/dev/null
	served
	[ "$SERVED" = "$1" ] || { echo "taken by $SERVED"; return 1; }
}

# Is a share within 3 points (30 thousandths) of what the weights before and after the flows say?
in_line() {
	local got=$1 before=$2 after=$3 low high
	low=$((1000 * before / (2000 + before))) high=$((1000 * after / (2000 + after)))
	note "share $got of 1000, the line goes from $low to $high"
	[ "$got" -ge $((low - 30)) ] && [ "$got" -le $((high + 30)) ]
}

# ramp SCHEDULER: three servers, of which the first comes up slowly; sessions end at once, so that wlc sees few
ramp() {
	local i before after was shares=() good=0
	ctl b1 group set web scheduler "$1"
	ctl b1 server set web "$FIRST" weight 0
	ctl b1 session flush >/dev/null
	flows4 "$FLOWS_EACH" >/dev/null
	ctl b1 session flush >/dev/null
	ctl b1 server set web "$FIRST" weight 1
	for ((i = 0; i < LOOKS; i++)); do
		before=$(effective)
		was=$(total)
		flows4 "$FLOWS_EACH" >/dev/null
		after=$(effective)
		in_line $((1000 * ($(total) - was) / FLOWS_EACH)) "$before" "$after" && good=$((good + 1))
		shares+=("$after")
		ctl b1 session flush >/dev/null
		sleep $((SLOW / LOOKS))
	done
	check_eq "$1: each share follows the line" "$LOOKS" "$good"
	check "$1: the weight grows" [ "${shares[LOOKS - 1]}" -gt "${shares[0]}" ]
	check "$1: at the end it has its whole weight" wait_for "$SLOW" whole
}

whole() {
	[ "$(effective)" -eq 1000 ]
}

# begins TEXT COMMAND...: does the slow start begin again when this makes the server usable?
begins() {
	local text=$1
	shift
	"$@"
	check "$text: the slow start begins" [ "$(effective)" -lt 500 ]
}

# group NAME
group() {
	ctl b1 -j group show web | json "$1"
}

# printed TIER: has the monitor printed this active tier?
printed() {
	grep -q "active-tier $1" "$TMP/monitor"
}

# each WORDS: applies a change to some servers
each() {
	local words=$1 i
	shift
	for i; do
		# shellcheck disable=SC2086 # several words
		ctl b1 server set web "$(share_server 4 "$i")" $words || return 1
	done
}

ktap_plan 28
share_topology balancers=1
share_links 1 | config b1
{
	echo "group add web slow-start $SLOW"
	share_servers web 3
	echo "vip add udp $VIP4:80 group web"
} | config b1
share_relay "udp $VIP4:80"
share_meet
check_eq "servers that are added together begin with their whole weight" 1000 "$(effective)"
# until the slow start of the other servers has ended
sleep "$SLOW"
for sched in rr wlc p2c; do
	ramp "$sched"
done
begins "from maintenance" eval 'each "state maint" 1; each "state up" 1'
ctl b1 health set web "$FIRST" down
begins "from bad health" ctl b1 health set web "$FIRST" up
each "weight 0" 1 2 3
each "weight 1" 1
check_eq "a single server begins with its whole weight" 1000 "$(effective)"
for sched in sh mh; do
	error=$(ctl b1 group set web scheduler "$sched" 2>&1)
	check "$sched is refused with slow-start" grep -q "slow-start would move flows of scheduler $sched" <<<"$error"
done
ctl b1 group set web slow-start 0 scheduler mh
error=$(ctl b1 group set web slow-start 5 2>&1)
check "slow-start is refused with mh" grep -q "slow-start would move flows of scheduler mh" <<<"$error"

# Two servers of tier 0, two of tier 1, one of tier 7.
spawn ctl b1 monitor >"$TMP/monitor"
ctl b1 server flush web >/dev/null
{
	echo "group set web scheduler rr"
	share_servers web 5
} | config b1
each "tier 1" 3 4
each "tier 7" 5
check "tier 0 takes all" takers 12
check_eq "the group shows the tier" 0 "$(group active_tier)"
ctl b1 health set web "$(share_server 4 1)" down
check "one usable server of tier 0 is enough" takers 2
ctl b1 group set web tier-min 2
check "tier-min 2: tier 1 takes new flows, too" takers 234
check_eq "the group shows tier 1" 1 "$(group active_tier)"
check "there is an event about the change of the tier" wait_for 5 printed 1
each "state drain" 2
check "no usable server of tier 0: tier 1 alone" takers 34
ctl b1 group set web tier-min 100%
ctl b1 health set web "$(share_server 4 3)" down
check "tier-min 100%: one of tier 1 is down, so tier 7 joins" takers 45
check "there is an event about tier 7" wait_for 5 printed 7
each "state up" 2
ctl b1 health set web "$(share_server 4 1)" up
check "tier 0 is whole again and takes all" takers 12
check_eq "the group shows tier 0 again" 0 "$(group active_tier)"
before=$(ctl b1 -j session show | json server | sort | uniq -c)
each "tier 3" 1 2
check_eq "flows under way stay when tiers change" "$before" "$(ctl b1 -j session show | json server | sort | uniq -c)"

# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# For tests of failures and changes under load: many long-lived flows, by lib_steady.sh.
#
# state_of HOST LINK                 prints the state of a link: "b1 l1" as balancer b1 has it, "r b1/l1" the relay;
#                                    where a family differs, "STATE STATE4 STATE6"
# states REGEX REGEX                 has LINK of b1 these states, on the balancer and on the relay? For wait_for
# silence HOST DEV, speak HOST DEV   from now on a device sends nothing, with its carrier on; all again
# listen_all, listen_from            monitors on b1 and r, in JSON; from now on
# transitions                        prints the states of LINK that the monitors have shown since then: "b1 ... / r ..."
# apart REGEX REGEX                  prints how many milliseconds apart LINK entered these states, on b1 and on r
# links_begin, links_end             one balancer, 1,000 TCP connections and 200 UDP flows: 2 and 3 results
# ended, back, idle, fails           a link fails, and is back, under these flows: see there; fails gives 4 results

# Links keep their default intervals: they are what is tested.
# shellcheck disable=SC2034
LIB_LINK_WORDS=''

# shellcheck source=selftests/lib_steady.sh
. "$SLB_SELFTESTS/lib_steady.sh"

state_of() {
	local show=(link show "$2")
	[ "$1" != r ] || show=(relay link show "${2%/*}" "${2#*/}")
	ctl "$1" -j "${show[@]}" | json state state4 state6 | sed 's/ null null$//'
}

states() {
	[[ $(state_of b1 "$LINK") =~ ^($1)$ && $(state_of r "b1/$LINK") =~ ^($2)$ ]]
}

silence() {
	on "$1" tc qdisc replace dev "$2" root netem loss 100%
}

speak() {
	on "$1" tc qdisc del dev "$2" root
}

listen_all() {
	local host
	for host in b1 r; do
		spawn on "$host" "$SLBCTL" -s -j monitor >>"$TMP/monitor-$host"
	done
	wait_for 10 listen_heard
}

# Setting a weight to its present value also sends an event.
listen_heard() {
	ctl b1 link set l1 weight 1
	ctl r relay link set b1 l1 weight 1
	[ -s "$TMP/monitor-b1" ] && [ -s "$TMP/monitor-r" ]
}

listen_from() {
	truncate -s 0 "$TMP/monitor-b1" "$TMP/monitor-r"
}

# The states of a link, and when each began, in milliseconds of the day. States in which the families differ are
# skipped: there one family was only faster than the other.
moments() {
	json object name state time since state4 state6 <"$TMP/monitor-$1" |
		awk -v link="$LINK" '$1 == "link" && $2 == link && $6 == "null" && $7 == "null" {
			split(substr($4, 12), t, /[:+-]/)
			print $3, int(((t[1] * 60 + t[2]) * 60 + t[3]) * 1000 - $5) }'
}

transitions() {
	local b r
	b=$(moments b1 | cut -d' ' -f1 | xargs) r=$(moments r | cut -d' ' -f1 | xargs)
	echo "b1 $b / r $r"
}

apart() {
	{
		moments b1 | grep -E -m 1 "^($1) "
		moments r | grep -E -m 1 "^($2) "
	} |
		awk '{ t[NR] = $2 } END { d = t[2] - t[1]; print NR < 2 ? 999999 : d < 0 ? -d : d }'
}

# Both ends know after three missed probes of 100 ms. The long limit is for a slow machine.
LIVE_DETECTION=$((300 * SLB_SLOWNESS))

links_begin() {
	load_modules slb relay
	topology clients=1 servers=3 balancers=1
	topology_config "any $VIP4" "any $VIP6"
	steady_servers s1 s2 s3
	# milliseconds between two messages of a flow, and of one of the 20 fast ones
	check "1,000 TCP connections and 200 UDP flows are up" \
		steady_begin 2000 100 20 "$VIP4" 500 100 "$VIP6" 500 100 || exit 1
	check "the monitors listen" listen_all
	for LINK in l1 l2; do
		wait_for 10 states up up
	done
	idle
	note "idle: longest pause $IDLE ms; ${STEADY[line]}"
}

two_links() {
	ctl b1 -j session show | json ingress_link return_link state |
		awk '$1 == $2 && ($3 == "tcp-established" || $3 == "udp") { n++ } END { print n + 0 }'
}

links_end() {
	idle
	steady_whole "with both links back"
	check_eq "the two-link rule is back: no session comes in on its return link" 0 "$(two_links)"
	steady end
	check "the client found nothing wrong from beginning to end" wait "$STEADY_PID"
}

# ended TEXT DOWN STATE-ON-b1 STATE-ON-r: LINK fails, and all flows continue over the other link. STEADY has the counters.
ended() {
	listen_from
	steady mark
	eval "$2"
	wait_for 5 states "$3" "$4" || note "$1: $LINK is $(state_of b1 "$LINK") on b1, $(state_of r "b1/$LINK") on r"
	steady "settle 20000"
}

# back TEXT UP: the link is back.
back() {
	steady mark
	eval "$2"
	wait_for 15 states up up
	steady count
	note "$1, back: longest pause ${STEADY[pause]} ms; ${STEADY[line]}"
}

# The pauses of the machine itself, while nothing fails, are not judged.
idle() {
	steady mark
	steady "settle 20000"
	IDLE=${STEADY[pause]}
}

short_enough() {
	[ "$((STEADY[pause] - IDLE))" -le "$1" ]
}

# fails TEXT LIMIT DOWN UP STATE-ON-b1 STATE-ON-r: a machine that stands still may make a pause too long, but not
# three times in a row. A lost flow fails the test at once.
fails() {
	local text=$1 limit=$2 down=$3 up=$4 again told
	for again in 2 1 0; do
		ended "$text" "$down" "$5" "$6"
		told=$(transitions)
		if short_enough "$limit" || [ "$again" -eq 0 ] || [ "${STEADY[lost]}" -gt 0 ]; then
			break
		fi
		note "$text: a pause of ${STEADY[pause]} ms, once more"
		back "$text" "$up"
		idle
	done
	steady_whole "$text"
	check "$text: longest pause ${STEADY[pause]} ms, idle $IDLE ms; at most $limit ms more" short_enough "$limit"
	check "$text: told on both ends: $told" told_as "$told" "$5" "$6"
	AGREED=$(apart "$5" "$6")
	check "$text: both ends agree within $AGREED ms" [ "$AGREED" -le "$LIVE_DETECTION" ]
	back "$text" "$up"
}

told_as() {
	[[ $1 =~ ^"b1 "($2)" / r "($3)$ ]]
}

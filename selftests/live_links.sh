#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# One of two links fails in every way under 1,000 TCP connections and 200 UDP flows: none is lost, the pause is
# short, both ends agree; 100 flaps in a row.
#
#   c1 --- r --- s1 .. s3       the drawing with all addresses is in lib_topology.sh
#         | |
#         b1                    one balancer, so that every flow is on the link that fails

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_live.sh
. "${BASH_SOURCE[0]%/*}/lib_live.sh"

# Milliseconds between two messages of a flow, of one of the fast ones, and how many of those there are.
SLOW=3000 FAST=100 N=50
# Three probes of 100 ms are missed, and both ends know; the time given is for the machine to get round to it.
DETECTION=$((300 * SLB_SLOWNESS))
ktap_plan 33

load_modules slb relay
topology clients=1 servers=3 balancers=1
topology_config "any $VIP4" "any $VIP6"
steady_servers s1 s2 s3
check "1,000 TCP connections and 200 UDP flows are up" \
	steady_begin "$SLOW" "$FAST" "$N" "$VIP4" 500 100 "$VIP6" 500 100 || exit 1
check "the monitors listen" listen_all
for LINK in l1 l2; do
	wait_for 10 states up up
done

# ended TEXT DOWN STATE-ON-b1 STATE-ON-r: the link LINK fails; all go on over the other. The answer is in STEADY.
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

# While nothing fails. The machine's own pauses are not what is judged.
idle() {
	steady mark
	steady "settle 20000"
	IDLE=${STEADY[pause]}
}

short_enough() {
	[ "$((STEADY[pause] - IDLE))" -le "$1" ]
}

# fails TEXT LIMIT DOWN UP STATE-ON-b1 STATE-ON-r: a machine that stood still may make a pause too long, but not
# three times in a row; a lost flow is lost.
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
	check "$text: both ends agree within $AGREED ms" [ "$AGREED" -le "$DETECTION" ]
	back "$text" "$up"
}

told_as() {
	[[ $1 =~ ^"b1 "($2)" / r "($3)$ ]]
}

connects() {
	on c1 timeout 20 bash -c "exec 3<>/dev/tcp/$1/$STEADY_PORT"
}

# The two ends of a veth line go at once; here they come back, each with the addresses that it had.
recreate() {
	ip link add l1 netns "${NS[b1]}" type veth peer name b1l1 netns "${NS[r]}"
	topology_balancer_end l1 1 1 2 | ip -n "${NS[b1]}" -batch -
	topology_balancer_end b1l1 1 1 1 | ip -n "${NS[r]}" -batch -
}

flap() {
	local i
	for ((i = 0; i < 50; i++)); do
		printf 'link set %s down\nlink set %s up\n' "$2" "$2"
	done | ip -n "${NS[$1]}" -batch -
}

two_links() {
	ctl b1 -j session show |
		jq '[.[] | select(.ingress_link == .return_link and
			(.state == "tcp-established" or .state == "udp"))] | length'
}

idle
note "idle: longest pause $IDLE ms; ${STEADY[line]}"
ip_b="ip -n ${NS[b1]}" ip_r="ip -n ${NS[r]}"
LINK=l1
fails "down on the balancer's end" 500 "$ip_b link set l1 down" "$ip_b link set l1 up" admin-down no-carrier
LINK=l2
fails "down on the relay's end" 500 "$ip_r link set b1l2 down" "$ip_r link set b1l2 up" no-carrier admin-down
fails "silent both ways" 1000 "silence b1 l2 & silence r b1l2; wait \$!" "speak b1 l2; speak r b1l2" \
	"silent|unheard" "silent|unheard"
LINK=l1
fails "silent towards the relay" 1000 "silence b1 l1" "speak b1 l1" unheard silent
fails "silent towards the balancer" 1000 "silence r b1l1" "speak r b1l1" silent unheard
fails "device deleted" 500 "$ip_b link del l1" recreate "(admin-down )?no-device" "((admin-down|no-carrier) )*no-device( no-device)*"

ended "one link left" "$ip_r link set b1l1 down" no-carrier admin-down
check "one link left: IPv4 connects" connects "$VIP4"
check "one link left: IPv6 connects" connects "$VIP6"
back "one link left" "$ip_r link set b1l1 up"

before=$(ctl b1 -s -j link show l1 | jq '.[0].downs')
ended "100 flaps" "flap b1 l1; flap r b1l1" "up|held|silent|unheard" "up|held|silent|unheard"
steady_whole "100 flaps in a row"
note "100 flaps in a row: longest pause ${STEADY[pause]} ms"
check "100 flaps in a row: the link is back on both ends" wait_for 10 states up up
note "100 flaps in a row: it went out of use $(($(ctl b1 -s -j link show l1 | jq '.[0].downs') - before)) times"

idle
steady_whole "with both links back"
check_eq "the two-link rule is back: no session comes in on its return link" 0 "$(two_links)"
steady end
check "the client found nothing wrong from beginning to end" wait "$STEADY_PID"

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Four links with weights 1, 2, 3 and 4. Flows follow the weights. Flows of a dead link move to all other
# links by weight, and return. A single link carries all flows. A link with weight 0 keeps its flows until
# they end, and gets no new ones.
#
#   c1 --- r ==== b1            four links
#          |
#          s1, s2, s3
#
# Each flow sends one packet and gets one answer. So it counts once on every link that it passes, and the
# counters of the links show the paths of flows.

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_share.sh
. "$SLB_SELFTESTS/lib_share.sh"
# shellcheck source=selftests/lib_live.sh
. "$SLB_SELFTESTS/lib_live.sh"

# Number and first port of each family's flows: first ones, those that begin with one link alone, and late ones. No
# two flows have the same port.
N=400 PORT=10000 LONE=50 LONE_PORT=20000 LATE=100 LATE_PORT=30000
# A relay spreads the servers' packets to a dead link by addresses alone. There are few, so chance must not matter.
KEY=000102030405060708090a0b0c0d0e0f
ktap_plan 43

# counters: "END DIRECTION LINK PACKETS" of all links, on b1 and on r
counters() {
	local host show
	for host in b1 r; do
		show=(link show)
		[ "$host" = b1 ] || show=(relay link show)
		ctl "$host" -s "${show[@]}" | awk -v host="$host" '
			/^[^ ]/ { link = host == "r" ? $2 : $1 }
			$2 == "packets" { print host, $1, link, $3 }'
	done
}

answers() {
	talk "$1" say | grep -qx "answered $2 refused 0 of $2"
}

# says NAME N...: these clients send on N flows each. $TMP/said gets what each link counted meanwhile.
says() {
	local bad=0
	counters >"$TMP/before"
	while [ $# -gt 0 ]; do
		answers "$1" "$2" || bad=1
		shift 2
	done
	counters | awk 'NR == FNR { before[$1, $2, $3] = $4; next }
		{ print $1, $2, $3, $4 - before[$1, $2, $3] }' "$TMP/before" - >"$TMP/said"
	return "$bad"
}

# said END DIRECTION: "LINK FLOWS" of the last says
said() {
	awk -v end="$1" -v dir="$2" '$1 == end && $2 == dir { print $3, $4 }' "$TMP/said"
}

# moved END DIRECTION LINK: how many more flows each other link carries than at first
moved() {
	awk -v end="$1" -v dir="$2" -v dead="$3" '
		$1 != end || $2 != dir || $3 == dead { next }
		NR == FNR { base[$3] = $4; next }
		{ print $3, $4 - base[$3] }' "$TMP/base" "$TMP/said"
}

# moves_by LINK WEIGHTS: the flows of a link are on all others by weight, in each direction, on both ends
moves_by() {
	local end dir
	for end in b1 r; do
		for dir in client-in client-out server-out; do
			echo "$end $dir"
			fits "$2" < <(moved "$end" "$dir" "$1") || return 1
		done
		echo "$end server-in"
		moved "$end" server-in "$1"
		moved "$end" server-in "$1" | awk '$2 > 0 { n++ } END { exit n != 3 }' || return 1
	done
}

idle_link() {
	! awk -v link="$1" '$3 == link && $4' "$TMP/said" | grep .
}

as_at_first() {
	says four "$N" six "$N" && cmp -s "$TMP/base" "$TMP/said"
}

ends_agree() {
	diff <(grep ^b1 "$TMP/said" | cut -d' ' -f2- | sort) <(grep ^r "$TMP/said" | cut -d' ' -f2- | sort)
}

# locals: local address and server of each of the first flows
locals() {
	sessions b1 | awk "$SESSION_FIELDS"'{ print $CLIENT, $VIP, $SERVER, $LOCAL }' |
		grep -F -f "$TMP/clients" | sort
}

# one_link: flows that come in on their return link, without those that began with one link alone
one_link() {
	ctl b1 -j session show | json ingress_link return_link client_port |
		awk -v from="$LONE_PORT" -v n="$LONE" '$1 == $2 && ($3 < from || $3 >= from + n) { count++ }
			END { print count + 0 }'
}

weigh() {
	ctl b1 link set "l$1" weight "$2" && ctl r relay link set b1 "l$1" weight "$2"
}

all_up() {
	local l
	for l in 1 2 3 4; do
		LINK=l$l
		wait_for 15 states up up || return 1
	done
	share_meet
}

# fails TEXT LINK OTHERS STATE-ON-b1 STATE-ON-r DOWN UP
fails() {
	local text=$1
	LINK=$2
	eval "$6"
	check "$text: both ends know" wait_for 10 states "$4" "$5"
	check "$text: all flows go on" says four "$N" six "$N"
	check "$text: the link carries nothing" idle_link "$2"
	check "$text: flows of the link are on all other links, by weight, in each direction" moves_by "$2" "$3"
	check "$text: both ends count alike" ends_agree
	check_eq "$text: all flows keep their local addresses and servers" "$LOCALS" "$(locals)"
	eval "$7"
	check "$text, back: all links are up" all_up
	check "$text, back: each flow is on its links again" wait_for 20 as_at_first
}

begin() {
	local s
	for s in s1 s2 s3; do
		talk_serve "$s" udp :: 80 || return 1
		on c1 ping -n -q -c 1 -W 2 "${ADDR4[$s]}"
		on c1 ping -n -q -c 1 -W 2 "${ADDR6[$s]}"
	done
	talk_begin four c1 udp "$VIP4" 80
	talk_begin six c1 udp "$VIP6" 80
	talk four open "$N" "$PORT"
	talk six open "$N" "$PORT"
	says four "$N" six "$N"
}

test_new_flows() {
	check "$((2 * N)) flows of both families are up" begin || exit 1
	check "ingress links get what they weigh: 1, 2, 3 and 4" fits "l1=1 l2=2 l3=3 l4=4" < <(said r client-in)
	# link i after one of the others was the ingress link: the sum of w(j)/10 * w(i)/(10 - w(j)) over these j
	check "return links get what they weigh among those that are not the ingress link" \
		fits "l1=13452 l2=24127 l3=30833 l4=31587" < <(said b1 server-out)
	check_eq "no flow comes in on its return link" 0 "$(one_link)"
	check "both ends count alike" ends_agree
	cp "$TMP/said" "$TMP/base"
	sessions b1 | awk "$SESSION_FIELDS"'{ print $CLIENT " " }' >"$TMP/clients"
	LOCALS=$(locals)
	check_eq "there are $((2 * N)) sessions" "$((2 * N))" "$(wc -l <<<"$LOCALS")"
}

# rename LINKS BALANCER GROUP LINKS BALANCER GROUP: from the first three to the others
rename() {
	local l
	for l in 1 2 3 4; do
		ctl b1 link set "$1$l" name "$4$l" && ctl r relay link set "$2" "$1$l" name "$4$l" || return 1
	done
	ctl r relay balancer set "$2" name "$5" && ctl b1 group set "$3" name "$6"
}

# Everything that has a name gets another one: the flows do not notice.
test_names() {
	check "names: links, balancer and group get other ones" rename l b1 web m other site
	check "names: all flows go on" says four "$N" six "$N"
	check "names: each flow is on its links as before" cmp -s "$TMP/base" <(sed 's/ m/ l/' "$TMP/said")
	check_eq "names: all flows keep their local addresses and servers" "$LOCALS" "$(locals)"
	check_eq "names: sessions have the new name of their group" "$((2 * N))" "$(ctl b1 session show group site | wc -l)"
	check_eq "names: flows of the relay have the new name of their balancer" "$((2 * N))" \
		"$(ctl r relay flow show balancer other | wc -l)"
	check "names: and the old ones again" rename m other site l b1 web
}

lone_flows() {
	talk_begin lone4 c1 udp "$VIP4" 80
	talk_begin lone6 c1 udp "$VIP6" 80
	talk lone4 open "$LONE" "$LONE_PORT"
	talk lone6 open "$LONE" "$LONE_PORT"
	says lone4 "$LONE" lone6 "$LONE"
}

test_last_link() {
	local l
	for l in 1 2 3; do
		ip -n "${NS[r]}" link set "b1l$l" down
		LINK=l$l
		wait_for 10 states no-carrier admin-down || note "l$l does not go down"
	done
	check "one link alone: all flows go on" says four "$N" six "$N"
	check_eq "one link alone: the link carries all flows" "l1 0 l2 0 l3 0 l4 $((2 * N))" \
		"$(said r client-in | xargs)"
	check "one link alone: new flows work" lone_flows
	for l in 1 2 3; do
		ip -n "${NS[r]}" link set "b1l$l" up
	done
	check "all links are up again" all_up
	check "each flow is on its links again" wait_for 20 as_at_first
	check_eq "no flow that began with all links comes in on its return link" 0 "$(one_link)"
}

late_flows() {
	talk_begin late4 c1 udp "$VIP4" 80
	talk_begin late6 c1 udp "$VIP6" 80
	talk late4 open "$LATE" "$LATE_PORT"
	talk late6 open "$LATE" "$LATE_PORT"
	says late4 "$LATE" late6 "$LATE"
}

test_drained() {
	weigh 4 0
	check "weight 0: new flows work" late_flows
	check "weight 0: the link gets no new flow" idle_link l4
	check "weight 0: all flows stay on their links" as_at_first
	check "weight 0: both ends count the flows that stay on the link" [ "$(held_by b1 l4)" -gt 0 -a "$(held_by r l4)" -gt 0 ]
	talk four close >/dev/null
	talk six close >/dev/null
	ctl b1 setting set udp-timeout 5 udp-new-timeout 5
	ctl r relay setting set udp-timeout 5 udp-new-timeout 5
	check "weight 0: the link has no flow on either end after its flows ended" wait_for 30 late_alone
	check "weight 0: later flows go on without it" says late4 "$LATE" late6 "$LATE"
	check "weight 0: the link has carried no packet of later flows" idle_link l4
	check_eq "weight 0: only the later flows are left" "$((2 * LATE)) $((2 * LATE))" \
		"$(ctl b1 session show | wc -l) $(ctl r relay flow show | wc -l)"
}

# held_by HOST LINK: how many flows are on the link, as this end counts them
held_by() {
	if [ "$1" = r ]; then
		ctl r -s -j relay link show b1 "$2" | json flows
	else
		ctl "$1" -s -j link show "$2" | json sessions
	fi
}

# Only the late flows send, so that the earlier ones end.
late_alone() {
	says late4 "$LATE" late6 "$LATE"
	[ "$(held_by b1 l4)$(held_by r l4)" = 00 ]
}

load_modules slb relay
topology clients=1 servers=3 balancers=1 links=4
LIB_LINK_WORDS="misses 20"
topology_config "any $VIP4" "any $VIP6"
for l in 1 2 3 4; do
	weigh "$l" "$l"
done
ctl r relay setting set hash-key "$KEY"
all_up || note "not all links are up"
test_new_flows
test_names
fails "a link is down" l4 "l1=1 l2=2 l3=3" admin-down no-carrier \
	"ip -n ${NS[b1]} link set l4 down" "ip -n ${NS[b1]} link set l4 up"
fails "a link is silent" l3 "l1=1 l2=2 l4=4" "silent|unheard" "silent|unheard" \
	"silence b1 l3 & silence r b1l3; wait \$!" "speak b1 l3; speak r b1l3"
test_last_link
test_drained

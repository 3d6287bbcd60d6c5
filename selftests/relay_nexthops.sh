#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Two relays behind a router, as in relay_ecmp.sh, but no address moves between them: each link of a balancer has
# both relays as next hops, and probes each of them. Links of b1 are shared (S-BFD), those of b2 have a session with
# each relay. One relay falls silent on a link, is drained by the router, dies with its namespace and comes back;
# next hops are taken out and put in. The flows of both families go on, and nothing is reset.

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_live.sh
. "${BASH_SOURCE[0]%/*}/lib_live.sh"
# shellcheck source=selftests/lib_ecmp.sh
. "${BASH_SOURCE[0]%/*}/lib_ecmp.sh"

ktap_plan 41
load_modules slb relay
ecmp_begin

# Long detection times: a slow machine must not miss probes.
PROBES='misses 10 hold 100'
ECMP_WORDS=([b1]="shared yes $PROBES" [b2]="shared no $PROBES")

# Of all next hops of the balancers' links, "HOST LINK ADDRESS STATE" each
hops() {
	local b l
	for b in b1 b2; do
		for l in l1 l2; do
			ctl "$b" -s link show "$l" | awk -v who="$b $l" '$1 == "next-hop" {
				for (i = 2; i < NF && $i != "state"; i++)
					;
				print who, $3, $(i + 1), $(i + 2) ~ /^state[46]$/ ? $(i + 3) : "" }'
		done
	done
}

# The next hops that are not up: those that match REGEX, N of them
only_down() {
	[ "$(hops | grep -cv ' up $')" -eq "$2" ] && [ "$(hops | grep -v ' up $' | grep -cE "$1")" -eq "$2" ]
}

all_up() {
	[ "$(hops | grep -c ' up $')" -eq 8 ] && [ "$(relays_up r q)" -eq 8 ]
}

relays_up() {
	local h
	for h in "$@"; do
		ctl "$h" -s -j relay link show | json state probe
	done | grep -c "^up up$"
}

# Counts what a relay gets from balancers, but for probes: all that goes to clients and servers; and what it gets for them
# from the router. Before the fast path.
count_from_balancers() {
	on "$1" nft -f - <<-'END'
		table netdev from_balancers {
			counter seen { }
			counter asked { }
			chain router {
				type filter hook ingress device x0 priority -500;
				ip daddr { 203.0.113.0/24, 10.1.0.0/16, 10.2.0.0/16 } counter name asked
				ip6 daddr { 2001:db8:f::/64, 2001:db8:a::/48 } counter name asked
			}
			chain in {
				type filter hook ingress devices = { l1, l2 } priority -500;
				ip daddr { 198.51.100.0/24, 192.0.2.0/24 } counter name seen
				ip6 daddr { 2001:db8:c::/64, 2001:db8:5::/64 } counter name seen
			}
		}
	END
}

# What it has counted since it was asked last
from_balancers() {
	on "$1" nft reset counter netdev from_balancers seen | awk '/packets/ { print $2 }'
}

# Does it get back what it gets from the router, but for a few packets that are under way? Prints both numbers. Both are
# read at once, for flows go on meanwhile.
gets_back() {
	on "$1" nft reset counters table netdev from_balancers | awk '/counter/ { name = $2 } /packets/ { n[name] = $2 }
		END { print n["seen"], "of", n["asked"]; d = n["seen"] - n["asked"]
			exit !(n["asked"] > 100 && (d < 0 ? -d : d) * 20 <= n["asked"] + 200) }'
}

# Resets that balancers have sent, and packets that they have dropped for want of a link or next hop
faults() {
	{ ctl b1 -j status; ctl b2 -j status; } | json resets
	for h in b1 b2; do
		ctl "$h" drop show | grep -E "no-link|no-next-hop"
	done
}

# during TEXT: the flows go on for a while, and none is harmed
during() {
	steady "settle 20000"
	steady_whole "$1"
	note "$1: longest pause ${STEADY[pause]} ms"
}

configure_all() {
	ecmp_balancer b1 && ecmp_balancer b2 && ecmp_relay r && ecmp_relay q
}

ecmp_build
check "balancers with two next hops a link, and relays, are configured" configure_all || exit 1
check_eq "a link is shown as it is added" "via 100.64.1.10,100.64.1.11 via 2001:db8:b:1::10,2001:db8:b:1::11" \
	"$(ctl b1 -o link show l1 | grep -o 'via [^ ]*' | xargs)"
ecmp_route
count_from_balancers r
count_from_balancers q
check "each balancer probes both relays on both links, and is answered" wait_for 40 all_up ||
	note "$(hops; ctl r relay link show; ctl q relay link show)"
check_eq "slbctl check finds no next hop at fault" "" \
	"$({ ctl b1 check && ctl b2 check; } | grep -E "next hop|probe|far end")"
steady_servers s1
check "of each family 200 TCP connections and 40 UDP flows are up" \
	steady_begin 2000 100 20 "$VIP4" 200 40 "$VIP6" 200 40 || exit 1
steady mark
gets_back r >/dev/null
gets_back q >/dev/null
during "both relays at work"
check "one relay gets back what it gets from the router" gets_back r
check "the other one, too" gets_back q

# ---- one relay is silent on one link

steady mark
silence q l1
check "one relay is silent on one link: the balancers find that next hop, and no other" \
	wait_for 40 only_down '^b[12] l1 100.64.1.11 silent' 2 || note "$(hops)"
check "slbctl check names it" \
	wait_for 5 eval 'ctl b1 check | grep -q "link l1: next hop 100.64.1.11 and 2001:db8:b:1::11 is silent: 1 of 2"'
check_eq "the link is up all the same" "state up state up" \
	"$(ctl b1 link show | grep -o 'state .*' | xargs)"
during "one relay is silent on one link"
speak q l1
check "the silent next hop is back" wait_for 40 all_up || note "$(hops)"

# ---- a relay is drained by the router

# The router no longer sends to the relay; what is under way has passed.
drained() {
	one_left q && from_balancers r >/dev/null
}

steady mark
ip -n "${NS[x]}" link set r down
check "one relay is drained: the router uses the other" wait_for 20 drained
steady "settle 20000"
from_balancers r >/dev/null
from_balancers q >/dev/null
during "one relay is drained"
check_eq "the balancers send the drained relay nothing, though it is alive" "0 yes" \
	"$(from_balancers r) $(hops | grep -qv ' up $' || echo yes)"
check "all goes to the other relay" [ "$(from_balancers q)" -gt 100 ]
ip -n "${NS[x]}" link set r up
check "the router uses both relays again" wait_for 40 eval 'ecmp_shared 4 && ecmp_shared 6'

# ---- next hops change under traffic

# probed HOST: "STATE-UNCHANGED PROBES" of the first next hop of l1
first_hop() {
	ctl "$1" -s link show l1 | awk '$1 == "next-hop" && $3 == "100.64.1.10" {
		for (i = 4; i < NF; i++)
			if ($i == "probes-in" || $i == "downs")
				printf "%s ", $(i + 1) }'
}

# The session of a next hop goes on: it is not down, and its counter of probes is not that of a new one
session_goes_on() {
	local was=$1 now
	now=$(first_hop "$2")
	[ "${was%% *}" = "${now%% *}" ] && [ "$(cut -d' ' -f2 <<<"$now")" -ge "$(cut -d' ' -f2 <<<"$was")" ]
}

steady mark
was=("$(first_hop b1)" "$(first_hop b2)")
for b in b1 b2; do
	check "$b: a next hop is taken out of the list" \
		ctl "$b" link set l1 via 100.64.1.10 via 2001:db8:b:1::10
done
during "one next hop is taken out"
for b in b1 b2; do
	check "$b: and put in again, before the other one" ctl "$b" link set l1 \
		via 100.64.1.11,100.64.1.10 via 2001:db8:b:1::11,2001:db8:b:1::10
	check "$b: the order is changed back" ctl "$b" link set l1 \
		via 100.64.1.10,100.64.1.11 via 2001:db8:b:1::10,2001:db8:b:1::11
done
# shellcheck disable=SC2016
check "the session of the next hop that stayed goes on" \
	eval 'session_goes_on "${was[0]}" b1 && session_goes_on "${was[1]}" b2' ||
	note "${was[*]} now $(first_hop b1) $(first_hop b2)"
check "all next hops are up" wait_for 40 all_up || note "$(hops)"
during "next hops are put in again"

# ---- one relay dies

kill_r() {
	end_process "$BIRD_R" KILL
	ip netns del "${NS[r]}"
}

# Without VRRP: its lines and addresses are its own
revive_r() {
	ip netns add "${NS[r]}" && topology_forward r && ip -n "${NS[r]}" link set lo up && ecmp_wire r &&
		ecmp_relay r && count_from_balancers r && ecmp_bird r
}

BIRD_R=$(pgrep -f "bird-r.conf" | head -n 1)
spawn on b1 "$SLBCTL" monitor >"$TMP/monitor-b1"
steady mark
kill_r
check "one relay dies: the router uses the other" wait_for 20 one_left q
check "the balancers find its next hops on both links" wait_for 40 only_down '^b[12] l[12] 100.64.[12].10 ' 4 ||
	note "$(hops)"
check "an event names the next hop" \
	grep -qE 'link changed: l1 .*changed-via 100.64.1.10.* changed-state (silent|no-neighbor)' "$TMP/monitor-b1" ||
	note "$(cat "$TMP/monitor-b1")"
during "one relay dies"
steady mark
check "the relay comes back" revive_r
check "its next hops are up" wait_for 60 all_up || note "$(hops)"
check "the router uses both relays" wait_for 40 eval 'ecmp_shared 4 && ecmp_shared 6'
during "the relay is back"
check_eq "no reset, and nothing dropped for want of a next hop" "0 0" "$(faults | xargs)"
steady end
check "the client found nothing wrong from beginning to end" wait "$STEADY_PID"

# ---- bad input

refused() {
	local text=$1
	shift
	! ctl b1 "$@" 2>"$TMP/refused" && grep -qF "$text" "$TMP/refused"
}

# shellcheck disable=SC2034
many=$(seq -f '100.64.1.%g' -s, 20 28)
# shellcheck disable=SC2016
check "too many, repeated, mixed and own addresses are refused" eval '
	refused "a link has at most 8 next hops (via) of IPv4" link set l1 via "$many" &&
	refused "the next hop (via) 100.64.1.10 is given twice" link set l1 via 100.64.1.10,100.64.1.11,100.64.1.10 &&
	refused "both families" link set l1 via 100.64.1.10,2001:db8:b:1::11 &&
	refused "local addresses" link set l1 via 100.64.1.10,10.1.1.2 &&
	refused "is a local address of link l2" link set l1 via 100.64.1.10,10.1.2.2 &&
	refused "unicast" link set l1 via 100.64.1.10,224.0.0.1 &&
	refused "invalid" link set l1 via 100.64.1.10,,100.64.1.11 &&
	refused "VIP" link set l1 via "100.64.1.10,$VIP4"' || note "$(cat "$TMP/refused")"

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Two relays behind a router that distributes flows over them (BIRD, BGP, ECMP by layer 4). One is killed, and
# the established flows of both families continue over the other, with the same balancers and addresses. Links
# are probed although several hosts share them: silence is detected by the hosts that it affects.
#
#        c1 --- x --- s1        x router: takes VIPs and local ranges from both relays by BGP
#              / \
#            r     q            relays with one key and one configuration
#            |\   /|
#         two bridges, each one link of both balancers; the next hop .1 on each is the address of one
#            |     |            relay, which the other takes over
#           b1    b2

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_live.sh
. "${BASH_SOURCE[0]%/*}/lib_live.sh"
# shellcheck source=selftests/lib_routers.sh
. "${BASH_SOURCE[0]%/*}/lib_routers.sh"

ktap_plan 15
load_modules slb relay

only_q() {
	[ "$(views | grep -v " up up$" | xargs)" = "q b1 l1 silent down q b2 l1 silent down" ]
}

# What slbctl check says of probes
checked() {
	{ ctl b1 check && ctl b2 check && ctl r relay check && ctl q relay check; } | grep -E "probe|far end"
}

answers() {
	{ ctl b1 -s -j link show && ctl b2 -s -j link show; } | json state probes_in
}

# answered_since ANSWERS: all links of the balancers are up, and have been answered three times since then
answered_since() {
	paste -d ' ' <(echo "$1") <(answers) | awk '$3 == "up" && $4 > $2 + 2 { n++ } END { exit n != 4 }'
}

# The relay falls silent on all its lines at once; the other takes over the address that balancers send to, and the
# router learns it from its carrier, as it would by BFD.
kill_r() {
	local l
	ip -n "${NS[x]}" link set r down
	for l in 1 2; do
		ip -n "${NS[w]}" link set "r-l$l" down
		take_address q "$l"
		on q arping -q -c 1 -U -I "l$l" "100.64.$l.1" 2>/dev/null ||
			for b in b1 b2; do
				ip -n "${NS[$b]}" neigh flush to "100.64.$l.1"
			done
	done
}

routers_build
check "balancers and relays are configured" routers_configure || exit 1
ecmp_route
check "each relay and each balancer probes both links, and is answered" wait_for 40 all_up 12 || note "$(views)"
check_eq "slbctl check finds no fault on any host" "" "$(checked)"
steady_servers s1
check "of each family 200 TCP connections and 40 UDP flows are up" \
	steady_begin 2000 100 20 "$VIP4" 200 40 "$VIP6" 200 40 || exit 1
steady mark
before=("$(packets r)" "$(packets q)")
steady "settle 20000"
steady_whole "both relays at work"
now=("$(packets r)" "$(packets q)")
check "both relays carry packets" [ "$((now[0] - before[0]))" -gt 100 -a "$((now[1] - before[1]))" -gt 100 ]
steady mark
silence q l1
check "one relay is silent on one link: it finds that out, and nobody else is concerned" wait_for 40 only_q ||
	note "$(views)"
steady "settle 20000"
steady_whole "one relay is silent on one link"
note "one relay is silent on one link: longest pause ${STEADY[pause]} ms"
speak q l1
check "the silent link is back: all links of both relays are up" wait_for 40 all_up 12 || note "$(views)"
steady mark
kill_r
check "one relay is killed: the router uses the other" wait_for 20 one_left q
check "the balancers' links are back: the other relay answers" wait_for 40 answered_since "$(answers)" ||
	note "$(views)"
steady "settle 20000"
steady_whole "one relay is killed"
note "one relay is killed: longest pause ${STEADY[pause]} ms"
steady end
check "the client found nothing wrong from beginning to end" wait "$STEADY_PID"

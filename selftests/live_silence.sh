#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# One of two links falls silent, in both directions or one, under 1,000 TCP connections and 200 UDP flows. No
# flow is lost, the pause is short, and both ends agree. Then the link flaps 100 times.
#
#   c1 --- r --- s1 .. s3       the drawing with all addresses is in lib_topology.sh
#         | |
#         b1                    one balancer, so that every flow is on the link that fails

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_live.sh
. "${BASH_SOURCE[0]%/*}/lib_live.sh"

ktap_plan 19

flap() {
	local i
	for ((i = 0; i < 50; i++)); do
		printf 'link set %s down\nlink set %s up\n' "$2" "$2"
	done | ip -n "${NS[$1]}" -batch -
}

# again HOST DEV END: a device that goes down and up this fast may keep its IPv6 address but lose its local route: no
# packet to this address arrives.
again() {
	ip -n "${NS[$1]}" addr del "2001:db8:b:11::$3/64" dev "$2"
	ip -n "${NS[$1]}" addr add "2001:db8:b:11::$3/64" dev "$2" nodad
}

links_begin
LINK=l2
fails "silent both ways" 1000 "silence b1 l2 & silence r b1l2; wait \$!" "speak b1 l2; speak r b1l2" \
	"silent|unheard" "silent|unheard"
LINK=l1
fails "silent towards the relay" 1000 "silence b1 l1" "speak b1 l1" unheard silent
fails "silent towards the balancer" 1000 "silence r b1l1" "speak r b1l1" silent unheard
before=$(ctl b1 -s -j link show l1 | json downs)
ended "100 flaps" "flap b1 l1; flap r b1l1; again b1 l1 2; again r b1l1 1" ".*" ".*"
steady_whole "100 flaps in a row"
note "100 flaps in a row: longest pause ${STEADY[pause]} ms"
check "100 flaps in a row: the link is back on both ends" wait_for 10 states up up
note "100 flaps in a row: it went out of use $(($(ctl b1 -s -j link show l1 | json downs) - before)) times"

links_end
